//! Taking up what is in the inboxes of a worker's shards.

use std::collections::HashSet;
use std::sync::Arc;

use super::invoke::Job;
use super::mail::{Letter, Mail};
use super::mailbox::{Ask, Call, Message, Reply};
use super::offer::{LANE_WORKER, lane};
use super::worker::Worker;
use crate::base::{Result, Span, Timestamp};
use crate::definition::VersionRef;
use crate::store::InboxItem;

/// How many items are read at once.
const PAGE: usize = 1_000;
/// How many items may be taken up and not yet consumed.
const MOST: usize = 20_000;

/// How far a worker has read its inboxes.
#[derive(Default)]
pub(super) struct InboxReader {
    after: u64,
    /// Read from the beginning again: something that was taken up was put back.
    again: bool,
    reading: bool,
    poked: bool,
    /// Items that were taken up, and are not consumed yet.
    taking: HashSet<u64>,
    next_poll: Option<Timestamp>,
}

impl InboxReader {
    /// There may be something new.
    pub fn poke(&mut self) {
        self.poked = true;
    }

    /// Something may be there that was passed over.
    pub fn again(&mut self) {
        self.again = true;
        self.poked = true;
    }

    /// The item is consumed, or was put back.
    pub fn done(&mut self, item: u64) {
        self.taking.remove(&item);
    }

    /// Whether to read now. What is due and cannot be done, because there is nothing to read (all shards are on their way to
    /// others) or too much is taken up, is done as soon as it can be; the next look is later all the same, for one in the
    /// past would leave the worker no rest.
    fn begins(&mut self, now: Timestamp, poll: Span, anything: bool) -> bool {
        let due = self.poked || self.next_poll.is_none_or(|next| next <= now);
        if !due || self.reading {
            return false;
        }
        self.next_poll = Some(now + poll);
        self.poked = !anything || self.taking.len() >= MOST;
        !self.poked
    }
}

impl Worker {
    /// Reads the inboxes, if there may be something.
    pub(super) fn read_inbox(&mut self) {
        let now = self.now;
        let shards = self.inboxes();
        let reader = &mut self.inbox;
        if !reader.begins(now, self.shared.config.poll, !shards.is_empty()) {
            return;
        }
        if std::mem::take(&mut reader.again) {
            reader.after = 0;
        }
        reader.reading = true;
        let after = reader.after;
        let (shared, worker) = (Arc::clone(&self.shared), self.index);
        self.shared.spawn(async move {
            let items = shared.store.inbox(&shards, after, PAGE).await;
            let full = items.as_ref().is_ok_and(|items| items.len() >= PAGE);
            shared.mailboxes.send(worker, Message::Inbox { items, full });
        });
    }

    /// The inboxes to look into: those of its shards, and one worker reads what others ask of this process.
    fn inboxes(&self) -> Vec<u32> {
        let mut shards = self.shards_to_serve();
        if self.index == LANE_WORKER && self.leaving.is_none() {
            shards.push(lane(self.shared.leases.owner));
        }
        shards
    }

    /// When to look without having been told to.
    pub(super) fn next_poll(&self) -> Option<Timestamp> {
        let serves = !self.shards.is_empty() || self.index == LANE_WORKER;
        self.inbox.next_poll.filter(|_| serves && !self.inbox.reading)
    }

    /// Takes up what was read.
    pub(super) fn inbox_read(&mut self, items: Result<Vec<InboxItem>>, full: bool) {
        self.inbox.reading = false;
        self.inbox.poked |= full;
        let items = match items {
            Ok(items) => items,
            Err(error) => return tracing::warn!(%error, "the inbox could not be read"),
        };
        if let Some(last) = items.last() {
            self.inbox.after = last.id;
        }
        for item in items {
            if self.inbox.taking.insert(item.id) {
                self.take_up(item);
            }
        }
    }

    fn take_up(&mut self, item: InboxItem) {
        let mail = match Mail::read(item.instance, item.id, &item.input) {
            Ok(mail) => mail,
            Err(error) => {
                return tracing::error!(%error, "an inbox item cannot be read; it is left where it is");
            }
        };
        let reply = Reply { local: None, remote: mail.call, item: Some(item.id) };
        let instance = item.instance;
        let ask = match mail.letter {
            Letter::Input { input } => Ask::Input(input),
            Letter::Child { flow, version, label, input, parent } => {
                Ask::Child { flow, version: VersionRef { version, label }, input, parent }
            }
            Letter::Start { flow, start } => Ask::Remote { flow, start },
            Letter::Work { to, run } => return self.work_asked(to, Job { instance, run }, item.id),
            Letter::Withdraw { to, work } => return self.work_withdrawn(to, (instance, work), item.id),
        };
        self.call(Call { instance, ask, reply });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLL: Span = Span::from_secs(1);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_look_that_cannot_be_taken_leaves_a_rest_and_is_made_up_for() {
        let mut reader = InboxReader::default();
        assert!(reader.begins(at(0), POLL, true));
        assert!(!reader.begins(at(999), POLL, true), "it is not due");
        for now in [1_000, 1_001, 2_000] {
            assert!(!reader.begins(at(now), POLL, false), "there is nothing to read");
            assert!(reader.next_poll > Some(at(now)), "the worker would not rest at {now}");
        }
        assert!(reader.begins(at(2_001), POLL, true), "now there is");
        reader.taking = (0..MOST as u64).collect();
        assert!(!reader.begins(at(3_001), POLL, true), "too much is taken up");
        assert!(reader.next_poll > Some(at(3_001)));
        reader.done(7);
        assert!(reader.begins(at(3_002), POLL, true));
    }
}
