//! What is written in one go.

use std::collections::BTreeMap;

use super::{FencingToken, InstanceSummary};
use crate::base::{InstanceId, TaskId, Timestamp};
use crate::definition::TaskPriority;
use crate::protocol::{CandidateSet, InstanceStatus};

/// All that one or several decisions of one instance write.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// The instance; `None` only in `Default`.
    pub instance: Option<InstanceId>,
    /// The shard of the instance.
    pub shard: u32,
    /// The last sequence number of the instance's history as the writer knows it; 0 creates the instance.
    pub expected_seq: u64,
    /// Proof that the writer still owns the shard; `None` where leases are not used (tools on a stopped database).
    pub fence: Option<FencingToken>,
    /// The events since then, encoded. Empty if the commit only writes other things.
    pub history: Option<HistoryRow>,
    /// A snapshot of the state after these events; replaces the older one.
    pub snapshot: Option<SnapshotRow>,
    /// The instance's row, where something in it that others look for has changed. Always there on creation.
    pub summary: Option<SummaryRow>,
    /// Open tasks, changed or closed.
    pub tasks: Vec<TaskWrite>,
    /// Subscriptions that begin (`true`) or end (`false`).
    pub subscriptions: Vec<(SubscriptionRow, bool)>,
    /// What goes to the inboxes of other instances.
    pub outbox: Vec<Delivery>,
    /// Inbox items that these decisions have taken up.
    pub consumed: Vec<u64>,
}

/// The events of one commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryRow {
    /// The instance; filled in when read.
    pub instance: Option<InstanceId>,
    /// The place among all rows of the store; filled in when read.
    pub position: u64,
    /// The sequence number of the first event in it, from 1.
    pub first_seq: u64,
    /// The sequence number of the last event in it.
    pub last_seq: u64,
    /// When they were decided.
    pub at: Timestamp,
    /// The encoded events.
    pub events: Vec<u8>,
}

/// The encoded state after an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SnapshotRow {
    /// The sequence number of the last event in it.
    pub seq: u64,
    /// The encoded state.
    pub state: Vec<u8>,
}

/// The columns by which instances are found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SummaryRow {
    /// The flow's key.
    pub flow: String,
    /// The version that the instance is pinned to.
    pub version: u32,
    /// The caller's own key.
    pub key: Option<String>,
    /// Where it stands.
    pub status: InstanceStatus,
    /// When it has to be loaded at the latest: [`Timestamp::EPOCH`] while it is in memory (so that it is found after a
    /// crash), a due time while it is parked, `None` when nothing is due.
    pub wake: Option<Timestamp>,
    /// Words to find it by.
    pub labels: BTreeMap<String, String>,
    /// The instance that called it.
    pub parent: Option<InstanceId>,
    /// When it was started.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// The code of its error.
    pub error_code: Option<String>,
    /// The output or the error as JSON, once it has ended.
    pub result: Option<String>,
}

/// A change of an open task.
#[derive(Clone, Debug, PartialEq)]
pub enum TaskWrite {
    /// Writes the task.
    Put(Box<TaskRow>),
    /// Removes it.
    Remove(TaskId),
}

/// An open task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskRow {
    /// Its id.
    pub id: TaskId,
    /// The flow's key.
    pub flow: String,
    /// The step's path.
    pub step: String,
    /// Who has it.
    pub assignee: Option<String>,
    /// Who may take it.
    pub candidates: CandidateSet,
    /// Who may not.
    pub excluded: Vec<String>,
    /// How soon people should look at it.
    pub priority: TaskPriority,
    /// When it was offered.
    pub created: Timestamp,
    /// When it should be done.
    pub due: Option<Timestamp>,
    /// The whole task, encoded.
    pub view: Vec<u8>,
}

/// A step that waits for a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SubscriptionRow {
    /// The activation that waits.
    pub activation: u32,
    /// The message's name.
    pub name: String,
    /// The correlation key.
    pub correlation: String,
}

/// Something for the inbox of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// To whom.
    pub instance: InstanceId,
    /// The instance's shard.
    pub shard: u32,
    /// A delivery with the same value for the same instance that is still in the inbox makes this one void.
    pub dedup: Option<String>,
    /// The encoded input.
    pub input: Vec<u8>,
}

/// Something in the inbox of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxItem {
    /// Its id; ascends with arrival.
    pub id: u64,
    /// To whom.
    pub instance: InstanceId,
    /// The encoded input.
    pub input: Vec<u8>,
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq)]
pub enum CommitOutcome {
    /// Durable. The position of its history row; 0 without history.
    Accepted {
        /// The place among all rows of the store.
        position: u64,
    },
    /// Nothing of it was written.
    Rejected(Rejection),
}

/// Why a commit was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// Another owner has a newer lease on the shard.
    Fenced,
    /// The instance's history is at another sequence number.
    SequenceMismatch {
        /// The last sequence number in the store.
        actual: u64,
    },
    /// An instance of this flow has that key.
    KeyExists {
        /// That instance.
        instance: InstanceId,
    },
}

/// All that is needed to go on with an instance.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Its row.
    pub summary: InstanceSummary,
    /// The newest snapshot.
    pub snapshot: Option<SnapshotRow>,
    /// The history after the snapshot, oldest first.
    pub tail: Vec<HistoryRow>,
}
