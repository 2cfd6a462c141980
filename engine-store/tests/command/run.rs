//! `run`: from the start to the end, broken off, and again.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Done, Place};

const FLOW: &str = "\
flow: order
output: '${ steps.ship.output }'
steps:
  - {id: charge, type: activity, handler: charge, retry: {attempts: 2, initial: 1ms}, next: approve}
  - {id: approve, type: user_task, role: clerk, outcomes: ['yes', 'no'], next: paid}
  - {id: paid, type: signal, name: paid, next: ship}
  - {id: ship, type: activity, handler: ship}
";

const SCRIPT: &str = r#"{"steps": {
    "charge": [{"after": "1h", "error": {"code": "busy"}}, {"after": "1h", "output": 1}],
    "approve": [{"after": "2d", "output": {"outcome": "yes"}, "by": "ann"}],
    "ship": [{"output": {"parcel": 9}}]
}, "signals": [{"at": "3d", "name": "paid"}]}"#;

fn place() -> Place {
    let place = Place::with("order.yaml", FLOW);
    place.write("script.json", SCRIPT);
    place
}

const RUN: [&str; 8] = ["run", "order.yaml", "--db", "a.db", "--script", "@script.json", "--longest", "0s"];

fn instances(place: &Place) -> Vec<Value> {
    let answer = place.run(&["instances", "--db", "a.db", "--json"]).code(0).json();
    answer["instances"].as_array().unwrap().clone()
}

#[test]
fn a_flow_runs_to_its_end_with_scripted_handlers_people_and_signals() {
    let place = place();
    let done = place.run(&RUN).code(0);
    assert!(done.out.ends_with(" completed\noutput: {\"parcel\":9}\n"), "{done:#?}");
    // What happens is told while it happens.
    let done =
        done.says("instance started").says("attempt failed        charge").says("step completed        ship");
    let id = done.out.split(' ').nth(1).unwrap().to_owned();
    let view = place.run(&["show", &id, "--db", "a.db", "--json"]).code(0).json();
    assert_eq!((&view["status"], &view["output"]), (&json!("completed"), &json!({"parcel": 9})));
    assert_eq!(view["steps"]["charge"]["attempts"], 2);
    assert_eq!(view["steps"]["approve"]["output"]["by"], "ann");
}

#[test]
fn programs_get_one_value_and_no_chatter() {
    let place = place();
    let mut arguments = RUN.to_vec();
    arguments.extend(["--json", "--quiet"]);
    let done = place.run(&arguments).code(0);
    assert_eq!(done.err, "");
    let answer = done.json();
    assert_eq!(
        (&answer["status"], &answer["output"], &answer["existing"]),
        (&json!("completed"), &json!({"parcel": 9}), &json!(false))
    );
}

#[test]
fn a_failed_instance_is_told_by_the_exit_code() {
    let place = place();
    let script = r#"{"steps": {"charge": [{"error": {"code": "declined", "message": "no money"}}]}}"#;
    let done = place.run(&["run", "order.yaml", "--db", "a.db", "--script", script]).code(1);
    assert!(done.out.contains(" failed\nerror: charge declined: no money\n"), "{done:#?}");
}

#[test]
fn a_key_is_one_instance() {
    let place = place();
    let mut arguments = RUN.to_vec();
    arguments.extend(["--key", "k-1", "--json"]);
    let first = place.run(&arguments).code(0).json();
    let second = place.run(&arguments).code(0).json();
    assert_eq!((&first["instance"], &second["existing"]), (&second["instance"], &json!(true)));
    let found = place.run(&["instances", "--db", "a.db", "--flow", "order", "--key", "k-1", "--json"]).json();
    assert_eq!(found["instances"][0]["id"], first["instance"]);
}

#[test]
fn without_time_an_instance_is_left_for_the_next_run() {
    let place = place();
    let mut arguments = RUN.to_vec();
    arguments[7] = "1h";
    arguments.extend(["--wait", "1ms"]);
    let done = place.run(&arguments).code(6);
    assert!(done.out.contains(" is running; run the same command again to go on with it"), "{done:#?}");
    place.run(&RUN).code(0).says(": going on");
    let all = instances(&place);
    assert_eq!((all.len(), &all[0]["status"]), (1, &json!("completed")));
}

#[test]
fn another_instance_is_started_on_demand() {
    let place = place();
    let mut arguments = RUN.to_vec();
    arguments[7] = "1h";
    arguments.extend(["--wait", "1ms"]);
    place.run(&arguments).code(6);
    arguments.push("--new");
    place.run(&arguments).code(6);
    assert_eq!(instances(&place).len(), 2);
}

#[cfg(unix)]
#[test]
fn an_interrupt_stops_in_good_order() {
    let place = place();
    let mut arguments = RUN.to_vec();
    arguments[7] = "1h";
    let mut child = place.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let active =
        lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("step activated        charge")));
    assert!(active.is_some());
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    let code = child.wait().unwrap().code().unwrap_or(-1);
    Done { code, out, err: String::new() }.code(6);
    // Its shards are free at once: the next run does not wait for leases to end.
    place.run(&RUN).code(0).says(": going on");
}

#[test]
fn called_flows_run_as_instances_of_their_own() {
    let place = Place::with("outer.yaml", "flow: outer\nsteps: [{id: sub, type: call, flow: inner}]\n");
    place.write(
        "inner.yaml",
        "flow: inner\noutput: '${ steps.a.output }'\nsteps: [{id: a, type: activity, handler: h}]\n",
    );
    let script = r#"{"steps": {"sub/a": [{"after": "5s", "output": 42}]}}"#;
    let arguments =
        ["run", "outer.yaml", "--flow", "inner.yaml", "--script", script, "--db", "a.db", "--longest", "0s"];
    let done = place.run(&arguments).code(0);
    assert!(done.out.ends_with("output: 42\n"), "{done:#?}");
    let parent = instances(&place).iter().find(|one| one["flow"] == "outer").unwrap()["id"].clone();
    let listed = ["instances", "--db", "a.db", "--parent", parent.as_str().unwrap(), "--json"];
    let children = place.run(&listed).code(0).json();
    assert_eq!(children["instances"][0]["flow"], "inner");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let place = place();
    let mut arguments = RUN.to_vec();
    arguments[3] = "order.yaml";
    place.run(&arguments).code(5).says("error[store_foreign]");
    place.run(&["instances", "--db", "none.db"]).code(3).says("there is no database none.db");
}
