//! Questions that a store answers without loading instances.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::{InstanceId, Timestamp, same_schema};
use crate::definition::TaskPriority;
use crate::protocol::InstanceStatus;

use super::SummaryRow;

/// An instance's row. As JSON: `{id, flow, version, key, status, labels, parent, started, ended, error_code, seq}`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(into = "Told")]
pub struct InstanceSummary {
    /// The instance.
    pub instance: InstanceId,
    /// The last sequence number of its history.
    pub seq: u64,
    /// Its columns.
    pub row: SummaryRow,
}

/// An instance's row as it is told: the columns that people and programs ask for; neither the result nor when it has to be
/// loaded.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InstanceSummary")]
struct Told {
    id: InstanceId,
    flow: String,
    version: u32,
    key: Option<String>,
    status: InstanceStatus,
    labels: BTreeMap<String, String>,
    parent: Option<InstanceId>,
    started: Timestamp,
    ended: Option<Timestamp>,
    error_code: Option<String>,
    seq: u64,
}

same_schema!(InstanceSummary, Told);

impl From<InstanceSummary> for Told {
    fn from(summary: InstanceSummary) -> Self {
        let InstanceSummary { instance: id, seq, row } = summary;
        let SummaryRow { flow, version, key, status, labels, parent, started, ended, error_code, .. } = row;
        Self { id, flow, version, key, status, labels, parent, started, ended, error_code, seq }
    }
}

/// Which instances. Everything given must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InstanceFilter {
    /// The flow's key.
    pub flow: Option<String>,
    /// One of these statuses; empty: any.
    pub status: Vec<InstanceStatus>,
    /// These labels with these values.
    pub labels: BTreeMap<String, String>,
    /// Called by this instance.
    pub parent: Option<InstanceId>,
    /// Started at or after this.
    pub started_from: Option<Timestamp>,
    /// Started before this.
    pub started_before: Option<Timestamp>,
}

/// Which part of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// At most this many.
    pub limit: usize,
    /// After this one: the id of the last instance of the page before, or the [`TaskCursor`](super::TaskCursor) of its
    /// last task.
    pub after: Option<String>,
}

impl Page {
    /// Behind which one the next page begins: the last of a full page. After any other there is nothing more.
    pub fn last_of<'a, T>(&self, found: &'a [T]) -> Option<&'a T> {
        found.last().filter(|_| found.len() == self.limit)
    }
}

impl Default for Page {
    fn default() -> Self {
        Self { limit: 100, after: None }
    }
}

/// The order of tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaskSort {
    /// Most urgent first, then earliest due, then oldest.
    #[default]
    Urgency,
    /// Oldest first.
    Age,
}

/// Which open tasks. Everything given must hold; of `visible_to`, any.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskFilter {
    /// Those that this person has, or may take: see [`TaskRow::visible_to`](super::TaskRow::visible_to).
    pub visible_to: Option<crate::protocol::Actor>,
    /// Those that this person has.
    pub assignee: Option<String>,
    /// Those that nobody has.
    pub unassigned: bool,
    /// Those of this flow.
    pub flow: Option<String>,
    /// Those of this instance.
    pub instance: Option<InstanceId>,
    /// Those with this priority.
    pub priority: Option<TaskPriority>,
    /// Those due at or before this.
    pub due_before: Option<Timestamp>,
    /// The order.
    pub sort: TaskSort,
}
