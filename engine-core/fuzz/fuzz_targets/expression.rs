//! Any text as an expression and as a template: compiled, checked, and evaluated twice with the same result.

#![no_main]

use flowwright::expr::{Budget, CompileError, Expression, Template, Type};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

static DATA: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "a": {"b": {"c": 1}, "d": null},
        "l": [1, 2.5, "x", [true], {"k": "v"}],
        "s": "some text, with é and 😀",
        "n": -7,
        "u": u64::MAX,
        "f": 0.1,
        "t": true,
        "now": "2026-03-01T09:00:00Z",
    })
});

static TYPES: LazyLock<BTreeMap<String, Type>> = LazyLock::new(|| {
    let fields = ["a", "l", "s", "n", "f", "t"].map(|name| {
        let schema = match name {
            "a" => json!({"type": "object", "properties": {"b": {"type": "object"}}, "additionalProperties": false}),
            "l" => json!({"type": "array", "items": {"enum": ["x", "y"]}}),
            "s" => json!({"type": ["string", "null"]}),
            "n" => json!({"type": "integer"}),
            "f" => json!({"type": "number"}),
            _ => json!({"type": "boolean"}),
        };
        (name.to_owned(), Type::of_schema(&schema))
    });
    fields.into()
});

const STEPS: u64 = 50_000;

fuzz_target!(|source: &str| {
    match Expression::compile(source) {
        Ok(expression) => {
            let _ = expression.check(&*TYPES);
            let _ = expression.result_type(&*TYPES);
            for reference in expression.references() {
                assert!(reference.offset < source.chars().count());
            }
            assert_eq!(evaluated(&expression), evaluated(&expression), "the same data gave two results");
        }
        Err(error) => assert_inside(&error, source),
    }
    match Template::compile(&Value::from(source)) {
        Ok(template) => drop(template.evaluate(&*DATA, &mut Budget::new(STEPS))),
        Err(errors) => errors.iter().for_each(|(_, error)| assert_inside(error, source)),
    }
});

fn assert_inside(error: &CompileError, source: &str) {
    assert!(error.offset <= source.chars().count(), "the place of an error is outside the source");
}

/// The result as text, and the steps that are left.
fn evaluated(expression: &Expression) -> (String, u64) {
    let mut budget = Budget::new(STEPS);
    let value = expression.evaluate(&*DATA, &mut budget).and_then(|value| value.to_json_within(&mut budget));
    (format!("{value:?}"), budget.remaining())
}
