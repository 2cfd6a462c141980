//! Schemas of fields that may be written in short forms, or whose types say less than the language.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::definition::lower::DAYS;
use crate::definition::{Need, Next};

/// A name, or a list of names.
pub(crate) fn names(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    })
}

/// As [`names`], each of them different.
pub(crate) fn different_names(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [
            {"type": "string", "minLength": 1},
            {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": true},
        ],
    })
}

/// Days of the week.
pub(crate) fn days(_: &mut SchemaGenerator) -> Schema {
    let day = json_schema!({"enum": DAYS});
    json_schema!({"anyOf": [day, {"type": "array", "items": day}]})
}

/// Dates.
pub(crate) fn dates(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [
            {"type": "string", "format": "date"},
            {"type": "array", "items": {"type": "string", "format": "date"}},
        ],
    })
}

/// Names with numbers from 1 on.
pub(crate) fn amounts(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "additionalProperties": {"type": "integer", "minimum": 1, "maximum": u32::MAX},
    })
}

/// A JSON Schema inside a definition.
pub(crate) fn schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": ["object", "boolean"]})
}

/// A time of day.
pub(crate) fn clock(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
}

/// CEL as it stands: not empty, and without `${ }` around it.
pub(crate) fn cel(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "pattern": r"^\s*[^\s$]"})
}

/// What the field of a rule looks like.
pub(crate) fn field(_: &mut SchemaGenerator) -> Schema {
    let pattern = r#"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_-]+|\[[0-9]+\]|\["[^"\\]*"\]|\['[^'\\]*'\])*$"#;
    json_schema!({"type": "string", "pattern": pattern})
}

/// What each operator of a rule compares with, after the schema of a comparison.
pub(crate) fn operands(schema: &mut Schema) {
    let ordered = json!({"type": ["number", "string"]});
    let list = json!({"anyOf": [{"type": "array"}, {"type": "string", "pattern": r"^\s*\$\{[\s\S]*\}\s*$"}]});
    let rules = [
        (&["gt", "gte", "lt", "lte"][..], ordered.clone()),
        (&["in", "not_in"], list),
        (&["between"], json!({"type": "array", "items": ordered, "minItems": 2, "maxItems": 2})),
        (&["starts_with", "ends_with", "matches"], json!({"type": "string"})),
        (&["contains", "not_contains"], json!({"not": {"type": "null"}})),
        (&["exists", "missing"], json!(false)),
    ];
    let conditions = rules.map(|(operators, value)| {
        let mut then = json!({"properties": {"value": value}});
        if value != json!(false) {
            then["required"] = json!(["value"]);
        }
        json!({"if": {"properties": {"operator": {"enum": operators}}}, "then": then})
    });
    schema.insert("allOf".into(), json!(conditions));
}

/// Incoming edges: an id, an edge, or a list of either.
pub(crate) fn needs(generator: &mut SchemaGenerator) -> Schema {
    edges::<Need>(generator)
}

/// Outgoing edges: an id, an edge, or a list of either.
pub(crate) fn next(generator: &mut SchemaGenerator) -> Schema {
    edges::<Next>(generator)
}

fn edges<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let edge = generator.subschema_for::<T>();
    let id = json_schema!({"type": "string", "minLength": 1});
    json_schema!({"anyOf": [id, edge, {"type": "array", "items": {"anyOf": [id, edge]}}]})
}
