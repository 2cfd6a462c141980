//! What crosses between an engine and another language, as a JSON Schema: the types of other languages are made from it,
//! or checked against it.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use super::told::{
    Deployed, Drawn, Entry, EventPage, InstancePage, Load, Started, TaskPage, Validation, Verified,
};
use super::{Job, Options, Problem, Request, Simulate};
use crate::base::InstanceId;
use crate::engine::{InstanceView, Outcome};
use crate::machine::Explanation;
use crate::protocol::{ActivityError, TaskView};
use crate::simulate::Report;
use crate::store::{DefinitionSummary, InstanceSummary};

/// The forms of all that crosses: `said` to the engine, and `told` by it, each a JSON Schema (2020-12). The answer to a
/// request has the form of the property of `told.answers` that is named as the request. Published as
/// `schema/embed.schema.json`.
pub fn contract() -> Value {
    json!({"said": root::<Said>(SchemaSettings::for_deserialize), "told": root::<Told>(SchemaSettings::for_serialize)})
}

fn root<T: JsonSchema>(side: fn(SchemaSettings) -> SchemaSettings) -> Schema {
    side(SchemaSettings::draft2020_12()).into_generator().into_root_schema_for::<T>()
}

/// What a program in another language says.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by the schema alone")]
struct Said {
    options: Options,
    request: Request,
    simulation: Simulate,
    failure: ActivityError,
}

/// What it is told.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by the schema alone")]
struct Told {
    answers: Answers,
    problem: Problem,
    job: Job,
    validation: Validation,
    report: Report,
}

/// The answers, by the names of the requests.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by the schema alone")]
struct Answers {
    deploy: Deployed,
    start: Started,
    wait: Outcome,
    outcome: Option<Outcome>,
    get: InstanceView,
    summary: InstanceSummary,
    history: Vec<Entry>,
    explain: Explanation,
    find: Option<InstanceId>,
    instances: InstancePage,
    count: u64,
    signal: (),
    message: Vec<InstanceId>,
    operate: (),
    tasks: TaskPage,
    task: TaskView,
    act: (),
    definitions: Vec<DefinitionSummary>,
    draw: Drawn,
    label: (),
    verify: Verified,
    follow: u64,
    next: EventPage,
    unfollow: bool,
    load: Load,
    shutdown: (),
}
