//! What crosses between an engine and another language, as a JSON Schema: the types of other languages are made from it,
//! or checked against it.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::told::{Deployed, Drawn, EventPage, InstancePage, Load, Started, TaskPage, Validation, Verified};
use super::{Job, Options, Problem, Request, Simulate};
use crate::base::InstanceId;
use crate::definition::forbid_null;
use crate::engine::{EventForm, Explanation, InstanceView, Outcome};
use crate::protocol::{ActivityError, TaskView};
use crate::simulate::Report;
use crate::store::{DefinitionSummary, InstanceSummary};

/// The forms of all that crosses: `said` to the engine, and `told` by it, each a JSON Schema (2020-12). The answer to a
/// request has the form of the property of `told.answers` that is named as the request. Published as
/// `schema/embed.schema.json`.
pub fn contract() -> Value {
    let mut told = root::<Told>(SchemaSettings::for_serialize);
    leave_out(&mut told);
    json!({"said": root::<Said>(SchemaSettings::for_deserialize), "told": told})
}

fn root<T: JsonSchema>(side: fn(SchemaSettings) -> SchemaSettings) -> Value {
    side(SchemaSettings::draft2020_12()).into_generator().into_root_schema_for::<T>().to_value()
}

/// What need not be told is left out where there is none: it is never told as `null`.
fn leave_out(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(leave_out),
        Value::Object(object) => {
            object.values_mut().for_each(leave_out);
            let required = object.get("required").cloned().unwrap_or_default();
            let is_required =
                |name: &str| required.as_array().is_some_and(|names| names.iter().any(|one| one == name));
            if let Some(Value::Object(properties)) = object.get_mut("properties") {
                let optional = properties.iter_mut().filter(|(name, _)| !is_required(name));
                optional.filter_map(|(_, form)| form.as_object_mut()).for_each(forbid_null);
            }
        }
        _ => {}
    }
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
    history: Vec<EventForm>,
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
