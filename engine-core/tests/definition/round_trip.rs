//! What is written is read back as it was.

use std::fs;

use flowwright::definition::{Definition, Document};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::golden;

/// The valid documents beside these tests.
pub fn valid() -> Vec<(String, String)> {
    let mut files = golden::files(&golden::folder("valid"));
    files.push(golden::folder("purchase-fha.yaml"));
    files.into_iter().map(|file| (file.display().to_string(), fs::read_to_string(file).unwrap())).collect()
}

#[test]
fn valid_documents_are_read_back_from_their_json() {
    for (name, text) in valid() {
        let document = Document::parse(&text);
        assert_eq!(document.diagnostics, [], "{name}");
        let definition = document.definition.unwrap();
        let json = definition.to_json();
        assert_eq!(Definition::from_json(&json).as_ref(), Ok(&definition), "{name}");
        // The same in text, as JSON and as YAML: JSON on one line after a comment is YAML.
        for written in [json.to_string(), format!("{json:#}"), format!("# YAML\n{json}")] {
            assert_eq!(Document::parse(&written).definition.as_ref(), Some(&definition), "{name}: {written}");
        }
    }
}

#[test]
fn json_in_one_form_stays_in_it() {
    for (name, text) in valid() {
        let json = Document::parse(&text).definition.unwrap().to_json();
        assert_eq!(Definition::from_json(&json).unwrap().to_json(), json, "{name}");
    }
}

/// Any JSON, with the strings and numbers that are easily got wrong among it.
fn data() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        prop::sample::select(vec![
            "", " ", "null", "~", "true", "no", "012", "0x1", "1e3", ".inf", "- a", "a: b", "#", "a #b", "'",
            "\"", "${ a }", "<<", "!!str", "&a", "*a", "\t", "a\nb", "\u{feff}", "\u{85}", "\r\n", "%", "@",
            "`", "|", ">", "---", "...", "?", "? a", "{", "[", "💥",
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| Value::Object(Map::from_iter(map))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_data_survives_json(data in data()) {
        let json = json!({"flow": "a", "vars": {"x": data}, "steps": [{"id": "a", "type": "assign"}]});
        let definition = Definition::from_json(&json).unwrap();
        prop_assert_eq!(&definition.vars["x"], &data);
        let again = Definition::from_json(&definition.to_json());
        prop_assert_eq!(again.as_ref(), Ok(&definition));
        for text in [json.to_string(), format!("{json:#}")] {
            let document = Document::parse(&text);
            prop_assert_eq!(document.definition.as_ref(), Some(&definition), "{:?}", document.diagnostics);
        }
    }

    #[test]
    fn any_plain_text_reads_as_a_yaml_reader_reads_it(text in "[a-z0-9.+~ -]{0,8}") {
        let document = Document::parse(&format!("flow: a\nvars:\n  x: '{text}'\nsteps: [{{id: a, type: assign}}]\n"));
        prop_assert_eq!(&document.definition.unwrap().vars["x"], &Value::from(text));
    }

    #[test]
    fn nothing_makes_reading_panic(text in "[-?:,\\[\\]{}#&*!|>'\"%@`~a0 \\n\\t\\\\$<]{0,60}") {
        let _ = Document::parse(&text);
        let _ = Document::parse(&format!("{{\"{text}"));
        let _ = Document::parse(&format!("flow: a\nsteps:\n- {text}\n"));
    }
}
