//! What operators look at and do.

use serde_json::{Value, json};

use crate::support::Place;

const FLOW: &str = "\
flow: order
labels: {team: ops}
output: '${ steps.ship.output }'
steps:
  - {id: charge, type: activity, handler: charge, next: ship}
  - {id: ship, type: activity, handler: ship}
";

const DECLINED: &str = r#"{"steps": {"charge": [{"error": {"code": "declined", "message": "no money"}}, {"output": 1}],
    "ship": [{"output": {"parcel": 9}}]}}"#;

/// A database with an instance whose step `charge` has failed.
fn failed() -> (Place, String) {
    let place = Place::with("order.yaml", FLOW);
    let answer =
        place.run(&["run", "order.yaml", "--db", "a.db", "--script", DECLINED, "--json"]).code(1).json();
    (place, answer["instance"].as_str().unwrap().to_owned())
}

fn history(place: &Place, id: &str) -> Vec<Value> {
    let answer = place.run(&["history", id, "--db", "a.db", "--json"]).code(0).json();
    answer["events"].as_array().unwrap().clone()
}

#[test]
fn a_failed_step_is_retried_and_the_next_run_goes_on() {
    let (place, id) = failed();
    let arguments =
        ["retry", &id, "charge", "--db", "a.db", "--by", "ann", "--reason", "card renewed", "--json"];
    let answer = place.run(&arguments).code(0).json();
    assert_eq!(answer, json!({"ok": true, "instance": id, "status": "running"}));
    let events = history(&place, &id);
    let acted = events.iter().find(|event| event["type"] == "operator_acted").unwrap();
    assert_eq!(acted["operator"], json!({"by": "ann", "reason": "card renewed"}));
    let again = ["run", "order.yaml", "--db", "a.db", "--script", DECLINED, "--json"];
    let answer = place.run(&again).code(0).json();
    assert_eq!((&answer["instance"], &answer["output"]), (&json!(id), &json!({"parcel": 9})));
}

#[test]
fn a_failed_step_is_passed_over_or_given_its_output() {
    for arguments in
        [["skip", "charge"].as_slice(), &["complete", "charge", "--output", "{\"by_hand\": true}"]]
    {
        let (place, id) = failed();
        let mut call = vec![arguments[0], &id];
        call.extend(&arguments[1..]);
        call.extend(["--db", "a.db"]);
        place.run(&call).code(0);
        let again = ["run", "order.yaml", "--db", "a.db", "--script", DECLINED, "--json"];
        assert_eq!(place.run(&again).code(0).json()["status"], "completed", "{arguments:?}");
        let operator =
            &history(&place, &id).into_iter().find(|event| event["type"] == "operator_acted").unwrap();
        assert_eq!(operator["operator"]["by"], "tester");
    }
}

#[test]
fn a_step_that_does_not_exist_is_not_found_and_its_neighbour_is_named() {
    let (place, id) = failed();
    place.run(&["retry", &id, "chrage", "--db", "a.db"]).code(3).says("did you mean `charge`?");
    place.run(&["retry", &id, "nothing-like-it", "--db", "a.db"]).code(3).says("its steps: charge, ship");
    place.run(&["retry", &id, "ship", "--db", "a.db"]).code(4).says("error[step_state]");
}

#[test]
fn an_instance_is_held_let_go_and_ended() {
    let place = Place::with("wait.yaml", "flow: wait\nsteps: [{id: pause, type: timer, delay: 30d}]\n");
    let done = place.run(&["run", "wait.yaml", "--db", "a.db", "--wait", "1ms", "--json"]).code(6);
    let id = done.json()["instance"].as_str().unwrap().to_owned();
    let on = |command: &str, more: &[&str]| {
        let mut arguments = vec![command, &id, "--db", "a.db"];
        arguments.extend(more);
        place.run(&arguments)
    };
    assert_eq!(on("suspend", &[]).code(0).out, format!("instance {id} is suspended\n"));
    assert_eq!(on("resume", &[]).code(0).out, format!("instance {id} is running\n"));
    let explained = on("explain", &["--json"]).code(0).json();
    assert_eq!(explained["waiting"][0]["step"], "pause");
    assert!(on("explain", &[]).code(0).out.contains("pause (timer)"));
    assert_eq!(on("abort", &["--reason", "not needed"]).code(0).out, format!("instance {id} is aborted\n"));
    // A second abort changes nothing; anything else comes too late.
    on("abort", &[]).code(0);
    on("suspend", &[]).code(4).says("error[instance_closed]");
    assert!(on("show", &[]).code(0).out.contains("\n  status   aborted\n"));
}

#[test]
fn instances_are_found_by_what_they_are_and_come_in_pages() {
    let place = Place::with("a.yaml", "flow: a\nsteps: [{id: x, type: assign, set: {n: '1'}}]\n");
    for key in ["k1", "k2", "k3"] {
        place.run(&["run", "a.yaml", "--db", "a.db", "--key", key]).code(0);
    }
    let list = |more: &[&str]| {
        let mut arguments = vec!["instances", "--db", "a.db", "--json"];
        arguments.extend(more);
        place.run(&arguments).code(0).json()
    };
    let keys = |answer: &Value| {
        let all = answer["instances"].as_array().unwrap().iter();
        all.map(|one| one["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = list(&["--limit", "2"]);
    assert_eq!(keys(&first), ["k3", "k2"]);
    let second = list(&["--limit", "2", "--after", first["next"].as_str().unwrap()]);
    assert_eq!((keys(&second), &second["next"]), (vec!["k1".to_owned()], &Value::Null));
    assert_eq!(keys(&list(&["--status", "completed", "--status", "failed"])).len(), 3);
    assert_eq!(keys(&list(&["--status", "running"])).len(), 0);
    assert_eq!(keys(&list(&["--flow", "b"])).len(), 0);
    assert_eq!(keys(&list(&["--before", "2000-01-01T00:00:00Z"])).len(), 0);
    place.run(&["instances", "--db", "a.db", "--status", "done"]).code(2).says("pending, running, suspended");
}

#[test]
fn a_signal_is_sent_once() {
    let place = Place::with("wait.yaml", "flow: wait\nsteps: [{id: docs, type: signal, name: docs}]\n");
    let done = place.run(&["run", "wait.yaml", "--db", "a.db", "--wait", "1ms", "--json"]).code(6);
    let id = done.json()["instance"].as_str().unwrap().to_owned();
    let send = ["signal", &id, "docs", "--db", "a.db", "--id", "1", "--payload", "{\"pages\": 3}", "--json"];
    assert_eq!(place.run(&send).code(0).json()["status"], "completed");
    let view = place.run(&["show", &id, "--db", "a.db", "--json"]).code(0).json();
    assert_eq!(view["output"], json!({"pages": 3}));
}

#[test]
fn a_history_is_read_from_any_place() {
    let (place, id) = failed();
    let all = history(&place, &id);
    let part = ["history", &id, "--db", "a.db", "--after", "1", "--limit", "2", "--json"];
    let part = place.run(&part).code(0).json();
    assert_eq!(part["events"].as_array().unwrap()[..], all[1..3]);
    assert!(place.run(&["history", &id, "--db", "a.db"]).code(0).out.contains("declined: no money"));
}

#[test]
fn unknown_instances_and_ids_that_are_none() {
    let (place, _) = failed();
    let nobody = "01900000-0000-7000-8000-000000000000";
    for command in ["show", "history", "explain", "suspend", "abort"] {
        place.run(&[command, nobody, "--db", "a.db"]).code(3).says("error[not_found]");
        place.run(&[command, "17", "--db", "a.db"]).code(2).says("is not an instance id");
    }
}
