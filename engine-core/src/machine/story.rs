//! Events as people and programs read them: with paths instead of numbers.

use schemars::JsonSchema;
use serde_json::{Map, Value};

use super::place::Places;
use crate::base::Timestamp;
use crate::graph::Graph;
use crate::protocol::{At, Event};

/// The form of an event as [`event_json`] tells it.
#[derive(JsonSchema)]
#[schemars(rename = "HistoryEntry")]
#[expect(dead_code, reason = "read by the schema alone")]
pub(crate) struct EventForm {
    /// Counts the instance's events, from 1.
    seq: u64,
    /// When it was decided.
    at_ms: Timestamp,
    /// What happened.
    r#type: String,
    /// The path of the step that it happened to, if it happened to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
    /// What belongs to the type.
    #[serde(flatten)]
    more: Map<String, Value>,
}

/// An event as JSON: `{seq, at_ms, type, step, …}`, steps, edges and scopes named. `places` must have seen every event
/// up to this one.
pub fn event_json(graph: &Graph, places: &Places, seq: u64, at: Timestamp, event: &Event) -> Value {
    let mut fields = Map::new();
    fields.insert("seq".into(), seq.into());
    fields.insert("at_ms".into(), at.millis().into());
    fields.insert("type".into(), event.name().into());
    if let Ok(Value::Object(own)) = serde_json::to_value(event) {
        for (name, value) in own {
            name_field(graph, places, &name, value, &mut fields);
        }
    }
    Value::Object(fields)
}

fn name_field(graph: &Graph, places: &Places, name: &str, value: Value, fields: &mut Map<String, Value>) {
    match name {
        "type" => {}
        "at" | "owner" => {
            if let Some(at) = place(&value) {
                fields.insert("step".into(), places.path(graph, at).into());
            }
        }
        "work" => {
            if let Some(at) = value.get("at").and_then(place) {
                let at = if at.run == super::compensate::UNDO_RUN { At { run: 0, ..at } } else { at };
                fields.insert("step".into(), places.path(graph, at).into());
            }
            for field in ["attempt", "purpose"] {
                if let Some(value) = value.get(field) {
                    fields.insert(field.into(), value.clone());
                }
            }
        }
        "frame" => {
            let frame = value.as_u64().unwrap_or_default() as u32;
            fields.insert("scope".into(), places.frame_path(graph, frame).into());
        }
        "edge" => {
            fields.insert("edge".into(), edge_json(graph, &value));
        }
        "taken" => {
            let edges =
                value.as_array().map(|edges| edges.iter().map(|edge| edge_json(graph, edge)).collect());
            fields.insert("taken".into(), Value::Array(edges.unwrap_or_default()));
        }
        "doing" => {
            if let Value::Object(own) = value {
                for (name, value) in own {
                    let name = if name == "type" { "kind".to_owned() } else { name };
                    fields.insert(name, value);
                }
            }
        }
        _ => {
            fields.insert(name.to_owned(), value);
        }
    }
}

fn place(value: &Value) -> Option<At> {
    serde_json::from_value(value.clone()).ok()
}

/// An edge by the steps that it joins.
fn edge_json(graph: &Graph, edge: &Value) -> Value {
    let link = edge.as_u64().and_then(|edge| graph.edges.get(usize::try_from(edge).ok()?));
    let id = |step: u32| graph.steps[step as usize].id.to_string();
    link.map_or(Value::Null, |link| serde_json::json!({"from": id(link.from), "to": id(link.to)}))
}
