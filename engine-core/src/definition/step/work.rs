//! Steps that somebody does: activities and user tasks.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::definition::{Escalate, Length, Retry, is_default};

/// Calls a registered handler.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Activity {
    /// The handler's name.
    #[schemars(length(min = 1))]
    pub handler: String,
    /// The handler's input: data with `${ }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<Value>,
    /// How long all attempts together may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Length>,
    /// The longest silence between two heartbeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<Length>,
    /// Whether and how a failed attempt is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// The queue that the work goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// Which work goes first: 0 (last) to 9 (first).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 9))]
    pub priority: Option<u8>,
    /// What one run costs, in a unit of your own: for analytics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub cost: Option<f64>,
    /// Whether the handler may run again after a crash in its middle (default true).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotent: Option<bool>,
    /// For `idempotent: false`: the handler that tells `done`, `not_done` or `unknown` after a crash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
}

/// Who may take a user task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub struct Candidates {
    /// Anyone with one of these roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "crate::definition::schema::part::different_names")]
    pub roles: Vec<String>,
    /// Anyone in one of these groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "crate::definition::schema::part::different_names")]
    pub groups: Vec<String>,
    /// These people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "crate::definition::schema::part::different_names")]
    pub users: Vec<String>,
}

/// How a user task finds its person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Routing {
    /// Whoever claims it.
    #[default]
    Pull,
    /// The candidate with the fewest open tasks.
    LeastBusy,
    /// The candidates in turn.
    RoundRobin,
}

/// How soon people should look at a user task.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TaskPriority {
    /// When there is time.
    Low,
    /// As usual.
    #[default]
    Normal,
    /// Before others.
    High,
    /// Now.
    Urgent,
}

/// Working time, in which `due` and `escalate` are counted.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// IANA time zone, for example `America/New_York`.
    pub zone: String,
    /// Working days: `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun` (default Monday to Friday).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "crate::definition::schema::part::days")]
    pub days: Vec<String>,
    /// When work begins, `HH:MM`.
    #[schemars(schema_with = "crate::definition::schema::part::clock")]
    pub from: String,
    /// When work ends, `HH:MM`.
    #[schemars(schema_with = "crate::definition::schema::part::clock")]
    pub to: String,
    /// Days off, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "crate::definition::schema::part::dates")]
    pub holidays: Vec<String>,
}

/// Waits for a person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct UserTask {
    /// Anyone with this role may take it: short for `candidates: {roles: [role]}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Who may take it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub candidates: Candidates,
    /// CEL that gives the person who has it from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::definition::schema::part::cel")]
    pub assignee: Option<String>,
    /// How the task finds its person.
    #[serde(default, skip_serializing_if = "is_default")]
    pub routing: Routing,
    /// JSON Schema of the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::definition::schema::part::schema")]
    pub form: Option<Value>,
    /// What the person is shown: data with `${ }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// The outcomes to choose from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "crate::definition::schema::part::different_names")]
    pub outcomes: Vec<String>,
    /// How soon people should look at it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: TaskPriority,
    /// When it should be done. Never completes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Length>,
    /// To whom it goes when it lies too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate: Option<Escalate>,
    /// Four eyes: none of those who did these steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "crate::definition::schema::part::names")]
    pub not_by: Vec<String>,
    /// Working time, in which `due` and `escalate` are counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar>,
}
