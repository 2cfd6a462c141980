//! What an author writes, as data.
//!
//! A [`Definition`] keeps the document as it was written: edges stay in `needs`, `next` or `edges`, conditions stay
//! CEL or data. [`Graph::compile`](crate::graph::Graph::compile) merges, checks and compiles them.

mod builder;
pub mod code;
mod condition;
mod diagnostic;
mod document;
mod edge;
mod limits;
mod lower;
mod policy;
mod salvage;
mod schema;
mod sink;
mod source;
mod step;
pub(crate) mod suggest;
mod tree;

pub use builder::{Flow, StepBuilder, Steps};
pub use condition::{Condition, Operator, Rule};
pub use diagnostic::{Diagnostic, Severity};
pub use document::Document;
pub use edge::{Edge, Need, Next, Outcome};
pub use limits::DocumentLimits;
pub use policy::{
    Backoff, Choose, Compensate, Escalate, Join, Length, Losers, OnFailure, Retry, Sla, WhileSuspended,
};
pub(crate) use salvage::Salvaged;
#[cfg(feature = "embed")]
pub(crate) use schema::forbid_null;
pub use schema::json_schema;
pub use source::SourceMap;
pub use step::{
    Activity, Assign, Calendar, Call, Candidates, Decision, DecisionRule, Early, Emit, End, EndError,
    EndStatus, ForEach, Group, HitPolicy, Loop, OnCancel, Routing, SignalWait, Step, StepKind, TaskPriority,
    Timer, Tolerate, UserTask, VersionRef,
};

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A flow: the whole document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The key of the flow: `^[a-z][a-z0-9._-]{0,99}$`.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9._-]{0,99}$"))]
    pub flow: String,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the flow is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Words to find the flow by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// JSON Schema (2020-12) of the input. Checked, and its defaults filled in, when an instance starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "schema::part::schema")]
    pub input: Option<Value>,
    /// The variables at the start: literals, or `${ }` over `input`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vars: BTreeMap<String, Value>,
    /// The output of the instance, evaluated when it completes. Data with `${ }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// What an unhandled failure does.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_failure: OnFailure,
    /// The longest the instance may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Length>,
    /// What the instance is expected to take. Measured, never interrupts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sla: Option<Sla>,
    /// Resources of one instance: how many of each there are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "schema::part::amounts")]
    pub pools: BTreeMap<String, u32>,
    /// What steps have where they say nothing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub defaults: Defaults,
    /// The steps, in the order written.
    #[schemars(length(min = 1))]
    pub steps: Vec<Step>,
    /// Edges: the same as `needs` and `next` on the steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<Edge>,
}

/// Defaults of a document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// Defaults of every activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<ActivityDefaults>,
}

/// Defaults of every activity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityDefaults {
    /// How long one attempt may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Length>,
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
}

/// Whether a value is its type's default; such fields are not written.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The CEL of a text that is wholly `${ … }`.
pub(crate) fn expression_in(text: &str) -> Option<&str> {
    text.trim().strip_prefix("${")?.strip_suffix('}').map(str::trim)
}
