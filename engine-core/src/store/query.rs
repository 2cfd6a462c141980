//! Questions that a store answers without loading instances.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::base::{InstanceId, Timestamp};
use crate::definition::TaskPriority;
use crate::protocol::InstanceStatus;

use super::SummaryRow;

/// An instance's row.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceSummary {
    /// The instance.
    pub instance: InstanceId,
    /// The last sequence number of its history.
    pub seq: u64,
    /// Its columns.
    pub row: SummaryRow,
}

/// The columns that people and programs ask for, `id` first; neither the result nor when it has to be loaded.
impl Serialize for InstanceSummary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = &self.row;
        let mut fields = serializer.serialize_struct("InstanceSummary", 11)?;
        fields.serialize_field("id", &self.instance)?;
        fields.serialize_field("flow", &row.flow)?;
        fields.serialize_field("version", &row.version)?;
        fields.serialize_field("key", &row.key)?;
        fields.serialize_field("status", &row.status)?;
        fields.serialize_field("labels", &row.labels)?;
        fields.serialize_field("parent", &row.parent)?;
        fields.serialize_field("started", &row.started)?;
        fields.serialize_field("ended", &row.ended)?;
        fields.serialize_field("error_code", &row.error_code)?;
        fields.serialize_field("seq", &self.seq)?;
        fields.end()
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
