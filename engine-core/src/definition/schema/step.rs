//! The schema of steps: one closed mapping per type, so that editors see which fields belong to which.

use serde_json::{Map, Value, json};

use crate::definition::lower::may_hold_resources;

/// Splits the open schema of a step into one per type, each with the common fields and its own and no others.
pub(super) fn split(definitions: &mut Map<String, Value>) {
    let Some(common) = definitions.remove("Step") else { return };
    let mut types = Vec::new();
    for variant in common["oneOf"].as_array().into_iter().flatten() {
        let Some(name) = variant["properties"]["type"]["const"].as_str() else { continue };
        let own = match variant["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
            Some(type_name) => definitions.remove(type_name).unwrap_or_default(),
            None => json!({}),
        };
        let key = format!("step_{name}");
        types.push(json!({"$ref": format!("#/$defs/{key}")}));
        let step = closed(name, &common, variant, &own);
        definitions.insert(key, step);
    }
    let step = json!({"description": common["description"], "oneOf": types});
    definitions.insert("Step".into(), step);
}

fn closed(name: &str, common: &Value, variant: &Value, own: &Value) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for part in [common, variant, own] {
        properties.extend(part["properties"].as_object().cloned().unwrap_or_default());
        required.extend(part["required"].as_array().cloned().unwrap_or_default());
    }
    if !may_hold_resources(name) {
        properties.remove("resources");
    }
    let mut step = json!({
        "description": own["description"].as_str().or(variant["description"].as_str()),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    if let (Some(step), Value::Object(joint)) = (step.as_object_mut(), joint(name)) {
        step.extend(joint);
    }
    step
}

/// What a type asks of its fields together.
fn joint(name: &str) -> Value {
    let has = |field: &str| json!({"required": [field]});
    match name {
        "timer" => json!({"oneOf": [has("delay"), has("until")]}),
        "loop" => json!({"oneOf": [has("while"), has("until")]}),
        "user_task" => json!({
            "anyOf": [has("role"), has("candidates"), has("assignee")],
            "not": {"required": ["role", "candidates"]},
        }),
        "call" => json!({"not": {"required": ["version", "label"]}}),
        _ => Value::Null,
    }
}
