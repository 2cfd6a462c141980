//! `simulate`.

use serde_json::json;

use crate::support::Place;

const FLOW: &str = "\
flow: pay
input: {type: object, required: [amount], properties: {amount: {type: number}}}
output: {receipt: '${ steps.charge.output.receipt }'}
steps:
  - {id: charge, type: activity, handler: card.charge, retry: {attempts: 3, initial: 1s}, next: approve}
  - {id: approve, type: user_task, role: clerk, outcomes: ['yes', 'no']}
";

const SCRIPT: &str = r#"{"steps": {
    "charge": [{"after": "2s", "error": {"code": "busy"}}, {"after": "1s", "output": {"receipt": 7}}],
    "approve": [{"after": "1m", "output": "yes", "by": "ann"}]
}}"#;

fn place() -> Place {
    let place = Place::with("pay.yaml", FLOW);
    place.write("script.json", SCRIPT);
    place
}

#[test]
fn programs_get_the_report() {
    let place = place();
    let arguments =
        ["simulate", "pay.yaml", "--input", r#"{"amount": 5}"#, "--script", "@script.json", "--json"];
    let report = place.run(&arguments).code(0).json();
    assert_eq!(report["status"], "completed");
    assert_eq!(report["output"], json!({"receipt": 7}));
    assert_eq!(report["error"], json!(null));
    assert_eq!(report["duration_ms"], 64_000);
    let charge = json!({"status": "completed", "iteration": 0, "attempts": 2, "started_ms": 0, "ended_ms": 4_000,
        "output": {"receipt": 7}, "error": null});
    assert_eq!(report["steps"]["charge"], charge);
    assert_eq!(report["steps"]["approve"]["output"]["by"], "ann");
    let events = report["events"].as_array().unwrap();
    let seqs: Vec<_> = events.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=events.len() as u64).collect::<Vec<_>>());
    let started = events.iter().find(|event| event["type"] == "attempt_started").unwrap();
    assert_eq!((&started["step"], &started["at_ms"]), (&json!("charge"), &json!(3_000)));
}

#[test]
fn people_get_a_table_and_a_timeline() {
    let place = place();
    let arguments = ["simulate", "pay.yaml", "--input", r#"{"amount": 5}"#, "--script", "@script.json"];
    let out = place.run(&arguments).code(0).out;
    assert!(out.starts_with("completed after 1m4s\noutput: {\"receipt\":7}\n"), "{out}");
    assert!(out.contains("\ncharge   completed  0     2      0s     4s    {\"receipt\":7}\n"), "{out}");
    assert!(out.contains("  3s    attempt started   charge"), "{out}");
}

#[test]
fn what_waits_is_explained_and_what_fails_is_told_by_the_exit_code() {
    let place = place();
    let script = r#"{"steps": {"charge": [{"output": {"receipt": 1}}]}}"#;
    let done =
        place.run(&["simulate", "pay.yaml", "--input", r#"{"amount": 5}"#, "--script", script]).code(0);
    assert!(done.out.starts_with("running after 0s\n") && done.out.contains("role clerk"), "{done:#?}");
    let script = r#"{"steps": {"charge": [{"error": {"code": "declined", "message": "no money"}}]}}"#;
    let done =
        place.run(&["simulate", "pay.yaml", "--input", r#"{"amount": 5}"#, "--script", script]).code(1);
    assert!(done.out.contains("error: charge declined: no money\n"), "{done:#?}");
}

#[test]
fn an_invalid_definition_is_diagnosed() {
    let place = Place::with("bad.yaml", "flow: f\nsteps: [{id: a, type: timer}]\n");
    let answer = place.run(&["simulate", "bad.yaml", "--json"]).code(1).json();
    assert_eq!(answer["ok"], false);
    assert!(answer["diagnostics"][0]["line"].is_u64());
    place.run(&["simulate", "bad.yaml"]).code(1).says("bad.yaml:2:");
}

#[test]
fn an_input_that_the_flow_refuses_is_a_refusal() {
    place().run(&["simulate", "pay.yaml"]).code(4).says("error[invalid_input]").says("amount");
}

#[test]
fn bad_json_is_shown_with_its_place() {
    let place = place();
    let done = place.run(&["simulate", "pay.yaml", "--input", "{\"amount\": }"]).code(2);
    let done = done.says("--input:1:12: ").says("1 | {\"amount\": }\n  |            ^\n");
    assert_eq!(done.out, "");
    place.write("input.json", "{\n  \"amount\": 5,\n}");
    place.run(&["simulate", "pay.yaml", "--input", "@input.json"]).code(2).says("input.json:3:1: ");
    place
        .run(&["simulate", "pay.yaml", "--input", "amount=5"])
        .code(2)
        .says("write JSON in quotes, or @FILE");
    place
        .run(&["simulate", "pay.yaml", "--input", "@nothing.json"])
        .code(3)
        .says("there is no file nothing.json");
}

#[test]
fn a_bad_script_says_what_one_looks_like() {
    let place = place();
    place
        .run(&["simulate", "pay.yaml", "--script", r#"{"stps": {}}"#])
        .code(2)
        .says("unknown field `stps`")
        .says("help: a script is");
    let script = r#"{"steps": {"chrage": []}, "default": {"output": {"receipt": 1}}}"#;
    let done =
        place.run(&["simulate", "pay.yaml", "--input", r#"{"amount": 5}"#, "--script", script]).code(0);
    done.says("warning[unknown_step]: the script names `chrage`").says("did you mean `charge`?");
}

#[test]
fn workers_are_a_bound() {
    let steps =
        (0..4).map(|n| format!("  - {{id: s{n}, type: activity, handler: work}}\n")).collect::<String>();
    let place = Place::with("wide.yaml", &format!("flow: wide\nsteps:\n{steps}"));
    let script = r#"{"default": {"after": "10s"}}"#;
    for (workers, duration) in [("1", 40_000), ("2", 20_000), ("9", 10_000)] {
        let arguments = ["simulate", "wide.yaml", "--script", script, "--workers", workers, "--json"];
        assert_eq!(place.run(&arguments).code(0).json()["duration_ms"], duration);
    }
    place.run(&["simulate", "wide.yaml", "--workers", "0"]).code(2);
}

#[test]
fn called_flows_are_played_too_and_their_steps_are_known_to_the_script() {
    let place = Place::with("outer.yaml", "flow: outer\nsteps: [{id: sub, type: call, flow: inner}]\n");
    place.write(
        "inner.yaml",
        "flow: inner\noutput: '${ steps.a.output }'\nsteps: [{id: a, type: activity, handler: h}]\n",
    );
    let script = r#"{"steps": {"sub/a": [{"after": "5s", "output": 42}]}}"#;
    let arguments = ["simulate", "outer.yaml", "--flow", "inner.yaml", "--script", script, "--json"];
    let done = place.run(&arguments).code(0);
    assert_eq!(done.err, "");
    let report = done.json();
    assert_eq!((&report["output"], &report["duration_ms"]), (&json!(42), &json!(5_000)));
}
