//! What needs no engine: checking, drawing and simulating a flow.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::answer::told;
use super::error::unreadable;
use super::told::{Drawn, Validation};
use crate::base::{Error, ErrorKind, Result};
use crate::definition::json_schema;
use crate::engine::{Source, compile};
use crate::graph::{self, Graph, render};
use crate::simulate::{Script, Simulation};

/// How a flow is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Picture {
    /// Its steps, edges and scopes, as data.
    #[default]
    Json,
    /// The text of a Mermaid chart.
    Mermaid,
    /// The text of a Graphviz graph.
    Dot,
}

/// A simulation that is asked for.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Simulate {
    /// The flow: YAML or JSON as text, or the document itself.
    pub source: Value,
    /// Flows that it calls.
    #[serde(default)]
    pub flows: Vec<Value>,
    /// The input.
    pub input: Option<Value>,
    /// The instance's key.
    pub key: Option<String>,
    /// What handlers give, people do and signals bring.
    #[serde(default)]
    pub script: Script,
    /// How many handlers run side by side.
    pub workers: Option<usize>,
}

/// What is wrong with a definition: `{ok, diagnostics}`.
///
/// # Errors
/// `InvalidArgument` where it is neither a text nor an object.
pub fn validate(document: Value) -> Result<Value> {
    let loaded = graph::load(&text(document)?);
    told(&Validation { ok: loaded.graph.is_some(), diagnostics: loaded.diagnostics })
}

/// Runs a flow under a virtual clock: what [`Report`](crate::simulate::Report) says.
///
/// # Errors
/// `InvalidArgument` where the request cannot be read; `InvalidDefinition`; `InvalidInput`.
pub fn simulate(request: Value) -> Result<Value> {
    let asked = Simulate::deserialize(request).map_err(|error| unreadable(&error))?;
    let mut simulation = Simulation::new(compile(source(asked.source)?)?.0).script(asked.script);
    for called in asked.flows {
        simulation = simulation.flow(compile(source(called)?)?.0);
    }
    simulation = asked.input.into_iter().fold(simulation, Simulation::input);
    simulation = asked.key.into_iter().fold(simulation, Simulation::key);
    simulation = asked.workers.into_iter().fold(simulation, Simulation::workers);
    told(&simulation.run()?)
}

/// Draws a flow.
///
/// # Errors
/// `InvalidDefinition`.
pub fn draw(document: Value, format: Picture) -> Result<Value> {
    picture(&compile(source(document)?)?.0, format)
}

/// The JSON Schema of definitions.
///
/// # Errors
/// `Internal` where it cannot be written.
pub fn schema() -> Result<Value> {
    told(&json_schema())
}

pub(super) fn picture(graph: &Graph, format: Picture) -> Result<Value> {
    told(&match format {
        Picture::Json => Drawn::Data(render::drawing(graph)),
        Picture::Mermaid => Drawn::Text(render::mermaid(graph)),
        Picture::Dot => Drawn::Text(render::dot(graph)),
    })
}

/// A definition as it came.
pub(super) fn source(document: Value) -> Result<Source> {
    text(document).map(Source::Text)
}

fn text(document: Value) -> Result<String> {
    match document {
        Value::String(text) => Ok(text),
        Value::Object(_) => Ok(document.to_string()),
        _ => Err(Error::new(
            ErrorKind::InvalidArgument,
            "a definition is a text in YAML or JSON, or an object like it",
        )),
    }
}
