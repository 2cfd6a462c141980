//! Taking up what is in the inboxes of a worker's shards.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::mail::{Letter, Mail};
use super::mailbox::{Ask, Call, Message, Reply};
use super::worker::Worker;
use crate::base::{Result, Timestamp};
use crate::definition::VersionRef;
use crate::store::{FencingToken, InboxItem};

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

    /// When to look without having been told to.
    pub fn next_poll(&self, shards: &BTreeMap<u32, FencingToken>) -> Option<Timestamp> {
        if shards.is_empty() || self.reading { None } else { self.next_poll }
    }
}

impl Worker {
    /// Reads the inboxes, if there may be something.
    pub(super) fn read_inbox(&mut self) {
        let now = self.now;
        let serves_none = self.shards_to_serve().is_empty();
        let reader = &mut self.inbox;
        let due = reader.poked || reader.next_poll.is_none_or(|next| next <= now);
        if !due || reader.reading || serves_none || reader.taking.len() >= MOST {
            return;
        }
        if std::mem::take(&mut reader.again) {
            reader.after = 0;
        }
        (reader.poked, reader.reading) = (false, true);
        reader.next_poll = Some(now + self.shared.config.poll);
        let (after, shards) = (reader.after, self.shards_to_serve());
        let (shared, worker) = (Arc::clone(&self.shared), self.index);
        self.shared.spawn(async move {
            let items = shared.store.inbox(&shards, after, PAGE).await;
            let full = items.as_ref().is_ok_and(|items| items.len() >= PAGE);
            shared.mailboxes.send(worker, Message::Inbox { items, full });
        });
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
        };
        self.call(Call { instance, ask, reply });
    }
}
