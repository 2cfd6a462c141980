//! What became of commits, and what follows.

use std::sync::Arc;
use std::time::Duration;

use super::committer::{Settled, Verdict};
use super::effects::Effects;
use super::invoke::Job;
use super::mail::Answer;
use super::recover;
use super::slot::{Live, Slot, Waiting};
use super::worker::{Worker, again, not_owned};
use crate::base::{Error, ErrorKind, InstanceId};
use crate::store::Rejection;

impl Worker {
    /// Takes in what became of a commit.
    pub(super) fn settled(&mut self, settled: Settled) {
        let Settled { instance, ticket, verdict } = settled;
        let Some(Slot::Live(live)) = self.slots.get_mut(&instance) else { return };
        if verdict != Verdict::Durable {
            if live.awaits(ticket) {
                self.failed(instance, verdict);
            }
            return;
        }
        let Some(effects) = live.durable(ticket) else { return };
        let parks = live.parking && live.is_settled() && !live.state.status().is_closed();
        self.carry_out(instance, *effects);
        if parks {
            self.forget(instance);
        } else {
            self.dismiss_closed(instance);
        }
    }

    /// Lets an instance go whose end is durable, and tells those who wait for it. Where nobody heard that the end was
    /// written, it is found when the instance is read again.
    pub(super) fn dismiss_closed(&mut self, instance: InstanceId) {
        let over = |slot: &Slot| matches!(slot, Slot::Live(live) if live.state.status().is_closed() && live.is_settled());
        if !self.slots.get(&instance).is_some_and(over) {
            return;
        }
        let Some(Slot::Live(live)) = self.slots.remove(&instance) else { return };
        let Some(ending) = live.state.ending() else { return };
        for watcher in self.watchers.remove(&instance).unwrap_or_default() {
            let _ = watcher.send(ending.clone());
        }
    }

    /// Does what was decided: it is durable now.
    fn carry_out(&mut self, instance: InstanceId, effects: Effects) {
        let exchange = &mut self.out.exchange;
        exchange.run.extend(effects.run.into_iter().map(|run| Job { instance, run }));
        exchange.stop.extend(effects.stop.into_iter().map(|work| (instance, work)));
        exchange.settled += effects.results.len();
        effects.items.iter().for_each(|item| self.inbox.done(*item));
        for (reply, answer) in effects.replies {
            if let Some(waiting) = reply.local {
                waiting.answer(answer);
            }
        }
        for shard in effects.mailed {
            let worker = self.shared.mailboxes.worker_of(shard);
            if self.shared.shards.fence(shard).is_some() && !self.out.mailed.contains(&worker) {
                self.out.mailed.push(worker);
            }
        }
        effects.route.into_iter().for_each(|view| self.route(instance, view));
    }

    /// A commit was not written: what was decided on top of it never happened.
    fn failed(&mut self, instance: InstanceId, verdict: Verdict) {
        let Some(Slot::Live(live)) = self.slots.remove(&instance) else { return };
        let (fresh, shard) = (live.fresh, live.shard);
        match verdict {
            Verdict::Rejected(Rejection::Fenced) => {
                self.undo(*live, &not_owned(instance));
                let shared = Arc::clone(&self.shared);
                shared.leases.lost(&shared, shard);
            }
            Verdict::Rejected(Rejection::KeyExists { instance: existing }) => {
                self.not_begun(*live, existing);
                self.inbox.again();
            }
            Verdict::Rejected(Rejection::SequenceMismatch { .. }) if fresh => {
                self.not_begun(*live, instance);
                self.inbox.again();
            }
            Verdict::Rejected(Rejection::SequenceMismatch { actual }) => {
                let message = format!("the instance was written by somebody else (at {actual}): try again");
                self.reload(*live, &Error::new(ErrorKind::LeaseLost, message), Duration::ZERO);
            }
            Verdict::Failed(why) => {
                self.waker.unsure(self.now);
                let error = Error::new(ErrorKind::StoreUnavailable, format!("the store failed: {why}"));
                self.reload(*live, &error, Duration::from_millis(100));
            }
            Verdict::Durable => {}
        }
    }

    /// Another instance has the key, or this one exists already.
    fn not_begun(&mut self, live: Live, existing: InstanceId) {
        let instance = live.instance;
        let effects = live.undone();
        self.out.exchange.settled += effects.results.len();
        let mut begun = Some(Ok(Answer { existing: Some(existing) }));
        for (reply, _) in effects.replies {
            let missing = || Err(Error::new(ErrorKind::NotFound, format!("there is no instance {instance}")));
            self.answer_now(reply, begun.take().unwrap_or_else(missing));
        }
        if let Some((first, rest)) = effects.items.split_first() {
            self.out.discard.push(*first);
            self.inbox.done(*first);
            rest.iter().for_each(|item| self.inbox.done(*item));
        }
    }

    fn reload(&mut self, live: Live, error: &Error, after: Duration) {
        let instance = live.instance;
        let effects = live.undone();
        for (reply, _) in effects.replies {
            self.refuse_kept(reply, again(error));
        }
        effects.items.iter().for_each(|item| self.inbox.done(*item));
        self.inbox.again();
        let results =
            effects.results.into_iter().map(|(input, seq)| Waiting::Result(input, Some(seq))).collect();
        self.slots.insert(instance, Slot::Loading(results));
        recover::request(&self.shared, instance, after);
    }

    /// Forgets what is in memory of an instance that is another's now.
    pub(super) fn drop_slot(&mut self, instance: InstanceId, error: &Error) {
        match self.slots.remove(&instance) {
            Some(Slot::Live(live)) => self.undo(*live, error),
            Some(Slot::Loading(waiting)) => {
                for entry in waiting {
                    match entry {
                        Waiting::Call(call) => self.refuse_kept(call.reply, again(error)),
                        Waiting::Result(..) => self.out.exchange.settled += 1,
                    }
                }
            }
            Some(Slot::Broken(..)) | None => {}
        }
    }

    fn undo(&mut self, live: Live, error: &Error) {
        let out = live.state.running(&live.graph).into_iter().map(|run| (live.instance, run.work));
        self.out.exchange.lost.extend(out);
        let effects = live.undone();
        self.out.exchange.settled += effects.results.len();
        effects.items.iter().for_each(|item| self.inbox.done(*item));
        for (reply, _) in effects.replies {
            self.refuse_kept(reply, again(error));
        }
    }
}
