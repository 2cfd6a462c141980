//! The published JSON Schema.

use std::fs;
use std::path::Path;

use flowwright::definition::{Document, DocumentLimits, json_schema};
use jsonschema::{Validator, draft202012};
use serde_json::Value;

use crate::{golden, round_trip};

fn validator() -> Validator {
    draft202012::options().should_validate_formats(true).build(&json_schema()).unwrap()
}

#[test]
fn the_published_schema_is_the_one_of_the_types() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/flow.schema.json");
    let schema = format!("{:#}\n", json_schema());
    if golden::updating() {
        fs::write(&file, schema).unwrap();
        return;
    }
    let published = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        published == schema,
        "{} is stale: FLOWWRIGHT_UPDATE=1 cargo test writes it anew",
        file.display()
    );
}

#[test]
fn the_schema_is_a_schema() {
    assert!(draft202012::meta::validate(&json_schema()).is_ok());
}

/// A document as data, without looking at what it means. YAML's plain scalars are those of JSON in these documents.
fn data(text: &str) -> Value {
    let wrapped = format!(
        "flow: a\nvars:\n  x:\n    {}\nsteps: [{{id: a, type: assign}}]\n",
        text.replace('\n', "\n    ")
    );
    let limits = DocumentLimits { nesting: 128, ..DocumentLimits::default() };
    let document = Document::parse_with(&wrapped, &limits);
    document.definition.unwrap_or_else(|| panic!("{:?}\n{wrapped}", document.diagnostics)).vars["x"].clone()
}

#[test]
fn what_is_valid_satisfies_the_schema() {
    let validator = validator();
    for (name, text) in round_trip::valid() {
        let definition = Document::parse(&text).definition.unwrap();
        let as_written =
            if name.ends_with(".json") { serde_json::from_str(&text).unwrap() } else { data(&text) };
        for value in [as_written, definition.to_json()] {
            let errors: Vec<String> = validator
                .iter_errors(&value)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert_eq!(errors, [] as [String; 0], "{name}");
        }
    }
}

/// Mistakes that a schema cannot see: they lie in the text, in several fields together, or in what a text means.
const UNSEEN: [&str; 14] = [
    "syntax",
    "empty_document",
    "several_documents",
    "tag",
    "merge_key",
    "invalid_alias",
    "invalid_key",
    "duplicate_key",
    "leading_zero",
    "too_deep",
    "unused_field",
    "duplicate_id",
    "invalid_timestamp",
    "conflicting_fields",
];

/// Values that are wrong in a way that a schema cannot say.
const UNSAYABLE: [&str; 2] = ["which is not after", "which is not a regular expression"];

#[test]
fn what_is_invalid_for_reasons_that_a_schema_sees_does_not() {
    let validator = validator();
    let mut seen = 0;
    let mut missed = Vec::new();
    for (title, value) in mistakes() {
        let diagnostics = flowwright::definition::Definition::from_json(&value).unwrap_err();
        let unseen = diagnostics.iter().all(|diagnostic| {
            let message = diagnostic.message.as_str();
            UNSEEN.contains(&diagnostic.code) || UNSAYABLE.iter().any(|reason| message.contains(reason))
        });
        if unseen {
            continue;
        }
        if validator.is_valid(&value) {
            missed.push(format!("{title}: {}", diagnostics[0]));
        }
        seen += 1;
    }
    assert_eq!(missed, [] as [String; 0]);
    assert!(seen >= 70, "only {seen} mistakes were tried");
}

/// Every mistake of the golden files that is one of a single step or edge, alone in a document.
fn mistakes() -> Vec<(String, Value)> {
    let mut mistakes = Vec::new();
    for file in golden::files(&golden::folder("mistakes")) {
        if file.ends_with("reading.txt") {
            continue;
        }
        for case in golden::read(&file) {
            if case.title.contains("schemas") || case.title.contains("keys") {
                continue;
            }
            let whole = data(&case.text.replace("vars: {a: 1, a: 2}", ""));
            mistakes.extend(alone(&case.title, &whole));
        }
    }
    mistakes.retain(|(_, value)| flowwright::definition::Definition::from_json(value).is_err());
    mistakes
}

/// The document with each of its steps, rows and edges alone.
fn alone(title: &str, whole: &Value) -> Vec<(String, Value)> {
    let base = serde_json::json!({"flow": "a", "steps": [{"id": "a", "type": "assign"}]});
    let mut alone = Vec::new();
    let mut add = |what: &str, field: &str, value: Value| {
        let mut document = base.clone();
        document[field] = value;
        alone.push((format!("{title}: {what}"), document));
    };
    for (field, value) in whole.as_object().unwrap() {
        match (field.as_str(), value) {
            ("steps" | "edges", Value::Array(items)) => {
                for (at, item) in items.iter().enumerate() {
                    let rows = item["rules"].as_array().filter(|rows| !rows.is_empty());
                    for (row, value) in rows.into_iter().flatten().enumerate() {
                        let mut step = item.clone();
                        step["rules"] = Value::Array(vec![value.clone()]);
                        add(&format!("step {at} row {row}"), "steps", Value::Array(vec![step]));
                    }
                    if rows.is_none() {
                        add(&format!("{field} {at}"), field, Value::Array(vec![item.clone()]));
                    }
                }
            }
            _ => add(field, field, value.clone()),
        }
    }
    alone
}
