//! What crosses has the forms that are published for other languages.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use flowwright::embed::{self, Options};
use flowwright::protocol::ActivityError;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::program::Program;

static CONTRACT: LazyLock<Value> = LazyLock::new(embed::contract);

/// A request or an option has its form.
pub(crate) fn said(form: &str, value: &Value) {
    check("said", &format!("#/$defs/{form}"), value);
}

/// What is told has its form.
pub(crate) fn told(form: &str, value: &Value) {
    check("told", &format!("#/$defs/{form}"), value);
}

/// An answer has the form of answers to this request.
pub(crate) fn answer(request: &str, value: &Value) {
    check("told", &format!("#/$defs/Answers/properties/{request}"), value);
}

fn check(side: &str, form: &str, value: &Value) {
    let errors: Vec<_> = validator(side, form)
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{form}: {errors:?}\n{value:#}");
}

fn validator(side: &str, form: &str) -> Validator {
    let schema = json!({"$ref": form, "$defs": closed(CONTRACT[side]["$defs"].clone())});
    jsonschema::draft202012::new(&schema).unwrap()
}

/// Objects have no other fields than those that are published: a new one would be missing in other languages.
fn closed(mut schema: Value) -> Value {
    match &mut schema {
        Value::Array(items) => items.iter_mut().for_each(|item| *item = closed(item.take())),
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| *field = closed(field.take()));
            if fields.get("properties").is_some_and(Value::is_object) {
                fields.entry("additionalProperties").or_insert(json!(false));
            }
        }
        _ => {}
    }
    schema
}

const FLOW: &str = "flow: all
steps:
  - {id: pay, type: activity, handler: pay, with: '${ input }', retry: {attempts: 2, initial: 0s}, next: ok}
  - {id: ok, type: user_task, role: boss, due: 1d, form: {type: object}, next: [{to: go, when: input.n > 1}, {to: other, else: true}]}
  - {id: go, type: signal, name: word, next: late}
  - {id: late, type: signal, name: news, correlate: input.key, next: broken}
  - {id: other, type: timer, delay: 1h}
  - {id: broken, type: activity, handler: pay}
";

/// Runs an instance through everything that can be asked of it; the program compares whatever crosses.
#[test]
fn every_request_and_every_answer_has_its_form() {
    let mut program = Program::open(Options { handlers: vec!["pay".into()], ..Options::default() });
    let boss = json!({"id": "bo", "roles": ["boss"]});
    program.ask(json!({"deploy": {"source": FLOW}})).unwrap();
    program.ask(json!({"label": {"flow": "all", "version": 1, "label": "live"}})).unwrap();
    program.ask(json!({"definitions": {}})).unwrap();
    for format in ["json", "mermaid", "dot"] {
        program.ask(json!({"draw": {"flow": "all", "format": format}})).unwrap();
    }
    let stream = program.ask(json!({"follow": {"after": -1}})).unwrap();
    let start =
        json!({"start": {"flow": "all", "input": {"n": 2, "key": "k"}, "key": "k", "labels": {"a": "b"}}});
    let id = program.ask(start).unwrap()["id"].clone();
    let of = |name: &str| json!({name: {"instance": id}});

    let first = program.job();
    program.host.fail(first.id, ActivityError::retryable("busy", "again").details(json!({"at": 1})));
    program.ask(of("outcome")).unwrap();
    let second = program.job();
    program.host.done(second.id, json!({"paid": true}).into());
    program.until(|program| {
        let tasks = program.ask(json!({"tasks": {"visible_to": boss, "limit": 1}})).unwrap();
        tasks["tasks"].get(0).is_some().then_some(())
    });
    let task = program.ask(json!({"tasks": {}})).unwrap()["tasks"][0]["id"].clone();
    program.ask(json!({"task": {"task": task}})).unwrap();
    for act in [json!({"claim": {}}), json!({"release": {}}), json!({"reassign": {"to": "bo"}})] {
        program.ask(json!({"act": {"task": task, "actor": boss, "act": act}})).unwrap();
    }
    program.ask(of("explain")).unwrap();
    let escalate = json!({"escalate": {"to": "board", "reason": "late"}});
    program.ask(json!({"act": {"task": task, "actor": boss, "act": escalate}})).unwrap();
    let complete = json!({"complete": {"data": {}}});
    program.ask(json!({"act": {"task": task, "actor": boss, "request": "r", "act": complete}})).unwrap();

    program.ask(json!({"signal": {"instance": id, "name": "unwanted", "ttl_ms": 60_000}})).unwrap();
    program.ask(json!({"signal": {"instance": id, "name": "word", "payload": 1, "id": "s"}})).unwrap();
    program.ask(json!({"message": {"name": "news", "correlation": "k"}})).unwrap();
    program.ask(json!({"find": {"flow": "all", "key": "k"}})).unwrap();
    program.ask(json!({"find": {"flow": "all", "key": "none"}})).unwrap();
    program.ask(json!({"instances": {"flow": "all", "limit": 1}})).unwrap();
    program.ask(json!({"count": {"status": ["running"]}})).unwrap();
    for act in [json!({"suspend": {}}), json!({"resume": {}})] {
        let operator = json!({"by": "ada", "reason": "to see"});
        program.ask(json!({"operate": {"instance": id, "operator": operator, "act": act}})).unwrap();
    }
    let last = program.job();
    program.host.fail(last.id, ActivityError::fatal("broken", "for good"));
    program.ask(of("wait")).unwrap();
    for look in ["outcome", "get", "summary", "history", "explain", "verify"] {
        program.ask(of(look)).unwrap();
    }
    program.ask(json!({"verify": {}})).unwrap();
    program.ask(json!({"next": {"stream": stream, "limit": 100}})).unwrap();
    program.ask(json!({"unfollow": {"stream": stream}})).unwrap();
    program.ask(json!({"load": {}})).unwrap();
    program.ask(json!({"shutdown": {"grace_ms": 0}})).unwrap();
    assert_eq!(program.requests(), published(), "every request was made");
}

fn published() -> BTreeSet<String> {
    CONTRACT["told"]["$defs"]["Answers"]["properties"].as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_request_that_is_published_has_an_answer_that_is_published() {
    let requests = CONTRACT["said"]["$defs"]["Request"]["oneOf"].as_array().unwrap();
    let names = requests.iter().flat_map(|form| form["properties"].as_object().unwrap().keys().cloned());
    assert_eq!(names.collect::<BTreeSet<_>>(), published());
}

#[test]
fn what_needs_no_engine_has_its_form_too() {
    told("Validation", &embed::validate(json!("flow: 7")).unwrap());
    let script = json!({"default": {"after": "5s", "output": 1}, "signals": [{"at": "1h", "name": "word"}]});
    let request = json!({"source": FLOW, "input": {"n": 1}, "script": script, "workers": 1});
    said("Simulate", &request);
    told("Report", &embed::simulate(request).unwrap());
    let waits = json!({"source": FLOW, "input": {"n": 2}, "script": {"default": {"output": {}}}});
    told("Report", &embed::simulate(waits).unwrap());
}
