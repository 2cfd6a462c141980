//! Tests of the whole: source text in, value or error out.

mod hostile;
mod message;
mod semantics;
mod template;
mod typing;

use serde_json::{Value as Json, json};

use super::{Budget, EvalError, Expression, Value};

/// Data that most tests read.
fn data() -> Json {
    json!({
        "credit_score": 700,
        "dti": 0.31,
        "name": "Ada",
        "nothing": null,
        "program": "FHA",
        "items": [{"price": 3, "tags": ["a", "b"]}, {"price": 4.5, "tags": []}],
        "big": 18_446_744_073_709_551_615u64,
        "steps": {"credit": {"output": {"score": 640}, "status": "completed", "attempt": 1}, "my-step": {"output": 1}},
    })
}

/// The value of an expression over [`data`], as JSON.
fn json_of(source: &str) -> Json {
    let data = data();
    let expression = Expression::compile(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    let value = expression.evaluate(&data, &mut Budget::default());
    value.and_then(|value| value.to_json()).unwrap_or_else(|error| panic!("{source}: {error}"))
}

/// The error of an expression over [`data`].
fn error_of(source: &str) -> EvalError {
    let data = data();
    let expression = Expression::compile(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    match expression.evaluate(&data, &mut Budget::default()) {
        Err(error) => error,
        Ok(value) => panic!("{source} gave {value:?}"),
    }
}

/// Evaluates with no names.
fn alone(source: &str, budget: &mut Budget) -> Result<Value<'static>, EvalError> {
    let expression = Expression::compile(source).unwrap_or_else(|error| panic!("{source}: {error}"));
    expression.evaluate(&(), budget).map(|value| value.into_owned().unwrap_or(Value::Null))
}
