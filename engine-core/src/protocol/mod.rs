//! The only language that machine, runtime and stores share: inputs, events, commands.

mod chain;
mod command;
mod event;
mod fact;
mod input;
mod place;
pub mod wire;

pub use chain::Chain;
pub use command::{CandidateSet, Command, RunActivity, Subscription, TaskChange, TaskStatus, TaskView};
pub use event::{Event, Recorded};
pub use fact::{
    Activation, CancelReason, EdgeList, Ending, OperatorAction, ParentRef, StartedEvent, StepOutcome,
    TaskEvent, TimerKind, Timers, Undo,
};
pub use input::{ActivityError, Actor, ChildOutcome, Input, Operator, Signal, Start, TaskAction, TaskInput};
pub use place::{At, Purpose, Work};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::Payload;

/// Where an instance stands.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum InstanceStatus {
    /// Accepted, nothing decided yet.
    #[default]
    Pending,
    /// On its way.
    Running,
    /// Held: starts nothing until it is resumed.
    Suspended,
    /// Ended well.
    Completed,
    /// Ended by a failure; an operator may take it up again.
    Failed,
    /// Ended by an operator.
    Aborted,
}

impl InstanceStatus {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Running, Self::Suspended, Self::Completed, Self::Failed, Self::Aborted];

    /// The word for it, as in JSON and SQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Suspended => "suspended",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Aborted => "aborted",
        }
    }

    /// Whether the instance has ended.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Aborted)
    }
}

/// Where a step stands.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Not started; its incoming edges are not decided enough.
    #[default]
    Pending,
    /// Started, and not settled: running or waiting.
    Active,
    /// A non-idempotent activity was interrupted, and nobody knows whether it was done: an operator decides.
    Indeterminate,
    /// Done.
    Completed,
    /// Failed for good.
    Failed,
    /// Never started: its join cannot be met any more.
    Skipped,
    /// Stopped, or withdrawn before it started.
    Cancelled,
}

impl StepStatus {
    /// The word for it, as in JSON and expressions.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Indeterminate => "indeterminate",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the step is done with, one way or another.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Skipped | Self::Cancelled)
    }
}

/// Why a step or an instance failed: what conditions read as `error`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// The code: a handler's own, or one of the engine's (`timeout`, `expression`, …).
    pub code: String,
    /// What happened, for people.
    pub message: String,
    /// Anything more, as data.
    #[serde(default, skip_serializing_if = "is_null")]
    pub details: Payload,
    /// The path of the step that failed first.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub step: String,
    /// Which attempt it was, from 1; 0 where there was none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempt: u32,
}

fn is_null(payload: &Payload) -> bool {
    serde_json::Value::is_null(payload)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Failure {
    /// A failure with a code and a message.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            details: Payload::null(),
            step: String::new(),
            attempt: 0,
        }
    }
}

/// Reads a payload that may be `null` and is there: `null` is a value, and not the absence of one.
pub(crate) fn present<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Payload>, D::Error> {
    Payload::deserialize(deserializer).map(Some)
}
