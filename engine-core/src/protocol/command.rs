//! What must now be done outside. Commands follow from state, so that they can be rebuilt after a crash.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{At, ChildOutcome, ParentRef, Work};
use crate::base::{InstanceId, Payload, Span, TaskId, Timestamp};
use crate::definition::{Candidates, Routing, TaskPriority, VersionRef};

/// Work to carry out, once the commit that it follows from is durable.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Run a handler.
    Run(Box<RunActivity>),
    /// Ask another process to run a handler.
    Assign {
        /// The process.
        process: Uuid,
        /// The work.
        run: Box<RunActivity>,
    },
    /// Tell a handler to stop; its result is not wanted any more.
    Stop(Work),
    /// Write, change or remove a user task in the inboxes.
    Task(Box<TaskChange>),
    /// Make the instance findable by a message.
    Subscribe(Subscription),
    /// The instance does not wait for that message any more.
    Unsubscribe(Subscription),
    /// Start a child instance.
    StartChild {
        /// The child's id.
        child: InstanceId,
        /// The flow's key.
        flow: Arc<str>,
        /// Which version.
        version: VersionRef,
        /// The child's input.
        input: Payload,
        /// The call.
        parent: ParentRef,
    },
    /// Abort a child instance.
    AbortChild {
        /// The child.
        child: InstanceId,
    },
    /// Tell the instance that called how this one ended.
    TellParent {
        /// The call.
        parent: ParentRef,
        /// How it ended.
        outcome: ChildOutcome,
    },
}

/// A handler to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunActivity {
    /// The attempt; goes back with the result.
    pub work: Work,
    /// The step's path, for example `each[2]/pay`.
    pub step: String,
    /// The handler's name.
    pub handler: Arc<str>,
    /// Its input.
    pub input: Payload,
    /// The same in every attempt; another one only where an operator asked for the work to be done anew.
    pub idempotency_key: String,
    /// How long this attempt may take, from when the handler is called. Whoever runs it stops it then, and answers with
    /// a retryable failure of code `timeout`.
    pub timeout: Option<Span>,
    /// The end of all attempts.
    pub deadline: Option<Timestamp>,
    /// The longest silence between heartbeats.
    pub heartbeat: Option<Span>,
    /// What the last attempt said with its last heartbeat.
    pub last_heartbeat: Option<Payload>,
    /// The queue that the work goes to.
    pub queue: Option<Arc<str>>,
    /// Which work goes first: 0 (last) to 9 (first).
    pub priority: u8,
    /// What it holds of the engine's pools.
    pub resources: Vec<(Arc<str>, u32)>,
}

/// A change of a user task's row.
#[expect(clippy::large_enum_variant, reason = "it is always boxed")]
#[derive(Clone, Debug, PartialEq)]
pub enum TaskChange {
    /// The task is open, and this is how it looks now.
    Open(TaskView),
    /// The task is done or withdrawn.
    Closed(TaskId),
}

/// Whether somebody has a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// Nobody has it.
    #[default]
    Offered,
    /// Somebody has it.
    Claimed,
}

/// A user task as an inbox shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskView {
    /// Its id.
    pub id: TaskId,
    /// The flow's key.
    pub flow: Arc<str>,
    /// The instance's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The step's path.
    pub step: String,
    /// The step's place.
    pub at: At,
    /// The step's title, or its id.
    pub title: String,
    /// Whether somebody has it.
    pub status: TaskStatus,
    /// Who has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// Who may take it.
    #[serde(default)]
    pub candidates: CandidateSet,
    /// Who may not, because they did another step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<String>,
    /// How it finds its person.
    #[serde(skip)]
    pub routing: Routing,
    /// How soon people should look at it.
    pub priority: TaskPriority,
    /// What the person is shown.
    #[serde(default)]
    pub data: Payload,
    /// JSON Schema of the result.
    #[serde(default)]
    pub form: Payload,
    /// The outcomes to choose from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<String>,
    /// When it was offered.
    pub created: Timestamp,
    /// When it should be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// Whether it was escalated.
    #[serde(default)]
    pub escalated: bool,
}

/// Who may take a task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CandidateSet {
    /// Anyone with one of these roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Anyone in one of these groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// These people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<String>,
}

impl From<&Candidates> for CandidateSet {
    fn from(candidates: &Candidates) -> Self {
        Self {
            roles: candidates.roles.clone(),
            groups: candidates.groups.clone(),
            users: candidates.users.clone(),
        }
    }
}

/// A step that waits for a message with a correlation key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subscription {
    /// The activation that waits.
    pub activation: u32,
    /// The signal's name.
    pub name: Arc<str>,
    /// The correlation key.
    pub correlation: String,
}
