//! The verdict on each commit, and what the accepted ones write, decided without the database.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use flowwright::base::{InstanceId, TaskId};
use flowwright::store::{
    Commit, CommitOutcome, Delivery, HistoryRow, Rejection, SnapshotRow, SubscriptionRow, SummaryRow,
    TaskRow, TaskWrite,
};

use super::ground::{Ground, Standing};
use super::writer::Call;
use crate::sql::codec;

/// A row of `instances` as it shall be.
pub(super) struct InstanceWrite<'g> {
    pub id: InstanceId,
    pub is_new: bool,
    /// Whether it had a key that it does not keep.
    pub frees_key: bool,
    pub shard: u32,
    pub row: &'g SummaryRow,
    /// Labels that are in the database, as they are written there.
    pub old_labels: Option<String>,
}

/// Everything that a group writes: what stands last of what is replaced, and in order what is appended.
#[derive(Default)]
pub(super) struct Writes<'g> {
    /// By number.
    pub instances: BTreeMap<i64, InstanceWrite<'g>>,
    pub history: Vec<(i64, &'g HistoryRow)>,
    pub snapshots: BTreeMap<i64, &'g SnapshotRow>,
    /// What becomes of a task; none: it is removed.
    pub tasks: BTreeMap<TaskId, Option<&'g TaskRow>>,
    pub subscriptions: BTreeMap<(InstanceId, &'g SubscriptionRow), bool>,
    pub consumed: BTreeSet<u64>,
    pub delivered: Vec<&'g Delivery>,
}

impl Writes<'_> {
    pub fn is_empty(&self) -> bool {
        self.instances.is_empty()
            && self.history.is_empty()
            && self.snapshots.is_empty()
            && self.tasks.is_empty()
            && self.subscriptions.is_empty()
            && self.consumed.is_empty()
            && self.delivered.is_empty()
    }
}

/// A verdict: the place of the history row among those of the group, if there is one.
type Verdict = Result<Option<usize>, Rejection>;

/// Decides on a group in order. `ground` then stands for what is there after it.
pub(super) struct Plan<'g> {
    pub ground: Ground,
    pub writes: Writes<'g>,
    /// The other way round of `ground.repeated`.
    dedups: HashMap<u64, (InstanceId, String)>,
}

/// What a delivery of this group stands for until it has an id.
const NEW: u64 = u64::MAX;

impl<'g> Plan<'g> {
    pub fn new(ground: Ground) -> Self {
        let dedups = ground.repeated.iter().map(|(dedup, id)| (*id, dedup.clone())).collect();
        Self { ground, writes: Writes::default(), dedups }
    }

    /// Decides on one call. Where a commit is rejected, so are the later ones of its instance.
    pub fn call(&mut self, call: &'g Call) -> Vec<Verdict> {
        let mut rejected = BTreeMap::<InstanceId, Rejection>::new();
        let mut verdicts = Vec::with_capacity(call.commits.len());
        for (commit, (id, last_seq)) in call.commits.iter().zip(&call.checked) {
            let verdict = match rejected.get(id) {
                Some(rejection) => Err(rejection.clone()),
                None => self.commit(*id, *last_seq, commit),
            };
            if let Err(rejection) = &verdict {
                rejected.insert(*id, rejection.clone());
            }
            verdicts.push(verdict);
        }
        self.discard(&call.discard);
        self.deliver(&call.deliver);
        verdicts
    }

    fn commit(&mut self, id: InstanceId, last_seq: u64, commit: &'g Commit) -> Verdict {
        let newest = self.ground.fences.get(&commit.shard).copied().unwrap_or(0);
        if commit.fence.is_some_and(|fence| fence.0 < newest) {
            return Err(Rejection::Fenced);
        }
        let standing = self.ground.instances.get(&id);
        let actual = standing.map_or(0, |standing| standing.seq);
        // An instance that is there has events: 0 is right only where it is not.
        if actual != commit.expected_seq || (standing.is_none() && commit.expected_seq > 0) {
            return Err(Rejection::SequenceMismatch { actual });
        }
        if let Some(row) = &commit.summary {
            self.check_key(id, row)?;
            self.put_instance(id, commit.shard, row);
        }
        let Some(standing) = self.ground.instances.get_mut(&id) else {
            return Err(Rejection::SequenceMismatch { actual: 0 });
        };
        standing.seq = last_seq;
        let n = standing.n;
        let place = commit.history.as_ref().map(|history| {
            self.writes.history.push((n, history));
            self.writes.history.len() - 1
        });
        if let Some(snapshot) = &commit.snapshot {
            self.writes.snapshots.insert(n, snapshot);
        }
        for write in &commit.tasks {
            match write {
                TaskWrite::Put(row) => self.writes.tasks.insert(row.id, Some(row)),
                TaskWrite::Remove(id) => self.writes.tasks.insert(*id, None),
            };
        }
        for (row, begins) in &commit.subscriptions {
            self.writes.subscriptions.insert((id, row), *begins);
        }
        self.discard(&commit.consumed);
        self.deliver(&commit.outbox);
        Ok(place)
    }

    fn check_key(&self, id: InstanceId, row: &SummaryRow) -> Result<(), Rejection> {
        let Some(key) = &row.key else { return Ok(()) };
        match self.ground.keys.get(&(row.flow.clone(), key.clone())) {
            Some(owner) if *owner != id => Err(Rejection::KeyExists { instance: *owner }),
            _ => Ok(()),
        }
    }

    fn put_instance(&mut self, id: InstanceId, shard: u32, row: &'g SummaryRow) {
        let key = row.key.as_ref().map(|key| (row.flow.clone(), key.clone()));
        let standing = match self.ground.instances.get_mut(&id) {
            Some(standing) => standing,
            None => {
                let n = self.ground.numbers.pop().unwrap_or(0);
                let standing = Standing { n, seq: 0, key: None, labels: None };
                self.writes.instances.insert(
                    n,
                    InstanceWrite { id, is_new: true, frees_key: false, shard, row, old_labels: None },
                );
                self.ground.instances.entry(id).or_insert(standing)
            }
        };
        let frees_key = standing.key.is_some() && standing.key != key;
        if standing.key != key {
            if let Some(old) = standing.key.take() {
                self.ground.keys.remove(&old);
            }
            if let Some(key) = &key {
                self.ground.keys.insert(key.clone(), id);
            }
            standing.key = key;
        }
        let old_labels = standing.labels.clone();
        let write = self.writes.instances.entry(standing.n).or_insert(InstanceWrite {
            id,
            is_new: false,
            frees_key: false,
            shard,
            row,
            old_labels,
        });
        (write.shard, write.row) = (shard, row);
        write.frees_key |= frees_key && !write.is_new;
    }

    fn discard(&mut self, items: &[u64]) {
        for item in items {
            self.writes.consumed.insert(*item);
            if let Some(dedup) = self.dedups.remove(item) {
                self.ground.repeated.remove(&dedup);
            }
        }
    }

    fn deliver(&mut self, items: &'g [Delivery]) {
        for item in items {
            if let Some(dedup) = &item.dedup {
                let dedup = (item.instance, dedup.clone());
                if self.ground.repeated.contains_key(&dedup) {
                    continue;
                }
                self.ground.repeated.insert(dedup, NEW);
            }
            self.writes.delivered.push(item);
        }
    }
}

/// Outcomes, once it is known where the history rows of the group are.
pub(super) fn outcomes(verdicts: Vec<Verdict>, first_position: u64) -> Vec<CommitOutcome> {
    let outcome = |verdict: Verdict| match verdict {
        Ok(place) => {
            CommitOutcome::Accepted { position: place.map_or(0, |place| first_position + place as u64) }
        }
        Err(rejection) => CommitOutcome::Rejected(rejection),
    };
    verdicts.into_iter().map(outcome).collect()
}

/// Labels that come and labels that go.
pub(super) struct LabelChange {
    pub gone: Vec<(String, String)>,
    pub fresh: Vec<(String, String)>,
}

impl InstanceWrite<'_> {
    /// How the labels change; an unreadable old form is a corrupt database.
    pub fn labels(&self) -> flowwright::base::Result<LabelChange> {
        let old = codec::read_labels(self.old_labels.as_deref())?;
        let without = |these: &BTreeMap<String, String>, those: &BTreeMap<String, String>| {
            these
                .iter()
                .filter(|(name, value)| those.get(*name) != Some(value))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        };
        Ok(LabelChange { gone: without(&old, &self.row.labels), fresh: without(&self.row.labels, &old) })
    }
}
