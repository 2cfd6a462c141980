//! What can be asked of an engine, as data.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::base::{InstanceId, Payload, TaskId, Timestamp};
use crate::definition::TaskPriority;
use crate::protocol::{Actor, InstanceStatus, Operator};

/// A request: `{"start": {"flow": "loan", "input": {…}}}`. Times are milliseconds since 1970, lengths of time milliseconds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Deploys a definition: `{flow, version, diagnostics}`.
    Deploy {
        /// YAML or JSON as text, or the document itself.
        source: Value,
    },
    /// Starts an instance: `{id, existing}`.
    Start(Box<Start>),
    /// Waits for the end of an instance: `{status, output, error}`.
    Wait {
        /// The instance.
        instance: InstanceId,
        /// For how long at most.
        timeout_ms: Option<u64>,
    },
    /// How an instance ended, as `wait`; `null` while it goes on.
    Outcome {
        /// The instance.
        instance: InstanceId,
    },
    /// Everything about an instance.
    Get {
        /// The instance.
        instance: InstanceId,
    },
    /// An instance's row.
    Summary {
        /// The instance.
        instance: InstanceId,
    },
    /// All that has happened to an instance.
    History {
        /// The instance.
        instance: InstanceId,
    },
    /// Why an instance is where it is.
    Explain {
        /// The instance.
        instance: InstanceId,
    },
    /// The id of the instance with this key, or `null`.
    Find {
        /// The flow.
        flow: String,
        /// The key.
        key: String,
    },
    /// A page of instances, the one created last first: `{instances, next}`.
    Instances(InstancesQuery),
    /// How many instances match.
    Count(InstancesQuery),
    /// Sends a signal to an instance.
    Signal {
        /// The instance.
        instance: InstanceId,
        /// The name that steps wait for.
        name: String,
        /// The data.
        #[serde(default)]
        payload: Payload,
        /// The sender's id for it.
        id: Option<String>,
        /// The correlation key.
        correlation: Option<String>,
        /// How long it is kept when nobody waits for it yet.
        ttl_ms: Option<u64>,
    },
    /// Sends a message to whoever waits for it: the ids of the instances that have got it.
    Message {
        /// The name that steps wait for.
        name: String,
        /// The correlation key.
        correlation: String,
        /// The data.
        #[serde(default)]
        payload: Payload,
    },
    /// Does something to an instance.
    Operate {
        /// The instance.
        instance: InstanceId,
        /// Who, and why.
        operator: Operator,
        /// What.
        act: Act,
    },
    /// A page of open tasks, most urgent first: `{tasks, next}`.
    Tasks(Box<TasksQuery>),
    /// An open task.
    Task {
        /// The task.
        task: TaskId,
    },
    /// Does something with a task.
    Act {
        /// The task.
        task: TaskId,
        /// Who.
        actor: Actor,
        /// The caller's id for the request.
        request: Option<String>,
        /// What.
        act: TaskAct,
    },
    /// All definitions, by flow and version.
    Definitions {},
    /// A flow drawn.
    Draw {
        /// The flow.
        flow: String,
        /// The version; the newest otherwise.
        version: Option<u32>,
        /// How: `json`, `mermaid` or `dot`.
        #[serde(default)]
        format: super::Picture,
    },
    /// Gives a version a label.
    Label {
        /// The flow.
        flow: String,
        /// The version.
        version: u32,
        /// The label.
        label: String,
    },
    /// Checks histories and what follows from them: of one instance, or of all.
    Verify {
        /// The instance.
        instance: Option<InstanceId>,
    },
    /// Begins to follow what happens: the number of the stream.
    Follow {
        /// Behind which position; -1: from now on.
        after: i64,
        /// Only what happens to this instance.
        instance: Option<InstanceId>,
    },
    /// The next events of a stream, once there are any: `{events, position}`.
    Next {
        /// The stream.
        stream: u64,
        /// At most so many.
        limit: usize,
    },
    /// Ends a stream.
    Unfollow {
        /// The stream.
        stream: u64,
    },
    /// How much work there is: `{queued, running, shards}`.
    Load {},
    /// Stops the engine in good order.
    Shutdown {
        /// How long handlers may take to finish.
        grace_ms: u64,
    },
}

/// How an instance begins.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The flow.
    pub flow: String,
    /// Its input.
    #[serde(default)]
    pub input: Payload,
    /// The caller's own key, unique in the flow.
    pub key: Option<String>,
    /// Whether a key that is taken is refused; otherwise the instance that has it is the answer.
    #[serde(default)]
    pub refuse_existing: bool,
    /// An id that was drawn before.
    pub id: Option<InstanceId>,
    /// Words to find it by.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The version of the flow.
    pub version: Option<u32>,
    /// The version that carries this label.
    pub version_label: Option<String>,
}

/// What an operator does to an instance.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    /// Holds it.
    Suspend {},
    /// Lets it go on.
    Resume {},
    /// Ends it.
    Abort {
        /// Whether what was completed is compensated first.
        #[serde(default)]
        compensate: bool,
        /// Whether a compensation that is under way is broken off.
        #[serde(default)]
        force: bool,
    },
    /// Does a failed or indeterminate step again.
    Retry {
        /// The step's path.
        step: String,
        /// Whether with another idempotency key.
        #[serde(default)]
        anew: bool,
    },
    /// Passes over a failed or indeterminate step.
    Skip {
        /// The step's path.
        step: String,
    },
    /// Gives a failed or indeterminate step its output.
    CompleteStep {
        /// The step's path.
        step: String,
        /// The output.
        #[serde(default)]
        output: Payload,
    },
}

/// What somebody does with a task.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TaskAct {
    /// Takes it.
    Claim {},
    /// Puts it back.
    Release {},
    /// Does it.
    Complete {
        /// Which outcome, where there are outcomes.
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
        #[serde(default)]
        reason: String,
    },
}

/// Which instances; everything given must hold.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InstancesQuery {
    /// Of this flow.
    pub flow: Option<String>,
    /// With one of these statuses.
    pub status: Vec<InstanceStatus>,
    /// With these labels.
    pub labels: BTreeMap<String, String>,
    /// Called by this instance.
    pub parent: Option<InstanceId>,
    /// Started at or after this.
    pub started_from: Option<Timestamp>,
    /// Started before this.
    pub started_before: Option<Timestamp>,
    /// At most so many.
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub after: Option<String>,
}

/// Which tasks; everything given must hold.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TasksQuery {
    /// Those that this person has or may take.
    pub visible_to: Option<Actor>,
    /// Those that this person has.
    pub assignee: Option<String>,
    /// Those that nobody has.
    pub unassigned: bool,
    /// Of this flow.
    pub flow: Option<String>,
    /// Of this instance.
    pub instance: Option<InstanceId>,
    /// With this priority.
    pub priority: Option<TaskPriority>,
    /// Due at or before this.
    pub due_before: Option<Timestamp>,
    /// Oldest first, in place of most urgent first.
    pub oldest_first: bool,
    /// At most so many.
    pub limit: Option<usize>,
    /// The `next` of the page before.
    pub after: Option<String>,
}
