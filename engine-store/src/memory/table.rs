//! What the store holds, and how a commit changes it.

use std::collections::{BTreeMap, BTreeSet};

use flowwright::base::{InstanceId, Result, TaskId, Timestamp};
use flowwright::store::{
    Commit, CommitOutcome, DefinitionRecord, Delivery, HistoryRow, InboxItem, InstanceSummary, Rejection,
    SnapshotRow, SummaryRow, TaskRow, TaskWrite,
};

use crate::lease::Shards;

/// Everything, by its keys.
#[derive(Clone, Default)]
pub(super) struct Table {
    pub instances: BTreeMap<InstanceId, Instance>,
    /// Instances by number, in the order of their creation.
    pub created: Vec<InstanceId>,
    pub keys: BTreeMap<(String, String), InstanceId>,
    /// All rows; the position is the index and one.
    pub history: Vec<HistoryRow>,
    pub wakes: BTreeSet<(u32, Timestamp, usize)>,
    pub inbox: BTreeMap<u64, Item>,
    pub dedups: BTreeSet<(InstanceId, String)>,
    pub last_item: u64,
    pub subscriptions: BTreeSet<(String, String, InstanceId, u32)>,
    pub tasks: BTreeMap<TaskId, TaskRow>,
    pub definitions: BTreeMap<(String, u32), DefinitionRecord>,
    pub labels: BTreeMap<(String, String), u32>,
    pub shards: Shards,
}

#[derive(Clone)]
pub(super) struct Instance {
    pub number: usize,
    pub shard: u32,
    pub seq: u64,
    pub row: SummaryRow,
    pub snapshot: Option<SnapshotRow>,
    /// Indices of its rows in `Table::history`.
    pub rows: Vec<usize>,
}

#[derive(Clone)]
pub(super) struct Item {
    pub shard: u32,
    pub dedup: Option<String>,
    pub item: InboxItem,
}

impl Instance {
    pub fn summary(&self, instance: InstanceId) -> InstanceSummary {
        InstanceSummary { instance, seq: self.seq, row: self.row.clone() }
    }
}

impl Table {
    pub fn commit(&mut self, batch: Vec<Commit>) -> Result<Vec<CommitOutcome>> {
        let checked = batch.iter().map(Commit::check).collect::<Result<Vec<_>>>()?;
        let mut rejected = BTreeMap::<InstanceId, Rejection>::new();
        let outcomes = batch.into_iter().zip(checked).map(|(commit, (instance, _))| {
            let found = rejected.get(&instance).cloned().or_else(|| self.rejection(instance, &commit));
            match found {
                None => CommitOutcome::Accepted { position: self.apply(instance, commit) },
                Some(rejection) => {
                    rejected.insert(instance, rejection.clone());
                    CommitOutcome::Rejected(rejection)
                }
            }
        });
        Ok(outcomes.collect())
    }

    fn rejection(&self, instance: InstanceId, commit: &Commit) -> Option<Rejection> {
        if commit.fence.is_some_and(|fence| fence.0 < self.shards.fence(commit.shard)) {
            return Some(Rejection::Fenced);
        }
        let found = self.instances.get(&instance);
        let actual = found.map_or(0, |found| found.seq);
        if actual != commit.expected_seq {
            return Some(Rejection::SequenceMismatch { actual });
        }
        let row = commit.summary.as_ref()?;
        let owner = *self.keys.get(&(row.flow.clone(), row.key.clone()?))?;
        (owner != instance).then_some(Rejection::KeyExists { instance: owner })
    }

    /// Writes an accepted commit. The answer is the position of its history row.
    fn apply(&mut self, id: InstanceId, commit: Commit) -> u64 {
        if let Some(row) = commit.summary {
            self.put_summary(id, commit.shard, row);
        }
        let position = self.append(id, commit.history);
        if let (Some(snapshot), Some(instance)) = (commit.snapshot, self.instances.get_mut(&id)) {
            instance.snapshot = Some(snapshot);
        }
        for write in commit.tasks {
            match write {
                TaskWrite::Put(row) => self.tasks.insert(row.id, *row),
                TaskWrite::Remove(task) => self.tasks.remove(&task),
            };
        }
        for (row, begins) in commit.subscriptions {
            let entry = (row.name, row.correlation, id, row.activation);
            if begins {
                self.subscriptions.insert(entry);
            } else {
                self.subscriptions.remove(&entry);
            }
        }
        self.discard(&commit.consumed);
        self.deliver(commit.outbox);
        position
    }

    fn put_summary(&mut self, id: InstanceId, shard: u32, row: SummaryRow) {
        let number = match self.instances.get(&id) {
            Some(old) => {
                if let Some(wake) = old.row.wake {
                    self.wakes.remove(&(old.shard, wake, old.number));
                }
                if let Some(key) = &old.row.key {
                    self.keys.remove(&(old.row.flow.clone(), key.clone()));
                }
                old.number
            }
            None => {
                self.created.push(id);
                self.created.len() - 1
            }
        };
        if let Some(wake) = row.wake {
            self.wakes.insert((shard, wake, number));
        }
        if let Some(key) = &row.key {
            self.keys.insert((row.flow.clone(), key.clone()), id);
        }
        let fresh =
            Instance { number, shard, seq: 0, row: SummaryRow::default(), snapshot: None, rows: Vec::new() };
        let instance = self.instances.entry(id).or_insert(fresh);
        instance.shard = shard;
        instance.row = row;
    }

    fn append(&mut self, id: InstanceId, row: Option<HistoryRow>) -> u64 {
        let (Some(row), Some(instance)) = (row, self.instances.get_mut(&id)) else { return 0 };
        let position = self.history.len() as u64 + 1;
        instance.seq = row.last_seq;
        instance.rows.push(self.history.len());
        self.history.push(HistoryRow { instance: Some(id), position, ..row });
        position
    }

    pub fn deliver(&mut self, deliveries: Vec<Delivery>) {
        for Delivery { instance, shard, dedup, input } in deliveries {
            if dedup.as_ref().is_some_and(|dedup| !self.dedups.insert((instance, dedup.clone()))) {
                continue;
            }
            self.last_item += 1;
            let item = InboxItem { id: self.last_item, instance, input };
            self.inbox.insert(self.last_item, Item { shard, dedup, item });
        }
    }

    pub fn discard(&mut self, items: &[u64]) {
        for id in items {
            if let Some(Item { dedup: Some(dedup), item, .. }) = self.inbox.remove(id) {
                self.dedups.remove(&(item.instance, dedup));
            }
        }
    }
}
