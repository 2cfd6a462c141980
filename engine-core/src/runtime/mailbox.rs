//! What reaches a worker, and the ways to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::committer::Settled;
use super::mail::Answer;
use super::recover::Restored;
use crate::base::{Error, InstanceId, Result, Timestamp};
use crate::graph::Graph;
use crate::protocol::{Ending, Input, ParentRef, Start};
use crate::store::{FencingToken, InboxItem};

/// Where an answer goes.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    /// To a caller in this process.
    pub local: Option<Waiting>,
    /// To a caller in another process.
    pub remote: Option<Uuid>,
    /// The inbox item that brought the request.
    pub item: Option<u64>,
}

/// A caller that waits, counted so that there are never too many.
#[derive(Debug)]
pub(crate) struct Waiting {
    sender: oneshot::Sender<Result<Answer>>,
    count: Arc<AtomicUsize>,
}

impl Waiting {
    /// A caller and its answer; none if more than `most` wait already.
    pub fn new(count: &Arc<AtomicUsize>, most: usize) -> Option<(Self, oneshot::Receiver<Result<Answer>>)> {
        if count.fetch_add(1, Ordering::Relaxed) >= most {
            count.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        Some((Self { sender, count: Arc::clone(count) }, receiver))
    }

    /// Answers. A caller that has gone away is not missed.
    pub fn answer(self, answer: Result<Answer>) {
        self.count.fetch_sub(1, Ordering::Relaxed);
        let _ = self.sender.send(answer);
    }
}

/// What an instance is asked.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Decide this.
    Input(Input),
    /// Begin.
    Start { graph: Arc<Graph>, start: Box<Start> },
    /// Begin, at the call of another process; the graph is still to be found.
    Remote { flow: Arc<str>, start: Box<Start> },
    /// Begin as the child of another instance; which version is still to be found.
    Child {
        flow: Arc<str>,
        version: crate::definition::VersionRef,
        input: crate::base::Payload,
        parent: ParentRef,
    },
}

/// A request to one instance.
#[derive(Debug)]
pub(crate) struct Call {
    pub instance: InstanceId,
    pub ask: Ask,
    pub reply: Reply,
}

/// What the worker knows of an instance whose end somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watched {
    /// It is in memory, and has not ended.
    Live,
    /// It is not in memory: look into the store.
    Unknown,
    /// Its shard is not this process's.
    Elsewhere,
}

/// What reaches a worker.
#[derive(Debug)]
pub(crate) enum Message {
    /// A request.
    Call(Box<Call>),
    /// What handlers gave.
    Results(Vec<(InstanceId, Input)>),
    /// What became of commits.
    Settled(Vec<Settled>),
    /// An instance was loaded; none if it does not exist.
    Restored { instance: InstanceId, result: Result<Option<Box<Restored>>> },
    /// The version and the graph were found that an instance begins with.
    Ready { instance: InstanceId, call: Box<Call>, found: Result<(u32, Arc<Graph>)> },
    /// A task was routed, or could not be.
    Routed { instance: InstanceId, call: Option<Box<Call>> },
    /// Look into the inbox: something new is there.
    Poke,
    /// Look into the inbox again: something was put back.
    Again,
    /// What was in the inbox.
    Inbox { items: Result<Vec<InboxItem>>, full: bool },
    /// Work that another process had asked for with this item is done with.
    WorkDone { item: u64 },
    /// What is due.
    Due(Result<Vec<(Timestamp, InstanceId)>>),
    /// A shard is this process's now.
    Gained { shard: u32, fence: FencingToken },
    /// A shard is another's.
    Lost { shard: u32 },
    /// A shard is to be another's as soon as nothing of it is under way.
    GiveAway { shard: u32, idle: oneshot::Sender<()> },
    /// Somebody waits for the end of an instance.
    Watch { instance: InstanceId, ended: oneshot::Sender<Ending>, known: oneshot::Sender<Watched> },
    /// Write what is in memory to the store and forget it.
    Leave { left: oneshot::Sender<()> },
}

/// The ways to all workers.
#[derive(Clone, Debug)]
pub(crate) struct Mailboxes {
    senders: Arc<[mpsc::UnboundedSender<Message>]>,
    shards: u32,
}

impl Mailboxes {
    /// `workers` mailboxes and their other ends.
    pub fn new(workers: usize, shards: u32) -> (Self, Vec<mpsc::UnboundedReceiver<Message>>) {
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..workers).map(|_| mpsc::unbounded_channel()).unzip();
        (Self { senders: senders.into(), shards }, receivers)
    }

    pub fn len(&self) -> usize {
        self.senders.len()
    }

    /// The worker that a shard belongs to.
    pub fn worker_of(&self, shard: u32) -> usize {
        shard as usize % self.senders.len()
    }

    fn worker_for(&self, instance: InstanceId) -> usize {
        self.worker_of(instance.shard(self.shards))
    }

    /// Sends to a worker; nothing happens when it has stopped.
    pub fn send(&self, worker: usize, message: Message) {
        if let Some(sender) = self.senders.get(worker) {
            let _ = sender.send(message);
        }
    }

    /// Sends to the worker of an instance. Gives the message back when it has stopped.
    pub fn send_to(&self, instance: InstanceId, message: Message) {
        self.send(self.worker_for(instance), message);
    }

    /// Sends to every worker.
    pub fn broadcast(&self, message: impl Fn() -> Message) {
        (0..self.len()).for_each(|worker| self.send(worker, message()));
    }

    /// Brings one result.
    pub fn result(&self, instance: InstanceId, input: Input) {
        self.send_to(instance, Message::Results(vec![(instance, input)]));
    }

    /// Brings results to whom they belong, in one message each.
    pub fn results(&self, results: Vec<(InstanceId, Input)>) {
        if results.is_empty() {
            return;
        }
        if self.len() == 1 {
            return self.send(0, Message::Results(results));
        }
        let mut parts: Vec<Vec<(InstanceId, Input)>> = vec![Vec::new(); self.len()];
        for result in results {
            parts[self.worker_for(result.0)].push(result);
        }
        for (worker, part) in parts.into_iter().enumerate().filter(|(_, part)| !part.is_empty()) {
            self.send(worker, Message::Results(part));
        }
    }
}

/// The error that a caller gets whose request cannot be answered now.
pub(crate) fn gone(instance: InstanceId) -> Error {
    Error::new(crate::base::ErrorKind::ShuttingDown, "the engine is shutting down; ask another one")
        .with("instance", instance)
}
