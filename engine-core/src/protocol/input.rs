//! All that can reach an instance.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{At, Failure, InstanceStatus, ParentRef, Work};
use crate::base::{InstanceId, Payload, Span};

/// A stimulus. The time at which it is decided goes beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Input {
    /// The instance begins.
    Start(Box<Start>),
    /// A handler returned.
    ActivityCompleted {
        /// Which attempt.
        work: Work,
        /// What it returned.
        output: Payload,
    },
    /// A handler failed, ran out of time or lost its heartbeat.
    ActivityFailed {
        /// Which attempt.
        work: Work,
        /// How it failed.
        error: ActivityError,
    },
    /// The process that ran the attempt is gone, and nobody knows how far it came.
    ActivityLost {
        /// Which attempt.
        work: Work,
    },
    /// No process known here has a handler of that name.
    HandlerMissing {
        /// Which attempt.
        work: Work,
    },
    /// Another process is asked to run an attempt whose handler is not to be found here.
    AttemptAssigned {
        /// Which attempt.
        work: Work,
        /// The process.
        process: Uuid,
    },
    /// Whatever is due by now is due.
    TimersDue,
    /// A signal.
    Signal(Signal),
    /// Somebody does something with a user task.
    Task(Box<TaskInput>),
    /// A child instance ended.
    ChildClosed {
        /// The child.
        child: InstanceId,
        /// The call that started it.
        at: At,
        /// How it ended.
        outcome: ChildOutcome,
    },
    /// Start nothing more for now.
    Suspend(Operator),
    /// Go on.
    Resume(Operator),
    /// End.
    Abort {
        /// Who, and why.
        operator: Operator,
        /// Whether what was completed is compensated first.
        compensate: bool,
        /// Whether a compensation under way is broken off.
        force: bool,
    },
    /// Do a failed or indeterminate step again.
    Retry {
        /// Who, and why.
        operator: Operator,
        /// The step's path.
        step: String,
        /// Whether the work is to be done anew, with a new idempotency key.
        anew: bool,
    },
    /// Pass over a failed or indeterminate step, as if it had completed with `null`.
    Skip {
        /// Who, and why.
        operator: Operator,
        /// The step's path.
        step: String,
    },
    /// Give a failed or indeterminate step its output.
    Complete {
        /// Who, and why.
        operator: Operator,
        /// The step's path.
        step: String,
        /// The output.
        output: Payload,
    },
}

#[cfg(feature = "runtime")]
impl Input {
    /// The attempt whose result this is.
    pub(crate) const fn result_of(&self) -> Option<Work> {
        match self {
            Self::ActivityCompleted { work, .. } | Self::ActivityFailed { work, .. } => Some(*work),
            _ => None,
        }
    }
}

/// How an instance begins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Its id.
    pub instance: InstanceId,
    /// The version of the flow that it is pinned to.
    pub version: u32,
    /// The caller's own key for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The input.
    pub input: Payload,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The call that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentRef>,
}

/// How an attempt failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActivityError {
    /// The code.
    pub code: String,
    /// What happened, for people.
    pub message: String,
    /// Whether another attempt may help.
    pub retryable: bool,
    /// Anything more, as data.
    #[serde(default)]
    pub details: Payload,
    /// What the handler said with its last heartbeat; the next attempt is given it.
    #[serde(default, deserialize_with = "super::present", skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<Payload>,
}

impl ActivityError {
    /// A failure that another attempt may mend.
    pub fn retryable(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            retryable: true,
            details: Payload::null(),
            heartbeat: None,
        }
    }

    /// A failure that no other attempt will mend.
    pub fn fatal(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { retryable: false, ..Self::retryable(code, message) }
    }

    /// Adds data.
    #[must_use]
    pub fn details(mut self, details: impl Into<Value>) -> Self {
        self.details = Payload::from(details.into());
        self
    }
}

/// Data to one instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// The sender's id for it: a second signal with the same id changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name that steps wait for.
    pub name: String,
    /// The correlation key, for steps that ask for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// The data.
    #[serde(default)]
    pub payload: Payload,
    /// How long it is kept when nobody waits for it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Span>,
}

/// Who acts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Actor {
    /// The person or program.
    pub id: String,
    /// Its roles.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Its groups.
    #[serde(default)]
    pub groups: Vec<String>,
}

impl Actor {
    /// An actor without roles and groups.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), ..Self::default() }
    }

    /// Adds a role.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }

    /// Adds a group.
    #[must_use]
    pub fn group(mut self, group: impl Into<String>) -> Self {
        self.groups.push(group.into());
        self
    }
}

/// Who operates on an instance, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Operator {
    /// The person or program.
    pub by: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl Operator {
    /// Somebody with a reason.
    pub fn new(by: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { by: by.into(), reason: reason.into() }
    }
}

/// Somebody does something with a user task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskInput {
    /// The activation of the step that the task belongs to.
    pub activation: u32,
    /// The caller's id for the request: the same request again is answered as the first time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Who.
    pub actor: Actor,
    /// What.
    pub action: TaskAction,
}

/// What people do with a user task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TaskAction {
    /// Takes it.
    Claim,
    /// Puts it back.
    Release,
    /// Does it.
    Complete {
        /// One of the task's outcomes.
        #[serde(default)]
        outcome: Option<String>,
        /// What the form asks for.
        #[serde(default)]
        data: Payload,
    },
    /// Gives it to somebody else.
    Reassign {
        /// To whom.
        to: String,
    },
    /// Brings it before another role.
    Escalate {
        /// The role.
        to: String,
        /// Why.
        reason: String,
    },
    /// The engine gives it to somebody, by the task's routing.
    Route {
        /// To whom.
        to: String,
    },
}

/// How a child instance ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChildOutcome {
    /// Its status: completed, failed or aborted.
    pub status: InstanceStatus,
    /// Its output.
    #[serde(default)]
    pub output: Payload,
    /// Its error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}
