//! A worker: the only one that decides on the instances of its shards. Its mailbox is drained in batches; all that a
//! batch decides goes to the committer together, and what commits allow goes to the invoker together.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::committer::Ticket;
use super::env::pause_until;
use super::handover::Handover;
use super::inbox::InboxReader;
use super::invoke::Exchange;
use super::mailbox::{Message, Watched};
use super::slot::{Live, Slot};
use super::timer::Timers;
use super::wake::Waker;
use super::{FastMap, Shared};
use crate::base::{Error, ErrorKind, InstanceId, Timestamp};
use crate::protocol::Ending;
use crate::store::{Delivery, FencingToken};

/// How many messages one batch takes.
const BATCH: usize = 1_024;

/// The only one that decides on the instances of its shards.
pub(crate) struct Worker {
    pub(super) index: usize,
    pub(super) shared: Arc<Shared>,
    pub(super) slots: FastMap<InstanceId, Slot>,
    pub(super) shards: BTreeMap<u32, FencingToken>,
    pub(super) timers: Timers,
    /// How many entries the timers had when they were last gone through.
    pub(super) timers_kept: usize,
    pub(super) waker: Waker,
    pub(super) inbox: InboxReader,
    /// Instances by the time at which they came, to look for idle ones.
    pub(super) residents: VecDeque<(Timestamp, InstanceId)>,
    pub(super) watchers: FastMap<InstanceId, Vec<oneshot::Sender<Ending>>>,
    pub(super) out: Outgoing,
    pub(super) now: Timestamp,
    pub(super) leaving: Option<oneshot::Sender<()>>,
    pub(super) handover: Handover,
    tickets: Vec<Ticket>,
}

/// What a batch leads to outside of the worker.
#[derive(Default)]
pub(super) struct Outgoing {
    /// Instances with something to write.
    pub dirty: Vec<InstanceId>,
    pub exchange: Exchange,
    /// Inbox items that turned out to be for nobody.
    pub discard: Vec<u64>,
    /// Mail that belongs to no commit.
    pub deliver: Vec<Delivery>,
    /// Workers with new mail.
    pub mailed: Vec<usize>,
}

impl Worker {
    pub fn new(index: usize, shared: Arc<Shared>) -> Self {
        Self {
            index,
            now: shared.env.now(),
            shared,
            slots: FastMap::default(),
            shards: BTreeMap::new(),
            timers: Timers::default(),
            timers_kept: 0,
            waker: Waker::default(),
            inbox: InboxReader::default(),
            residents: VecDeque::new(),
            watchers: FastMap::default(),
            out: Outgoing::default(),
            leaving: None,
            handover: Handover::default(),
            tickets: Vec::new(),
        }
    }

    /// Works until it has left, or is told to stop.
    pub async fn run(mut self, mut mailbox: mpsc::UnboundedReceiver<Message>, stop: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let pause = pause_until(self.next_look(), self.shared.env.now());
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                count = mailbox.recv_many(&mut batch, BATCH) => if count == 0 { return },
                () = tokio::time::sleep(pause) => {}
            }
            self.now = self.shared.env.now();
            for message in batch.drain(..) {
                self.take(message);
            }
            self.timers_due();
            self.look_for_due();
            self.park_idle();
            self.send();
            self.look_for_idle();
            if self.leave() {
                return;
            }
        }
    }

    /// When there is something to do without a message.
    fn next_look(&self) -> Option<Timestamp> {
        let poll = self.next_poll();
        let idle = self.handover.next_look();
        [self.timers.next(), self.waker.next_look(&self.shards), self.next_park(), poll, idle]
            .into_iter()
            .flatten()
            .min()
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Call(call) => self.call(*call),
            Message::Results(results) => results.into_iter().for_each(|(id, input)| self.result(id, input)),
            Message::Settled(settled) => settled.into_iter().for_each(|one| self.settled(one)),
            Message::Restored { instance, result } => self.restored(instance, result),
            Message::Ready { instance, call, found } => self.ready(instance, *call, found),
            Message::Routed { instance, call } => self.routed(instance, call),
            Message::Poke => self.inbox.poke(),
            Message::Again => self.inbox.again(),
            Message::Inbox { items, full } => self.inbox_read(items, full),
            Message::WorkDone { item } => self.inbox.done(item),
            Message::Due(rows) => self.due_rows(rows),
            Message::Gained { shard, fence } => self.gained(shard, fence),
            Message::Lost { shard } => self.lost(shard),
            Message::GiveAway { shard, idle } => self.give_away(shard, idle),
            Message::Watch { instance, ended, known } => {
                let _ = known.send(self.watch(instance, ended));
            }
            Message::Leave { left } => self.leaving = Some(left),
        }
    }

    /// Hands out what the batch has led to.
    fn send(&mut self) {
        self.write();
        self.shared.invoker.exchange(std::mem::take(&mut self.out.exchange));
        self.read_inbox();
        for worker in std::mem::take(&mut self.out.mailed) {
            self.shared.mailboxes.send(worker, Message::Poke);
        }
        self.send_mail();
    }

    /// Sends drafts to the committer.
    fn write(&mut self) {
        let (mut commits, mut whose) = (Vec::new(), Vec::new());
        for instance in std::mem::take(&mut self.out.dirty) {
            let Some(Slot::Live(live)) = self.slots.get_mut(&instance) else { continue };
            let Some(fence) = self.shards.get(&live.shard) else { continue };
            match live.seal(*fence, self.shared.config.snapshot_after) {
                Ok(Some(commit)) => {
                    commits.push(commit);
                    whose.push(instance);
                }
                Ok(None) => {}
                Err(error) => self.break_off(instance, error),
            }
        }
        if commits.is_empty() {
            return;
        }
        let mut tickets = std::mem::take(&mut self.tickets);
        self.shared.committer.push(commits, &mut tickets);
        for (instance, ticket) in whose.into_iter().zip(&tickets) {
            if let Some(Slot::Live(live)) = self.slots.get_mut(&instance) {
                live.sent(*ticket);
            }
        }
        self.tickets = tickets;
    }

    /// Writes mail that belongs to no commit, and removes what is for nobody.
    fn send_mail(&mut self) {
        let (deliver, discard) =
            (std::mem::take(&mut self.out.deliver), std::mem::take(&mut self.out.discard));
        if deliver.is_empty() && discard.is_empty() {
            return;
        }
        let (shared, worker) = (Arc::clone(&self.shared), self.index);
        self.shared.spawn(async move {
            let mailed: Vec<u32> = deliver.iter().map(|delivery| delivery.shard).collect();
            let sent = if deliver.is_empty() { Ok(()) } else { shared.store.deliver(deliver).await };
            let removed = match sent {
                Ok(()) if !discard.is_empty() => shared.store.discard(&discard).await,
                sent => sent,
            };
            if let Err(error) = removed {
                tracing::warn!(%error, "mail could not be written; what led to it is taken up again");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                shared.mailboxes.send(worker, Message::Again);
            }
            shared.poke(&mailed);
        });
    }

    /// After a change of an instance in memory: writes what there is to write, and looks at it again in time.
    pub(super) fn changed(out: &mut Outgoing, timers: &mut Timers, live: &mut Live) {
        if live.is_dirty() && out.dirty.last() != Some(&live.instance) {
            out.dirty.push(live.instance);
        }
        let due = live.state.next_due();
        if let Some(due) = due.filter(|due| live.armed.is_none_or(|armed| *due < armed)) {
            live.armed = Some(due);
            timers.arm(due, live.instance);
        }
    }

    fn gained(&mut self, shard: u32, fence: FencingToken) {
        self.shards.insert(shard, fence);
        if self.handover.contains(shard) {
            self.keep(shard);
        }
        self.waker.gained();
        self.inbox.again();
    }

    pub(super) fn lost(&mut self, shard: u32) {
        self.shards.remove(&shard);
        self.handover.forget(shard);
        let count = self.shared.shards.len();
        // In the order of their ids: those who wait hear of it, and ask again.
        let those = |all: &mut dyn Iterator<Item = &InstanceId>| {
            all.copied().filter(|id| id.shard(count) == shard).collect::<BTreeSet<_>>()
        };
        for instance in those(&mut self.slots.keys()) {
            self.drop_slot(instance, &not_owned(instance));
        }
        for instance in those(&mut self.watchers.keys()) {
            self.watchers.remove(&instance);
        }
    }

    fn watch(&mut self, instance: InstanceId, ended: oneshot::Sender<Ending>) -> Watched {
        if !self.owns(instance) {
            return Watched::Elsewhere;
        }
        let watchers = self.watchers.entry(instance).or_default();
        watchers.retain(|watcher| !watcher.is_closed());
        watchers.push(ended);
        match self.slots.get(&instance) {
            Some(Slot::Live(live)) if !live.state.status().is_closed() || !live.is_settled() => Watched::Live,
            _ => Watched::Unknown,
        }
    }

    /// Whether the instance is of a shard that this worker has.
    pub(super) fn owns(&self, instance: InstanceId) -> bool {
        self.shards.contains_key(&instance.shard(self.shared.shards.len()))
    }

    /// Whether everything is written, once the worker has been told to leave.
    fn leave(&mut self) -> bool {
        if self.leaving.is_none() {
            return false;
        }
        let pending = |slot: &Slot| matches!(slot, Slot::Live(live) if !live.is_settled());
        if self.slots.values().any(pending) {
            return false;
        }
        if let Some(left) = self.leaving.take() {
            let _ = left.send(());
        }
        true
    }
}

/// The error of a call that reached a process which does not own the instance (any more). Nothing was written.
pub(super) fn not_owned(instance: InstanceId) -> Error {
    Error::new(ErrorKind::LeaseLost, "another process owns the instance now: try again")
        .with("instance", instance)
}

/// The same error for one more caller.
pub(super) fn again(error: &Error) -> Error {
    let copy = Error::new(error.kind(), error.message());
    error.context().iter().fold(copy, |copy, (key, value)| copy.with(key, value))
}
