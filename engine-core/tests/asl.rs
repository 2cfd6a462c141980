//! Executions recorded from AWS Step Functions, restated as flows and simulated: the states entered and the items begun
//! and ended, in order; the status, the output and the error. And the typed comparisons of its Choice state.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "asl/choice.rs"]
mod choice;
#[path = "asl/path.rs"]
mod path;
#[path = "asl/trace.rs"]
mod trace;
#[path = "asl/translate.rs"]
mod translate;

use std::collections::BTreeMap;
use std::sync::Arc;

use flowwright::graph::{self, Graph};
use flowwright::protocol::{Failure, InstanceStatus};
use flowwright::simulate::{Entry, Report, Script, ScriptedError, Simulation};
use serde_json::{Value, json};

const HISTORIES: &str = include_str!("data/asl_histories.json");
const OPERATORS: &str = include_str!("data/asl_choice_operators.json");

/// Executions that cannot be restated, and why: exact, both ways.
const NOT_RESTATED: [(&str, &str); 7] = [
    ("test_base_cases[BASE_PATHS]", "the context object: $$"),
    ("test_reference_assign[BASE_REFERENCE_IN_INTRINSIC_FUNCTION]", "the function Base64Decode"),
    ("test_reference_in_map_state[MAP_STATE_REFERENCE_IN_MAX_CONCURRENCY_PATH]", CONCURRENCY),
    ("test_input_path[$$]", "%CONTEXT_OBJECT_LITERAL_PLACEHOLDER% is no path"),
    ("test_json_merge_escaped_argument", "the function StringToJson"),
    ("test_max_concurrency_path[1]", CONCURRENCY),
    ("test_max_concurrency_path[NoNumber]", CONCURRENCY),
];
const CONCURRENCY: &str = "MaxConcurrencyPath: the concurrency of a for_each is a number";

fn load(flow: &Value) -> Arc<Graph> {
    let loaded = graph::load(&flow.to_string());
    assert!(loaded.errors().next().is_none(), "{flow:#}\n{:#?}", loaded.diagnostics);
    loaded.graph.unwrap()
}

/// Every activity is a Fail state inside a scope: it fails with what it is given.
fn script(steps: &Value, around: &str, mut script: Script) -> Script {
    for step in steps.as_array().into_iter().flatten() {
        let path = format!("{around}{}", step["id"].as_str().unwrap());
        if step["type"] == "activity" {
            let text = |field: &str| step["with"][field].as_str().unwrap().to_owned();
            let error = ScriptedError { code: text("code"), message: text("message"), ..Default::default() };
            script = script.step(&path, [Entry { error: Some(error), ..Entry::default() }]);
        }
        script = self::script(&step["steps"], &format!("{path}/"), script);
    }
    script
}

/// The failure of an item, where a for_each failed with it.
fn error_of(report: &Report) -> (String, String) {
    let error = report.error.clone().unwrap_or_else(|| Failure::new("", ""));
    let inner =
        error.details.get("error").and_then(|inner| serde_json::from_value::<Failure>(inner.clone()).ok());
    let error = inner.filter(|_| error.code == "items_failed").unwrap_or(error);
    (error.code, error.message)
}

fn check(case: &Value, graph: &Graph, report: &Report) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut compare = |what: &str, found: Value, expected: Value| {
        if found != expected {
            wrong.push(format!("{what}: {found}, not {expected}"));
        }
    };
    compare("order", json!(trace::ours(graph, report)), json!(trace::theirs(case)));
    let succeeded = case["status"] == "SUCCEEDED";
    let status = if succeeded { InstanceStatus::Completed } else { InstanceStatus::Failed };
    compare("status", json!(report.status.name()), json!(status.name()));
    if succeeded {
        compare("output", (*report.output).clone(), case["output"].clone());
    } else if let Some(code) = case["error"].as_str() {
        let (found, message) = error_of(report);
        // What the service says of a mistake in a path is an expression that fails.
        let at_run_time = code == "States.Runtime";
        compare("error", json!(found), json!(if at_run_time { "expression" } else { code }));
        if !at_run_time {
            compare("cause", json!(message), case["cause"].clone());
        }
    }
    wrong
}

#[test]
fn recorded_executions_go_the_same_way() {
    let histories: Value = serde_json::from_str(HISTORIES).unwrap();
    let cases = histories["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 39);
    let mut left_out: BTreeMap<&str, &str> = NOT_RESTATED.into_iter().collect();
    let mut wrong = Vec::new();
    for case in cases {
        let test = case["test"].as_str().unwrap();
        let flow = translate::flow(&case["definition"], &case["input"]);
        match (flow, left_out.remove(test)) {
            (Ok(flow), None) => {
                let graph = load(&flow);
                let script = script(&flow["steps"], "", Script::default());
                let simulation = Simulation::new(graph.clone()).script(script).input(case["input"].clone());
                let report = simulation.run().unwrap();
                wrong.extend(check(case, &graph, &report).into_iter().map(|one| format!("{test}: {one}")));
            }
            (Ok(_), Some(_)) => wrong.push(format!("{test} can be restated after all")),
            (Err(reason), Some(known)) if reason == known => {}
            (Err(reason), _) => wrong.push(format!("{test} is not restated: {reason}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(left_out.is_empty(), "no such executions: {left_out:?}");
}

/// What a condition says of a row: none where it raises.
fn holds(condition: &Value, row: &Value) -> Option<bool> {
    let step = json!({"id": "choose", "type": "decision", "rules": [{"when": condition, "output": true}], "default": false});
    let graph = load(&json!({"flow": "choice", "steps": [step], "output": "${ steps.choose.output }"}));
    let input = json!({"variable": row["variable"], "value": row["value"]});
    Simulation::new(graph).input(input).run().unwrap().output.as_bool()
}

/// `numeric_less_than_equals_path` as `NumericLessThanEqualsPath`.
fn camel(operator: &str) -> String {
    let words = operator.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.collect()
}

/// Where a condition object says otherwise: `exists` does not hold for a field that is null.
const NULL_IS_MISSING: (&str, Value) = ("IsPresent", Value::Null);

#[test]
fn typed_comparisons_agree() {
    let operators: Value = serde_json::from_str(OPERATORS).unwrap();
    let cases = operators["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 491);
    let (mut wrong, mut objects, mut texts, mut unknown) = (Vec::new(), 0, 0, 0);
    for row in cases {
        let operator = camel(row["operator"].as_str().unwrap());
        // Times were replaced by the word `date` when the rows were written down.
        if operator.starts_with("Timestamp") && (row["variable"] == "date" || row["value"] == "date") {
            unknown += 1;
            continue;
        }
        let expected = Some(row["result"] == "ConditionTrue");
        let by_path = operator.ends_with("Path");
        let value = if by_path { json!("${ input.value }") } else { row["value"].clone() };
        let mut note = |form: &str, condition: &Value| {
            let found = holds(condition, row);
            if found != expected {
                wrong.push(format!(
                    "{operator} {} {} as {condition}: {found:?} ({form})",
                    row["variable"], row["value"]
                ));
            }
        };
        if let Some(object) = choice::object(&operator, "input.variable", &value) {
            objects += 1;
            if (operator.as_str(), &row["variable"]) == (NULL_IS_MISSING.0, &NULL_IS_MISSING.1) {
                assert_eq!(holds(&object, row), expected.map(|expected| !expected));
            } else {
                note("object", &object);
            }
        }
        let right = if by_path { "input.value".to_owned() } else { row["value"].to_string() };
        let text = match operator.as_str() {
            "IsPresent" => format!("has(input.variable) == {right}"),
            _ => choice::cel(&operator, "input.variable", &right).unwrap(),
        };
        texts += 1;
        note("CEL", &json!(text));
    }
    println!("{objects} condition objects, {texts} expressions, {unknown} rows without their times");
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), objects + texts, wrong.join("\n"));
}
