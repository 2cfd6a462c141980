//! The JSON Schema of the language, generated from its types.

pub(super) mod part;
mod step;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::Definition;

/// The JSON Schema (2020-12) of a definition as authors write it, short forms included. Editors use it to complete and
/// to check; it is published as `schema/flow.schema.json`.
///
/// It sees what a schema can see: fields, types, words, ranges. [`Document::parse`](super::Document::parse) says more,
/// and says where.
pub fn json_schema() -> Value {
    let mut schema =
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Definition>().to_value();
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".into(), json!("Flowwright flow"));
        if let Some(definitions) = root.get_mut("$defs").and_then(Value::as_object_mut) {
            step::split(definitions);
        }
    }
    tidy(&mut schema);
    schema
}

/// Takes out what speaks of Rust rather than of the language: that an absent field is `null`, which documents may not
/// write, and the names of number types instead of their bounds.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(fields) => {
            match fields.get("format").and_then(Value::as_str) {
                Some("uint32") => {
                    drop((fields.remove("format"), fields.entry("maximum").or_insert(json!(u32::MAX))))
                }
                Some("uint8" | "double") => drop(fields.remove("format")),
                _ => {}
            }
            fields.values_mut().for_each(tidy);
            forbid_null(fields);
        }
        _ => {}
    }
}

/// Takes out that something may be `null`.
pub(crate) fn forbid_null(fields: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = fields.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            fields.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(forms)) = fields.get_mut("anyOf") {
        forms.retain(|form| *form != json!({"type": "null"}));
        if let [Value::Object(only)] = forms.as_slice() {
            let only = only.clone();
            fields.remove("anyOf");
            fields.extend(only);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::lower::tables;
    use super::*;

    fn properties(schema: &Value) -> BTreeSet<String> {
        schema["properties"].as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn the_schema_and_the_tables_have_the_same_fields() {
        let schema = json_schema();
        for (name, fields) in tables() {
            let part = if name.is_empty() { &schema } else { &schema["$defs"][&name] };
            let table: BTreeSet<String> = fields.iter().map(|field| (*field).to_owned()).collect();
            assert_eq!(properties(part), table, "{name}");
            assert_eq!(part["additionalProperties"], json!(false), "{name}");
        }
    }

    #[test]
    fn every_part_is_described() {
        let schema = json_schema();
        for (name, part) in schema["$defs"].as_object().unwrap() {
            assert!(part["description"].is_string(), "{name}");
            for (field, schema) in part["properties"].as_object().into_iter().flatten() {
                let described = schema["description"].is_string() || schema["const"].is_string();
                assert!(described || schema["$ref"].is_string(), "{name}.{field}: {schema}");
            }
        }
    }

    #[test]
    fn null_is_for_data_alone() {
        let text = json_schema().to_string();
        assert_eq!(text.matches("\"null\"").count(), 1, "only a rule's `contains` speaks of null");
        assert!(!text.contains("uint") && !text.contains("\"double\""));
    }

    #[test]
    fn nothing_in_the_schema_is_left_over() {
        let schema = json_schema();
        let text = schema.to_string();
        for name in schema["$defs"].as_object().unwrap().keys() {
            assert!(text.contains(&format!("\"#/$defs/{name}\"")), "{name} is not referred to");
        }
    }
}
