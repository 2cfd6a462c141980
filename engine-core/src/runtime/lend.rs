//! A worker's part in work that goes from process to process (see [`offer`](super::offer)).

use std::sync::Arc;
use std::time::Duration;

use super::invoke::{Exchange, Invoker, Job, JobKey};
use super::mail::{Letter, Mail};
use super::mailbox::Message;
use super::offer::LANE_WORKER;
use super::slot::Live;
use super::worker::Worker;
use crate::base::InstanceId;
use crate::protocol::{Input, Work};
use crate::store::OwnerId;

/// The pause before a result is sent once more that could not be written.
const AGAIN: Duration = Duration::from_millis(50);

/// What an input says of work that another process does.
pub(super) enum Lent {
    /// It says nothing of it.
    Nothing,
    /// Somebody is to be asked.
    Asked(Work),
    /// It has come back, or is lost.
    Back(Work),
}

impl Lent {
    pub fn of(input: &Input) -> Self {
        match input {
            Input::AttemptAssigned { work, .. } => Self::Asked(*work),
            Input::ActivityLost { work } => Self::Back(*work),
            other => other.result_of().map_or(Self::Nothing, Self::Back),
        }
    }

    /// After the input was decided: the invoker watches what is out.
    pub fn heed(self, invoker: &Invoker, live: &Live, out: &mut Exchange) {
        match self {
            Self::Nothing => {}
            Self::Asked(work) => {
                if let Some(process) = live.state.process_of(&live.graph, work) {
                    invoker.assign((live.instance, work), OwnerId(process));
                }
            }
            Self::Back(work) => out.taken.push((live.instance, work)),
        }
    }
}

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
            self.out.discard.push(asked);
            self.inbox.done(asked);
        }
        self.out.discard.push(item);
        self.inbox.done(item);
    }

    /// A handler has done what another process asked for: its owner is told through the inbox, for as long as it takes.
    /// Only then is the request removed.
    pub(super) fn work_came(&self, instance: InstanceId, input: &Input, item: u64) {
        let mail = Mail::new(Letter::Input { input: input.clone() });
        let delivery = (!self.owns(instance)).then(|| mail.to(instance, self.shared.shards.len(), None));
        let delivery = match delivery.transpose() {
            Ok(delivery) => delivery,
            Err(error) => return tracing::error!(%error, "a result could not be written"),
        };
        let shared = Arc::clone(&self.shared);
        self.shared.spawn(async move {
            while let Some(delivery) = &delivery
                && let Err(error) = shared.store.deliver(vec![delivery.clone()]).await
            {
                tracing::warn!(%error, "a result could not be sent; it is tried again");
                tokio::time::sleep(AGAIN).await;
            }
            shared.poke(&[instance.shard(shared.shards.len())]);
            while let Err(error) = shared.store.discard(&[item]).await {
                tracing::warn!(%error, "a request could not be removed; it is tried again");
                tokio::time::sleep(AGAIN).await;
            }
            shared.mailboxes.send(LANE_WORKER, Message::WorkDone { item });
        });
    }

    /// Of the attempts that this process knows nothing of, those are not lost that another process runs, or that
    /// nobody has begun.
    pub(super) fn homeless_work(&mut self, live: &Live, lost: &mut Vec<JobKey>) {
        lost.retain(|key| {
            // What was assigned here counts if the instance says so too.
            self.shared.invoker.forget(key);
            if let Some(process) = live.state.process_of(&live.graph, key.1) {
                self.shared.invoker.assign(*key, OwnerId(process));
            } else if live.state.misses_handler(&live.graph, key.1)
                && let Some(run) = live.state.attempt(&live.graph, key.1)
            {
                self.out.exchange.run.push(Job { instance: live.instance, run: Box::new(run) });
            } else {
                return true;
            }
            self.shared.offers.look();
            false
        });
    }
}
