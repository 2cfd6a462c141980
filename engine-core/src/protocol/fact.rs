//! What events carry: timers, outcomes, what steps wait for, endings.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{At, Failure, InstanceStatus, Operator};
use crate::base::{InstanceId, Payload, Timestamp};

/// What a timer is for. The order is the order in which timers of one step fire at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerKind {
    /// A timer step is due.
    Due,
    /// The next attempt begins.
    Retry,
    /// The SLA warns.
    SlaWarn,
    /// The SLA target passes.
    SlaTarget,
    /// A user task's due date passes.
    TaskDue,
    /// A user task escalates.
    Escalate,
    /// The step, or the instance, has taken too long. (One attempt of an activity is timed by whoever runs it.)
    Timeout,
    /// All attempts together have taken too long.
    Deadline,
    /// A kept signal's time to live passes.
    SignalExpiry,
}

/// Timers that begin with an event.
pub type Timers = Vec<(TimerKind, Timestamp)>;

/// Edges by their numbers in the compiled graph.
pub type EdgeList = SmallVec<[u32; 2]>;

/// How a step ended, and what follows from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepOutcome {
    /// The outgoing edges that were taken. All others are dropped, but those that stay open until their region is over.
    #[serde(default, skip_serializing_if = "SmallVec::is_empty")]
    pub taken: EdgeList,
    /// Variables that were set.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<Arc<str>, Payload>,
    /// What undoes the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Box<Undo>>,
}

/// What undoes a step, bound when the step completed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Undo {
    /// The handler's name.
    pub handler: Arc<str>,
    /// Its input.
    pub input: Payload,
    /// The path of the step that it undoes.
    pub step: String,
}

/// The call that started an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ParentRef {
    /// The instance that called.
    pub instance: InstanceId,
    /// The step that called.
    pub at: At,
    /// How many calls deep the child is: 1 for the child of an instance that nobody called.
    pub depth: u32,
    /// Whether the caller waits.
    pub wait: bool,
}

/// How an instance began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartedEvent {
    /// The instance.
    pub instance: InstanceId,
    /// The flow's key.
    pub flow: Arc<str>,
    /// The version that it is pinned to.
    pub version: u32,
    /// The caller's own key for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The input, defaults filled in.
    pub input: Payload,
    /// The variables at the start.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vars: BTreeMap<Arc<str>, Payload>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The call that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentRef>,
    /// When it times out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Timestamp>,
    /// When its SLA warns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn: Option<Timestamp>,
    /// When its SLA target passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Timestamp>,
}

/// What a step waits for or runs, as it was evaluated when the step became active.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Activation {
    /// A handler.
    Activity {
        /// Its input.
        input: Payload,
        /// How long one attempt may take, in milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout: Option<crate::base::Span>,
        /// The end of all attempts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Timestamp>,
        /// The longest silence between heartbeats.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heartbeat: Option<crate::base::Span>,
    },
    /// A person.
    UserTask {
        /// What the person is shown.
        data: Payload,
        /// Who has it from the start.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assignee: Option<String>,
        /// When it should be done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Timestamp>,
        /// Who may not do it, because they did another step.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        excluded: Vec<String>,
    },
    /// A time.
    Timer {
        /// When it is due.
        due: Timestamp,
    },
    /// A signal.
    Signal {
        /// The correlation key it must carry.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        correlation: Option<String>,
    },
    /// A child instance.
    Call {
        /// The child.
        child: InstanceId,
        /// The child's input.
        input: Payload,
    },
    /// A scope.
    Group,
    /// A scope for each item.
    ForEach {
        /// The items.
        items: Payload,
    },
    /// A scope again and again.
    Loop,
}

/// Why a step was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// Another step `cancels` it.
    CancelledBy,
    /// It lost a join with `losers: cancel`.
    LostJoin,
    /// It lost a race.
    LostRace,
    /// A back edge restarted its region.
    RegionRestarted,
    /// Its scope failed.
    ScopeFailed,
    /// The scope around it was stopped.
    ScopeCancelled,
    /// `until` of its `for_each` held.
    UntilHeld,
    /// An `end` ended the instance.
    InstanceEnded,
    /// The instance was aborted.
    Aborted,
    /// A signal interrupted it.
    Interrupted,
    /// The instance ran out of time.
    InstanceTimeout,
}

/// What happened to a user task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TaskEvent {
    /// Somebody took it.
    Claimed {
        /// Who.
        by: String,
    },
    /// Somebody put it back.
    Released {
        /// Who.
        by: String,
    },
    /// Somebody was given it.
    Reassigned {
        /// Who did that.
        by: String,
        /// Who has it now.
        to: String,
    },
    /// Another role may take it as well.
    Escalated {
        /// Who did that; none if it lay too long.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// The role.
        to: String,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// Its due date passed.
    Overdue,
}

/// What an operator did to a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OperatorAction {
    /// Had it done again.
    Retry {
        /// With a new idempotency key.
        anew: bool,
    },
    /// Passed over it.
    Skip,
    /// Gave it its output.
    Complete {
        /// The output.
        output: Payload,
    },
}

/// How an instance or a run of a scope ends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// Completed, failed or aborted.
    pub status: InstanceStatus,
    /// The output.
    #[serde(default)]
    pub output: Payload,
    /// The error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// Who aborted it, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Operator>,
}
