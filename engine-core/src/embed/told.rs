//! What requests are answered with, where the engine itself has no type for it.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::base::InstanceId;
use crate::definition::Diagnostic;
use crate::engine::{EventForm, Verification};
use crate::graph::render::Drawing;
use crate::protocol::TaskView;
use crate::store::InstanceSummary;

/// A definition that was deployed.
#[derive(Serialize, JsonSchema)]
pub(super) struct Deployed {
    pub flow: String,
    pub version: u32,
    /// Warnings.
    pub diagnostics: Vec<Diagnostic>,
}

/// An instance that was started, or found by its key.
#[derive(Serialize, JsonSchema)]
pub(super) struct Started {
    pub id: InstanceId,
    pub existing: bool,
}

/// A page of instances.
#[derive(Serialize, JsonSchema)]
pub(super) struct InstancePage {
    pub instances: Vec<InstanceSummary>,
    /// Where the next page begins; `null` on the last one.
    pub next: Option<String>,
}

/// A page of tasks.
#[derive(Serialize, JsonSchema)]
pub(super) struct TaskPage {
    pub tasks: Vec<TaskView>,
    /// Where the next page begins; `null` on the last one.
    pub next: Option<String>,
}

/// Some of what happened.
#[derive(Serialize, JsonSchema)]
pub(super) struct EventPage {
    #[schemars(with = "Vec<Published>")]
    pub events: Vec<Value>,
    /// Up to where everything was told.
    pub position: u64,
}

/// A flow drawn: as data, or as the text of a chart.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Drawn {
    Data(Drawing),
    Text(String),
}

/// What an audit found.
#[derive(Serialize, JsonSchema)]
pub(super) struct Verified {
    pub ok: bool,
    pub audit: Verification,
}

/// How much work there is in this process.
#[derive(Serialize, JsonSchema)]
pub(super) struct Load {
    /// Calls and events that wait to be decided.
    pub queued: usize,
    /// Handlers that run.
    pub running: usize,
    /// The shares of the instances that this process owns.
    pub shards: Vec<u32>,
}

/// What is wrong with a definition.
#[derive(Serialize, JsonSchema)]
pub(super) struct Validation {
    pub ok: bool,
    pub diagnostics: Vec<Diagnostic>,
}

/// Something that happened, in a stream.
#[derive(JsonSchema)]
#[schemars(rename = "PublishedEvent")]
#[expect(dead_code, reason = "read by the schema alone: `Narrator` tells events as JSON")]
struct Published {
    instance: InstanceId,
    flow: String,
    /// The place among all events of the store.
    position: u64,
    #[serde(flatten)]
    event: EventForm,
}
