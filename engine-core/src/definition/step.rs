//! Steps: the common fields, and each type's own.

mod decide;
mod end;
mod scope;
mod wait;
mod work;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{Choose, Compensate, Edge, Join, Length, Losers, Need, Next, Sla, is_default};
pub use decide::{Assign, Call, Decision, DecisionRule, HitPolicy, OnCancel, VersionRef};
pub use end::{End, EndError, EndStatus};
pub use scope::{ForEach, Group, Loop, Tolerate};
pub use wait::{Early, Emit, SignalWait, Timer};
pub use work::{Activity, Calendar, Candidates, Routing, TaskPriority, UserTask};

/// A box of the graph.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Step {
    /// Unique in its scope: `^[A-Za-z][A-Za-z0-9_-]{0,99}$`.
    #[schemars(regex(pattern = r"^[A-Za-z][A-Za-z0-9_-]{0,99}$"))]
    pub id: String,
    /// What the step does.
    #[serde(flatten)]
    pub kind: StepKind,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the step is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Words to find the step by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Incoming edges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "super::schema::part::needs")]
    pub needs: Vec<Need>,
    /// Outgoing edges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "super::schema::part::next")]
    pub next: Vec<Next>,
    /// Which outgoing edges may be taken.
    #[serde(default, skip_serializing_if = "is_default")]
    pub choose: Choose,
    /// How incoming edges start the step.
    #[serde(default, skip_serializing_if = "is_default")]
    pub join: Join,
    /// What becomes of the branches that lost the join.
    #[serde(default, skip_serializing_if = "is_default")]
    pub losers: Losers,
    /// Steps of the scope that are cancelled when this one completes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "super::schema::part::names")]
    pub cancels: Vec<String>,
    /// Variables to set when the step completes. A string is CEL (`output` is the step's result); anything else is data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, Value>,
    /// How long the step may take (an activity: one attempt); then it fails with code `timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Length>,
    /// What the step is expected to take. Measured, never interrupts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sla: Option<Sla>,
    /// The activity that undoes the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compensate: Option<Compensate>,
    /// What the step holds of pools while it is active: of the flow's own `pools`, or of the engine's.
    /// On activities, scopes and calls.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "super::schema::part::amounts")]
    pub resources: BTreeMap<String, u32>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StepKind {
    /// Calls a registered handler.
    Activity(Activity),
    /// Waits for a person.
    UserTask(Box<UserTask>),
    /// Waits for a time.
    Timer(Timer),
    /// Waits for a named signal.
    Signal(SignalWait),
    /// Publishes an event.
    Emit(Emit),
    /// Looks a table up.
    Decision(Decision),
    /// Sets variables, nothing else.
    Assign(Assign),
    /// Runs another flow as a child instance.
    Call(Call),
    /// A scope: its steps succeed or fail as one.
    Group(Group),
    /// A scope for each item.
    ForEach(Box<ForEach>),
    /// A scope again and again.
    Loop(Box<Loop>),
    /// Ends the whole instance now.
    End(End),
}

impl StepKind {
    /// The word that `type` has in a definition.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Activity(_) => "activity",
            Self::UserTask(_) => "user_task",
            Self::Timer(_) => "timer",
            Self::Signal(_) => "signal",
            Self::Emit(_) => "emit",
            Self::Decision(_) => "decision",
            Self::Assign(_) => "assign",
            Self::Call(_) => "call",
            Self::Group(_) => "group",
            Self::ForEach(_) => "for_each",
            Self::Loop(_) => "loop",
            Self::End(_) => "end",
        }
    }

    /// The steps and edges inside, where the step is a scope.
    pub fn scope(&self) -> Option<(&[Step], &[Edge])> {
        match self {
            Self::Group(group) => Some((&group.steps, &group.edges)),
            Self::ForEach(each) => Some((&each.steps, &each.edges)),
            Self::Loop(repeat) => Some((&repeat.steps, &repeat.edges)),
            _ => None,
        }
    }
}
