//! Edges and joins: splits, dead paths, losers, races.

use super::*;

fn diamond(join: &str) -> String {
    format!(
        "
flow: f
steps:
  - {{id: s, type: assign, next: [a, b, c]}}
  - {{id: a, type: activity, handler: h, next: j}}
  - {{id: b, type: activity, handler: h, next: j}}
  - {{id: c, type: activity, handler: h, next: j}}
  - {{id: j, type: activity, handler: h{join}}}"
    )
}

#[test]
fn all_waits_for_every_branch() {
    let mut drive = Drive::start(&diamond(""), Value::Null);
    drive.done("a", json!(1)).gives(&["step_completed a 1 -> [j]"]);
    drive.done("c", json!(1)).gives(&["step_completed c 1 -> [j]"]);
    drive.done("b", json!(1)).gives(&["step_completed b 1 -> [j]", "step_activated j", "run j h null"]);
}

#[test]
fn a_number_starts_early_and_ignores_the_rest() {
    let mut drive = Drive::start(&diamond(", join: 2"), Value::Null);
    drive.done("a", json!(1)).gives(&["step_completed a 1 -> [j]"]);
    drive.done("b", json!(1)).gives(&["step_completed b 1 -> [j]", "step_activated j", "run j h null"]);
    drive.done("j", json!(1)).gives(&["step_completed j 1 -> []"]);
    drive.done("c", json!(1)).gives(&["step_completed c 1 -> [j]", "instance_ended completed 1"]);
}

#[test]
fn losers_that_can_only_lead_here_are_cancelled() {
    let mut drive = Drive::start(&diamond(", join: any, losers: cancel"), Value::Null);
    drive.done("b", json!(1)).gives(&[
        "step_completed b 1 -> [j]",
        "step_cancelled a lost_join",
        "step_cancelled c lost_join",
        "step_activated j",
        "stop a #1",
        "stop c #1",
        "run j h null",
    ]);
}

#[test]
fn each_runs_once_for_every_arrival() {
    let mut drive = Drive::start(&diamond(", join: each"), Value::Null);
    drive.done("b", json!(1)).gives(&["step_completed b 1 -> [j]", "step_activated j#1", "run j#1 h null"]);
    drive.done("a", json!(1)).gives(&["step_completed a 1 -> [j]", "step_activated j#0", "run j#0 h null"]);
    drive.done("j#1", json!("second")).gives(&[r#"run_ended j#1 "second""#]);
    drive.done("j#0", json!("first")).gives(&[r#"run_ended j#0 "first""#]);
    drive.done("c", json!(1)).gives(&["step_completed c 1 -> [j]", "step_activated j#2", "run j#2 h null"]);
    drive.done("j#2", json!("third")).gives(&[
        r#"run_ended j#2 "third""#,
        r#"step_completed j#0 ["first","second","third"] -> []"#,
        r#"instance_ended completed ["first","second","third"]"#,
    ]);
}

#[test]
fn a_dead_path_runs_through_several_steps() {
    let flow = "
flow: f
input: {type: object, properties: {x: {type: boolean}}}
steps:
  - {id: s, type: assign, next: [{to: a, when: input.x}, {to: b, when: '!input.x'}]}
  - {id: a, type: assign, next: a2}
  - {id: a2, type: assign, next: j}
  - {id: b, type: assign, next: j}
  - {id: j, type: assign}";
    let mut drive = Drive::start(flow, json!({"x": false}));
    drive.gives(&[
        "instance_started",
        "step_completed s null -> [b]",
        "step_skipped a",
        "step_skipped a2",
        "step_completed b null -> [j]",
        "step_completed j null -> []",
        "instance_ended completed null",
    ]);
}

#[test]
fn first_takes_one_edge_and_else_what_is_left() {
    let flow = "
flow: f
input: {type: object, properties: {n: {type: integer}}}
steps:
  - id: s
    type: assign
    choose: first
    next: [{to: a, when: input.n > 10}, {to: b, when: input.n > 5}, {to: c, else: true}]
  - {id: a, type: assign}
  - {id: b, type: assign}
  - {id: c, type: assign}";
    for (n, taken) in [(11, "a"), (6, "b"), (1, "c")] {
        let drive = Drive::start(flow, json!({"n": n}));
        assert_eq!(drive.lines[1], format!("step_completed s null -> [{taken}]"));
    }
}

#[test]
fn the_first_of_a_race_stops_the_others() {
    let flow = "
flow: f
steps:
  - {id: s, type: assign, choose: race, next: [ok, late]}
  - {id: ok, type: signal, name: ok, next: yes}
  - {id: late, type: timer, delay: 60s, next: no}
  - {id: yes, type: assign}
  - {id: no, type: assign}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.after(10).give(Drive::signal("ok", json!(1))).gives(&[
        "signal_delivered ok ok",
        "step_completed ok 1 -> [yes]",
        "step_cancelled late lost_race",
        "step_skipped no",
        "step_completed yes null -> []",
        r#"instance_ended completed {"no":null,"yes":null}"#,
    ]);
}

#[test]
fn a_failure_edge_handles_and_the_flow_goes_on() {
    let flow = "
flow: f
steps:
  - {id: a, type: activity, handler: h, next: [ok, {to: other, on: failure, when: 'error.code == \"x\"'}]}
  - {id: ok, type: assign}
  - {id: other, type: assign}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.failed("a", "x").gives(&[
        "step_failed a x -> [other]",
        "step_skipped ok",
        "step_completed other null -> []",
        r#"instance_ended completed {"ok":null,"other":null}"#,
    ]);
    let mut drive = Drive::start(flow, Value::Null);
    drive.failed("a", "y");
    assert_eq!(drive.status(), "failed");
}

#[test]
fn drain_lets_the_others_finish() {
    let flow = "
flow: f
on_failure: drain
steps:
  - {id: a, type: activity, handler: h, next: a2}
  - {id: a2, type: assign}
  - {id: b, type: activity, handler: h, next: b2}
  - {id: b2, type: assign}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.failed("a", "x").gives(&["step_failed a x -> []", "frame_failing  x", "step_skipped a2"]);
    drive.done("b", json!(1)).gives(&[
        "step_completed b 1 -> [b2]",
        "step_completed b2 null -> []",
        "frame_failed  x",
        "instance_ended failed null x",
    ]);
}
