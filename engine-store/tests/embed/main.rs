//! The façade that bindings wrap, driven as a binding drives it: requests and results in, batches out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

mod contract;
mod program;

use std::sync::mpsc::channel;
use std::time::Duration;

use flowwright::embed::{self, Delivery, Host, Options};
use flowwright::protocol::ActivityError;
use flowwright_store::open;
use serde_json::{Value, json};

use self::program::Program;

const DOUBLE: &str = "flow: double
steps: [{id: twice, type: activity, handler: twice, with: '${ input.n }', retry: {attempts: 2, initial: 0s}}]
output: ${ steps.twice.output }
";

#[test]
fn handlers_of_the_other_language_do_the_work() {
    let mut program = Program::open(Options { handlers: vec!["twice".into()], ..Options::default() });
    let id = program.start(DOUBLE);
    let first = program.job();
    assert_eq!((&*first.handler, &*first.input, first.attempt), ("twice", &json!(2), 1));
    program.host.fail(first.id, ActivityError::retryable("busy", "again"));
    let second = program.job();
    assert_eq!((second.attempt, second.idempotency_key), (2, first.idempotency_key));
    program.host.send(&json!([{"beat": [second.id, "half"]}, {"done": [second.id, 4]}]).to_string()).unwrap();
    let outcome = program.ask(json!({"wait": {"instance": id}})).unwrap();
    assert_eq!(outcome, json!({"status": "completed", "output": 4, "error": null, "operator": null}));
    assert_eq!(program.host.pending(), (0, 0));
    assert_eq!(program.cancelled, [] as [u64; 0]);
}

#[test]
fn a_bad_request_is_answered_and_the_rest_of_the_batch_is_done() {
    let mut program = Program::open(Options::default());
    program.host.send(r#"[{"call": [7, {"strat": {}}]}, {"call": [8, {"definitions": {}}]}]"#).unwrap();
    let problem = program.answer(7).unwrap_err();
    assert_eq!((problem.code, problem.retryable), ("invalid_argument", false));
    assert!(problem.message.contains("strat"), "{}", problem.message);
    assert_eq!(program.answer(8).unwrap(), json!([]));
    assert!(program.host.send("nonsense").is_err());
    let problem =
        program.ask(json!({"deploy": {"source": "flow: x\nsteps: [{id: a, type: timer}]"}})).unwrap_err();
    assert_eq!(problem.code, "invalid_definition");
    assert_eq!((problem.diagnostics.len(), problem.diagnostics[0].line), (1, 2));
    let problem = program.ask(json!({"deploy": {"source": 7}})).unwrap_err();
    assert_eq!(problem.code, "invalid_argument");
}

#[test]
fn who_goes_away_ends_the_wait_and_not_the_instance() {
    let mut program = Program::open(Options { handlers: vec!["twice".into()], ..Options::default() });
    let id = program.start(DOUBLE);
    let wait = program.send(json!({"wait": {"instance": id}}));
    let job = program.job();
    program.host.forget(wait);
    assert_eq!(program.host.pending(), (0, 1));
    program.host.done(job.id, json!(4).into());
    assert_eq!(program.ask(json!({"wait": {"instance": id}})).unwrap()["output"], 4);
    assert!(program.answers.is_empty(), "the first wait is not answered");
}

#[test]
fn work_that_is_not_wanted_is_called_back() {
    let mut program = Program::open(Options { handlers: vec!["twice".into()], ..Options::default() });
    let id = program.start(DOUBLE);
    let job = program.job();
    let abort = json!({"operate": {"instance": id, "operator": {"by": "ada"}, "act": {"abort": {}}}});
    program.ask(abort).unwrap();
    let cancelled = program.until(|program| program.cancelled.pop());
    assert_eq!(cancelled, job.id);
    program.host.done(job.id, json!(null).into());
    assert_eq!(program.ask(json!({"wait": {"instance": id}})).unwrap()["status"], "aborted");
}

#[test]
fn a_handler_that_comes_later_takes_up_what_waits_for_it() {
    let mut program = Program::open(Options::default());
    let id = program.start(DOUBLE);
    program.host.register("twice");
    let job = program.job();
    program.host.done(job.id, json!(4).into());
    assert_eq!(program.ask(json!({"wait": {"instance": id}})).unwrap()["status"], "completed");
}

#[test]
fn tasks_are_found_and_done() {
    let mut program = Program::open(Options::default());
    let id =
        program.start("flow: approve\nsteps: [{id: ok, type: user_task, role: boss, outcomes: [yes, no]}]");
    let boss = json!({"id": "bo", "roles": ["boss"]});
    let page = program.ask(json!({"tasks": {"visible_to": boss, "limit": 1}})).unwrap();
    assert!(page["next"].is_string(), "a full page has a next one: {page}");
    let task = &page["tasks"][0];
    assert_eq!((&task["step"], &task["outcomes"]), (&json!("ok"), &json!(["yes", "no"])));
    let mut act =
        json!({"act": {"task": task["id"], "actor": {"id": "eve"}, "act": {"complete": {"outcome": "yes"}}}});
    assert_eq!(program.ask(act.clone()).unwrap_err().code, "forbidden");
    act["act"]["actor"] = boss;
    program.ask(act).unwrap();
    assert_eq!(program.ask(json!({"wait": {"instance": id}})).unwrap()["output"]["by"], "bo");
    let listed = program.ask(json!({"instances": {"status": ["completed"]}})).unwrap();
    assert_eq!((&listed["instances"][0]["id"], &listed["next"]), (&id, &json!(null)));
}

#[test]
fn a_stream_tells_what_happens_with_the_paths_of_steps() {
    let mut program = Program::open(Options { handlers: vec!["twice".into()], ..Options::default() });
    let all = program.ask(json!({"follow": {"after": 0}})).unwrap();
    let id = program.start(
        "flow: nest\nsteps:\n  - {id: each, type: for_each, items: '[1]', steps: [{id: go, type: activity, handler: twice}]}",
    );
    let job = program.job();
    assert_eq!(job.step, "each[0]/go");
    let late = program.ask(json!({"follow": {"after": -1, "instance": id}})).unwrap();
    program.host.done(job.id, json!(1).into());
    program.ask(json!({"wait": {"instance": id}})).unwrap();
    let mut told = Vec::new();
    while told.last().is_none_or(|event: &Value| event["type"] != "instance_ended") {
        let page = program.ask(json!({"next": {"stream": all, "limit": 3}})).unwrap();
        told.extend(page["events"].as_array().unwrap().clone());
    }
    assert!(told.iter().all(|event| event["instance"] == id && event["flow"] == "nest"));
    let page = program.ask(json!({"next": {"stream": late, "limit": 1}})).unwrap();
    assert_eq!(page["events"][0]["step"], "each[0]/go", "{page}");
    assert_eq!(program.ask(json!({"unfollow": {"stream": late}})).unwrap(), true);
    assert_eq!(program.ask(json!({"next": {"stream": late, "limit": 1}})).unwrap_err().code, "not_found");
    let history = program.ask(json!({"history": {"instance": id}})).unwrap();
    assert_eq!(history.as_array().unwrap().len(), told.len());
}

#[test]
fn an_engine_that_has_stopped_says_so() {
    let mut program = Program::open(Options::default());
    program.ask(json!({"shutdown": {"grace_ms": 0}})).unwrap();
    assert_eq!(program.ask(json!({"start": {"flow": "x"}})).unwrap_err().code, "shutting_down");
    let none = Host::open(|| open("nowhere:"), Options::default(), || {}).err().unwrap();
    assert_eq!(none.code(), "invalid_argument");
}

#[test]
fn an_engine_that_has_stopped_has_closed_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.db");
    let url = format!("sqlite:{}", file.display());
    let (wake, woken) = channel();
    let wake = move || {
        let _gone = wake.send(());
    };
    let host = Host::open(|| open(&url), Options::default(), wake).unwrap();
    host.send(r#"[{"call": [1, {"shutdown": {"grace_ms": 0}}]}]"#).unwrap();
    while !host.drain(9).iter().any(|delivery| matches!(delivery, Delivery::Answer(1, Ok(_)))) {
        woken.recv_timeout(Duration::from_secs(60)).unwrap();
    }
    let log = std::fs::metadata(folder.path().join("app.db-wal")).map_or(0, |found| found.len());
    assert_eq!(log, 0, "everything is in the file itself");
}

#[test]
fn what_needs_no_engine() {
    assert_eq!(embed::validate(json!(DOUBLE)).unwrap()["ok"], true);
    assert_eq!(embed::validate(json!({"flow": "x", "steps": 1})).unwrap()["ok"], false);
    let report =
        embed::simulate(json!({"source": DOUBLE, "input": {"n": 1}, "script": {"default": {"output": 9}}}));
    assert_eq!(report.unwrap()["output"], 9);
    let drawn = embed::draw(json!(DOUBLE), embed::Picture::Mermaid).unwrap();
    assert!(drawn.as_str().unwrap().contains("twice"));
    assert_eq!(embed::draw(json!(DOUBLE), embed::Picture::Json).unwrap()["flow"], "double");
    assert!(embed::schema().unwrap()["properties"].is_object());
    assert_eq!(embed::simulate(json!({})).unwrap_err().code(), "invalid_argument");
}
