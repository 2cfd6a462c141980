//! The committer: everything that waits to be written goes into one batch of the store; while that is under way the
//! next batch gathers.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::mailbox::{Mailboxes, Message};
use super::news::{Follower, News};
use crate::base::{Error, InstanceId, Result};
use crate::protocol::wire;
use crate::store::{Commit, CommitOutcome, Rejection, Store};

/// The number of a commit, counted from 0 over the life of the committer.
pub(crate) type Ticket = u64;

/// What became of a commit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// It is durable.
    Durable,
    /// Nothing of it was written.
    Rejected(Rejection),
    /// The store failed: nothing of it is known to be written.
    Failed(Arc<str>),
}

/// What became of a commit, and of whose.
#[derive(Clone, Debug)]
pub(crate) struct Settled {
    pub instance: InstanceId,
    pub ticket: Ticket,
    pub verdict: Verdict,
}

#[derive(Default)]
struct Queue {
    /// The ticket of the first one that waits.
    base: Ticket,
    waiting: VecDeque<Commit>,
}

/// Groups commits.
pub(crate) struct Committer {
    queue: Mutex<Queue>,
    wake: Notify,
    /// What followers of the feed listen to.
    news: Arc<News>,
}

impl Committer {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { queue: Mutex::default(), wake: Notify::new(), news: Arc::default() })
    }

    /// Hands commits in, each with the ticket of the last commit of the same instance. Where that one still waits the
    /// two become one, under its ticket. The answer has the ticket of each.
    pub fn push(&self, commits: Vec<(Commit, Option<Ticket>)>, tickets: &mut Vec<Ticket>) {
        tickets.clear();
        {
            let mut queue = self.queue.lock();
            for (commit, last) in commits {
                tickets.push(queue.push(commit, last));
            }
        }
        self.wake.notify_one();
    }

    /// Follows what becomes durable.
    pub fn follow(&self) -> Follower {
        self.news.follow()
    }

    /// Another process may have written.
    pub fn touch(&self) {
        self.news.tell();
    }

    /// Writes batches until it is dropped.
    pub async fn run(self: Arc<Self>, store: Arc<dyn Store>, mailboxes: Mailboxes, most: usize, shards: u32) {
        loop {
            let (base, batch) = self.queue.lock().take(most);
            if batch.is_empty() {
                self.wake.notified().await;
                continue;
            }
            let whose: Vec<Option<(InstanceId, usize)>> = batch
                .iter()
                .map(|commit| commit.instance)
                .map(|id| id.map(|id| (id, mailboxes.worker_of(id.shard(shards)))))
                .collect();
            let result = store.commit(batch).await;
            self.settle(&mailboxes, base, &whose, result);
        }
    }

    fn settle(
        &self,
        mailboxes: &Mailboxes,
        base: Ticket,
        whose: &[Option<(InstanceId, usize)>],
        result: Result<Vec<CommitOutcome>>,
    ) {
        let mut parts: Vec<Vec<Settled>> = vec![Vec::new(); mailboxes.len()];
        let mut verdicts = Verdicts::new(result);
        for (ticket, owner) in (base..).zip(whose) {
            let verdict = verdicts.next();
            if let Some((instance, worker)) = *owner {
                parts[worker].push(Settled { instance, ticket, verdict });
            }
        }
        let highest = verdicts.highest;
        for (worker, part) in parts.into_iter().enumerate().filter(|(_, part)| !part.is_empty()) {
            mailboxes.send(worker, Message::Settled(part));
        }
        if highest > 0 {
            self.news.tell();
        }
    }
}

impl Queue {
    fn push(&mut self, commit: Commit, last: Option<Ticket>) -> Ticket {
        let place =
            last.and_then(|last| last.checked_sub(self.base)).and_then(|place| usize::try_from(place).ok());
        if let Some((last, earlier)) = last.zip(place.and_then(|place| self.waiting.get_mut(place))) {
            merge(earlier, commit);
            return last;
        }
        self.waiting.push_back(commit);
        self.base + self.waiting.len() as u64 - 1
    }

    fn take(&mut self, most: usize) -> (Ticket, Vec<Commit>) {
        let base = self.base;
        let count = self.waiting.len().min(most);
        self.base += count as u64;
        (base, self.waiting.drain(..count).collect())
    }
}

/// Adds a later commit of the same instance to one that waits.
fn merge(earlier: &mut Commit, later: Commit) {
    match (&mut earlier.history, later.history) {
        (Some(row), Some(next)) => {
            wire::join(&mut row.events, &next.events);
            row.last_seq = next.last_seq;
        }
        (slot @ None, next) => *slot = next,
        (Some(_), None) => {}
    }
    earlier.snapshot = later.snapshot.or_else(|| earlier.snapshot.take());
    earlier.summary = later.summary.or_else(|| earlier.summary.take());
    earlier.tasks.extend(later.tasks);
    earlier.subscriptions.extend(later.subscriptions);
    earlier.outbox.extend(later.outbox);
    earlier.consumed.extend(later.consumed);
}

/// One verdict for each commit of a batch, whatever the store said.
struct Verdicts {
    outcomes: std::vec::IntoIter<CommitOutcome>,
    failure: Arc<str>,
    highest: u64,
}

impl Verdicts {
    fn new(result: Result<Vec<CommitOutcome>>) -> Self {
        let (outcomes, failure) = match result {
            Ok(outcomes) => (outcomes, "the store gave too few outcomes".into()),
            Err(error) => (Vec::new(), failed(&error)),
        };
        Self { outcomes: outcomes.into_iter(), failure, highest: 0 }
    }

    fn next(&mut self) -> Verdict {
        match self.outcomes.next() {
            Some(CommitOutcome::Accepted { position }) => {
                self.highest = self.highest.max(position);
                Verdict::Durable
            }
            Some(CommitOutcome::Rejected(rejection)) => Verdict::Rejected(rejection),
            None => Verdict::Failed(Arc::clone(&self.failure)),
        }
    }
}

fn failed(error: &Error) -> Arc<str> {
    tracing::warn!(%error, "a batch could not be written; its instances are read again");
    error.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;
    use crate::protocol::{At, Event};
    use crate::store::HistoryRow;

    fn commit(first: u64, last: u64) -> Commit {
        let mut events = wire::EventWriter::default();
        let mut chain = crate::protocol::Chain::new(InstanceId::new(uuid::Uuid::nil()));
        let skipped: Vec<_> =
            (first..=last).map(|n| Event::StepSkipped { at: At::new(0, n as u32) }).collect();
        events.push(Timestamp::from_millis(first as i64), &skipped).unwrap();
        let row = HistoryRow {
            first_seq: first,
            last_seq: last,
            events: events.finish(&mut chain),
            ..HistoryRow::default()
        };
        Commit { expected_seq: first - 1, history: Some(row), consumed: vec![first], ..Commit::default() }
    }

    #[test]
    fn commits_of_one_instance_that_wait_become_one() {
        let committer = Committer::new();
        let mut tickets = Vec::new();
        committer.push(vec![(commit(1, 2), None), (commit(1, 1), None)], &mut tickets);
        assert_eq!(tickets, [0, 1]);
        committer.push(vec![(commit(3, 3), Some(0))], &mut tickets);
        assert_eq!(tickets, [0]);

        let (base, batch) = committer.queue.lock().take(1);
        assert_eq!((base, batch.len()), (0, 1));
        let row = batch[0].history.clone().unwrap();
        assert_eq!((batch[0].expected_seq, row.first_seq, row.last_seq), (0, 1, 3));
        assert_eq!(batch[0].consumed, [1, 3]);
        let instance = InstanceId::new(uuid::Uuid::nil());
        assert_eq!(wire::read_events(instance, 1, &row.events).unwrap().len(), 3);
    }

    #[test]
    fn what_was_taken_is_joined_no_more() {
        let committer = Committer::new();
        let mut tickets = Vec::new();
        committer.push(vec![(commit(1, 1), None)], &mut tickets);
        assert_eq!(committer.queue.lock().take(9).1.len(), 1);
        committer.push(vec![(commit(2, 2), Some(0))], &mut tickets);
        assert_eq!(tickets, [1]);
    }

    #[test]
    fn a_failed_batch_fails_every_commit() {
        let mut verdicts = Verdicts::new(Err(Error::new(crate::base::ErrorKind::StoreUnavailable, "gone")));
        assert!(matches!(verdicts.next(), Verdict::Failed(_)));
    }
}
