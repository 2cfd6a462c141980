//! A worker's part in work that goes from process to process (see [`offer`](super::offer)).

use super::invoke::{Job, JobKey};
use super::mail::{Letter, Mail};
use super::mailbox::Message;
use super::offer::LANE_WORKER;
use super::slot::Live;
use super::worker::Worker;
use crate::base::InstanceId;
use crate::protocol::Input;
use crate::store::{Delivery, OwnerId};

impl Worker {
    /// Another process asks for work to be done.
    pub(super) fn work_asked(&mut self, to: OwnerId, job: Job, item: u64) {
        // What is for another process in the same inbox stays there.
        if to == self.shared.leases.owner && self.shared.offers.take(job.key(), item) {
            self.out.exchange.run.push(job);
        }
    }

    /// Another process does not want the work any more.
    pub(super) fn work_withdrawn(&mut self, to: OwnerId, key: JobKey, item: u64) {
        if to != self.shared.leases.owner {
            return;
        }
        if let Some(asked) = self.shared.offers.finish(&key) {
            self.out.exchange.stop.push(key);
            self.work_done(asked, None);
        }
        self.work_done(item, None);
    }

    /// A handler has done what another process asked for.
    pub(super) fn work_came(&mut self, instance: InstanceId, input: &Input, item: u64) {
        let answer = if self.owns(instance) { None } else { self.answer_to_work(instance, input) };
        let answer = answer.map(Box::new);
        self.shared.mailboxes.send(LANE_WORKER, Message::WorkDone { item, answer });
    }

    fn answer_to_work(&self, instance: InstanceId, input: &Input) -> Option<Delivery> {
        let mail = Mail::new(Letter::Input { input: input.clone() });
        mail.to(instance, self.shared.shards.len(), None)
            .inspect_err(|error| tracing::error!(%error, "a result could not be written"))
            .ok()
    }

    /// Sends what came of work to the owner of its instance, and removes the item that asked for it.
    pub(super) fn work_done(&mut self, item: u64, answer: Option<Box<Delivery>>) {
        self.out.deliver.extend(answer.map(|answer| *answer));
        self.out.discard.push(item);
        self.inbox.done(item);
    }

    /// Work that had no handler where its instance was before. Somebody may be at it: it is offered, not lost.
    pub(super) fn homeless_work(&mut self, live: &Live, lost: &mut Vec<JobKey>) {
        if lost.is_empty() {
            return;
        }
        let (homeless, gone): (Vec<JobKey>, _) =
            lost.iter().partition(|(_, work)| live.state.misses_handler(&live.graph, *work));
        *lost = gone;
        if homeless.is_empty() {
            return;
        }
        let runs = live.state.running(&live.graph).into_iter();
        let wanted = runs.filter(|run| homeless.iter().any(|(_, work)| *work == run.work));
        let jobs = wanted.map(|run| Job { instance: live.instance, run: Box::new(run) });
        self.out.exchange.homeless.extend(jobs);
        self.shared.offers.look();
    }
}
