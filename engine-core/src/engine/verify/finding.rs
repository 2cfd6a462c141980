//! What an audit finds.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{InstanceId, same_schema};

/// What is wrong. [`FindingKind::ALL`] lists every kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// Events of the history are not there.
    HistoryGap,
    /// Two rows hold the same events.
    HistoryOverlap,
    /// A row does not follow from the one before it: something was changed, taken out or put in.
    HistoryChain,
    /// A row cannot be read.
    HistoryUnreadable,
    /// A row does not hold as many events as it says.
    HistoryBounds,
    /// The history cannot be folded.
    HistoryUnfoldable,
    /// The snapshot cannot be read.
    SnapshotUnreadable,
    /// The snapshot is of an event that the history does not have.
    SnapshotAhead,
    /// The snapshot is not what the history gives.
    SnapshotDiffers,
    /// A column of the instance's row is not what the history gives.
    SummaryDiffers,
    /// The instance would be looked at too late, or never.
    WakeLate,
    /// An open task is in no inbox.
    TaskMissing,
    /// A task is offered that is not open.
    TaskUnexpected,
    /// A task is offered otherwise than it stands.
    TaskDiffers,
    /// A step waits for a message that would not be brought to it.
    SubscriptionMissing,
    /// A step waits for a child instance that is not there, and is not on its way.
    ChildMissing,
    /// A step waits for a child instance that has ended, and no word of it is on its way.
    ChildUnheard,
    /// The instance that called this one is not there.
    ParentMissing,
    /// The version of the flow that the instance is pinned to is not there.
    DefinitionMissing,
    /// The version of the flow that the instance is pinned to does not compile.
    DefinitionBroken,
}

impl FindingKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::HistoryGap,
        Self::HistoryOverlap,
        Self::HistoryChain,
        Self::HistoryUnreadable,
        Self::HistoryBounds,
        Self::HistoryUnfoldable,
        Self::SnapshotUnreadable,
        Self::SnapshotAhead,
        Self::SnapshotDiffers,
        Self::SummaryDiffers,
        Self::WakeLate,
        Self::TaskMissing,
        Self::TaskUnexpected,
        Self::TaskDiffers,
        Self::SubscriptionMissing,
        Self::ChildMissing,
        Self::ChildUnheard,
        Self::ParentMissing,
        Self::DefinitionMissing,
        Self::DefinitionBroken,
    ];

    /// The stable code: the kind's name in snake case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::HistoryGap => "history_gap",
            Self::HistoryOverlap => "history_overlap",
            Self::HistoryChain => "history_chain",
            Self::HistoryUnreadable => "history_unreadable",
            Self::HistoryBounds => "history_bounds",
            Self::HistoryUnfoldable => "history_unfoldable",
            Self::SnapshotUnreadable => "snapshot_unreadable",
            Self::SnapshotAhead => "snapshot_ahead",
            Self::SnapshotDiffers => "snapshot_differs",
            Self::SummaryDiffers => "summary_differs",
            Self::WakeLate => "wake_late",
            Self::TaskMissing => "task_missing",
            Self::TaskUnexpected => "task_unexpected",
            Self::TaskDiffers => "task_differs",
            Self::SubscriptionMissing => "subscription_missing",
            Self::ChildMissing => "child_missing",
            Self::ChildUnheard => "child_unheard",
            Self::ParentMissing => "parent_missing",
            Self::DefinitionMissing => "definition_missing",
            Self::DefinitionBroken => "definition_broken",
        }
    }

    /// What to do about it.
    pub const fn mend(self) -> &'static str {
        match self {
            Self::HistoryGap
            | Self::HistoryOverlap
            | Self::HistoryChain
            | Self::HistoryUnreadable
            | Self::HistoryBounds => {
                "restore the instance's history from a backup, and find out who wrote to the database"
            }
            Self::HistoryUnfoldable => "report it, with the instance's history",
            Self::SnapshotUnreadable | Self::SnapshotAhead | Self::SnapshotDiffers => {
                "while no engine runs, delete the instance's snapshot: it is made anew from the history"
            }
            Self::SummaryDiffers => "correct the column of the instance's row by hand while no engine runs",
            Self::WakeLate => {
                "while no engine runs, set the instance's `wake` to 0, so that the next engine looks at it"
            }
            Self::TaskMissing | Self::TaskUnexpected | Self::TaskDiffers => {
                "restore the database from a backup, or skip or complete the step as an operator"
            }
            Self::SubscriptionMissing => "send the message as a signal to the instance itself",
            Self::ChildMissing | Self::ChildUnheard => {
                "restore the database from a backup, or skip or complete the call as an operator"
            }
            Self::ParentMissing => "restore the database from a backup; the instance itself can go on",
            Self::DefinitionMissing | Self::DefinitionBroken => {
                "restore the definition's row from a backup: a new deployment would be another version"
            }
        }
    }
}

/// Something that an audit has found. As JSON: `{code, instance, position, expected, found, help}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "Told")]
pub struct Finding {
    /// What is wrong.
    pub kind: FindingKind,
    /// With which instance.
    pub instance: InstanceId,
    /// At which event of its history, if at one.
    pub position: Option<u64>,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl Finding {
    pub(super) fn new(
        kind: FindingKind,
        instance: InstanceId,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self { kind, instance, position: None, expected: expected.into(), found: found.into() }
    }

    pub(super) fn at(mut self, position: u64) -> Self {
        self.position = Some(position);
        self
    }
}

/// A finding as it is told: its kind by code, and how to mend it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct Told {
    code: &'static str,
    instance: InstanceId,
    position: Option<u64>,
    expected: String,
    found: String,
    help: &'static str,
}

same_schema!(Finding, Told);

impl From<Finding> for Told {
    fn from(finding: Finding) -> Self {
        let Finding { kind, instance, position, expected, found } = finding;
        Self { code: kind.code(), instance, position, expected, found, help: kind.mend() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: instance {}", self.kind.code(), self.instance)?;
        if let Some(position) = self.position {
            write!(f, " at event {position}")?;
        }
        write!(f, ": expected {}, found {}", self.expected, self.found)
    }
}

/// What an audit has looked at, and what it found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Verification {
    /// How many instances.
    pub instances: u64,
    /// How many rows of history.
    pub rows: u64,
    /// How many events.
    pub events: u64,
    /// How many snapshots.
    pub snapshots: u64,
    /// How many open tasks.
    pub tasks: u64,
    /// How many instances changed all the while: of these only the history was looked at.
    pub moving: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// Whether nothing is wrong.
    pub const fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn add(&mut self, other: Self) {
        self.instances += other.instances;
        self.rows += other.rows;
        self.events += other.events;
        self.snapshots += other.snapshots;
        self.tasks += other.tasks;
        self.moving += other.moving;
        self.findings.extend(other.findings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_names_of_kinds() {
        for kind in FindingKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
        }
    }
}
