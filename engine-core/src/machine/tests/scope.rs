//! Groups, items, passes, calls.

use super::*;

#[test]
fn a_group_succeeds_as_one_and_gives_its_output() {
    let flow = "
flow: f
steps:
  - id: g
    type: group
    output: {x: '${ steps.a.output }'}
    steps: [{id: a, type: activity, handler: h}]";
    let mut drive = Drive::start(flow, Value::Null);
    drive.gives(&[
        "instance_started",
        "step_activated g",
        "frame_opened g",
        "step_activated g/a",
        "run g/a h null",
    ]);
    drive.done("g/a", json!(1)).gives(&[
        "step_completed g/a 1 -> []",
        r#"frame_completed g {"x":1}"#,
        r#"step_completed g {"x":1} -> []"#,
        r#"instance_ended completed {"x":1}"#,
    ]);
}

#[test]
fn items_run_side_by_side_up_to_the_limit() {
    let flow = "
flow: f
steps:
  - id: each
    type: for_each
    items: '[10, 20, 30]'
    concurrency: 2
    steps: [{id: a, type: activity, handler: h, with: '${ item + index }'}]";
    let mut drive = Drive::start(flow, Value::Null);
    drive.gives(&[
        "instance_started",
        "step_activated each",
        "frame_opened each[0]",
        "frame_opened each[1]",
        "step_activated each[0]/a",
        "step_activated each[1]/a",
        "run each[0]/a h 10",
        "run each[1]/a h 21",
    ]);
    drive.done("each[1]/a", json!("b")).gives(&[
        r#"step_completed each[1]/a "b" -> []"#,
        r#"frame_completed each[1] "b""#,
        "frame_opened each[2]",
        "step_activated each[2]/a",
        "run each[2]/a h 32",
    ]);
    drive.done("each[0]/a", json!("a"));
    drive.done("each[2]/a", json!("c")).gives(&[
        r#"step_completed each[2]/a "c" -> []"#,
        r#"frame_completed each[2] "c""#,
        r#"step_completed each ["a","b","c"] -> []"#,
        r#"instance_ended completed ["a","b","c"]"#,
    ]);
}

#[test]
fn no_items_are_no_work() {
    let flow = "{flow: f, steps: [{id: e, type: for_each, items: '[]', steps: [{id: a, type: assign}]}]}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.gives(&[
        "instance_started",
        "step_activated e",
        "step_completed e [] -> []",
        "instance_ended completed []",
    ]);
}

#[test]
fn tolerated_failures_leave_null_and_one_more_fails_the_step() {
    let flow = "
flow: f
steps:
  - id: e
    type: for_each
    items: '[0, 1, 2]'
    tolerate: {failures: 1}
    steps: [{id: a, type: activity, handler: h}]";
    let mut drive = Drive::start(flow, Value::Null);
    drive.failed("e[0]/a", "x").gives(&[
        "step_failed e[0]/a x -> []",
        "frame_failing e[0] x",
        "frame_failed e[0] x",
    ]);
    let mut other = Drive::start(flow, Value::Null);
    other.failed("e[0]/a", "x").failed("e[2]/a", "y").gives(&[
        "step_failed e[2]/a y -> []",
        "frame_failing e[2] y",
        "frame_failed e[2] y",
        "step_cancelled e[1]/a scope_failed",
        "step_failed e items_failed -> []",
        "frame_failing  items_failed",
        "frame_failed  items_failed",
        "instance_ended failed null items_failed",
        "stop e[1]/a #1",
    ]);
    drive.done("e[1]/a", json!(1));
    drive.done("e[2]/a", json!(2)).gives(&[
        "step_completed e[2]/a 2 -> []",
        "frame_completed e[2] 2",
        "step_completed e [null,1,2] -> []",
        "instance_ended completed [null,1,2]",
    ]);
}

#[test]
fn until_is_enough_and_set_is_the_items_own() {
    let flow = "
flow: f
vars: {mine: 0}
output: {mine: '${ vars.mine }', all: '${ steps.e.output }'}
steps:
  - id: e
    type: for_each
    items: '[1, 2, 3]'
    until: completed >= 2
    output: '${ vars.mine }'
    steps: [{id: a, type: activity, handler: h, set: {mine: output}}]";
    let mut drive = Drive::start(flow, Value::Null);
    drive.done("e[2]/a", json!(30));
    drive.done("e[0]/a", json!(10)).gives(&[
        "step_completed e[0]/a 10 -> [] mine=10",
        "frame_completed e[0] 10",
        "step_cancelled e[1]/a until_held",
        "frame_cancelled e[1]",
        "step_completed e [10,null,30] -> []",
        r#"instance_ended completed {"all":[10,null,30],"mine":0}"#,
        "stop e[1]/a #1",
    ]);
}

#[test]
fn a_loop_judges_before_or_after_each_pass() {
    let flow = "
flow: f
vars: {n: 5}
output: '${ vars.n }'
steps:
  - {id: w, type: loop, while: vars.n < 3, steps: [{id: b, type: assign, set: {n: vars.n + 1}}], next: u}
  - {id: u, type: loop, until: vars.n >= 3, steps: [{id: b, type: assign, set: {n: vars.n + 1}}]}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.gives(&[
        "instance_started",
        "step_activated w",
        "step_completed w null -> [u]",
        "step_activated u",
        "frame_opened u[0]",
        "step_completed u[0]/b null -> [] n=6",
        "frame_completed u[0] null",
        "step_completed u null -> []",
        "instance_ended completed 6",
    ]);
}

#[test]
fn a_call_waits_for_its_child() {
    let flow = "
flow: f
steps: [{id: c, type: call, flow: other, with: {n: 1}, next: [{to: x, on: failure}]}, {id: x, type: assign}]";
    let mut drive = Drive::start(flow, Value::Null);
    drive.gives(&["instance_started", "step_activated c", r#"start child other {"n":1}"#]);
    let at = crate::protocol::At::new(0, 0);
    let child = drive.state.seed().child(1, drive.now);
    let outcome = crate::protocol::ChildOutcome {
        status: crate::protocol::InstanceStatus::Aborted,
        output: Payload::null(),
        error: None,
    };
    drive.give(Input::ChildClosed { child, at, outcome: outcome.clone() }).gives(&[
        "step_failed c child_failed -> [x]",
        "step_completed x null -> []",
        "instance_ended completed null",
    ]);
    assert_eq!(drive.refused(Input::ChildClosed { child, at, outcome }), "instance_closed");
}

#[test]
fn outputs_that_are_not_there_yet_are_null() {
    let flow = "
flow: f
steps:
  - id: e
    type: for_each
    items: \"[1, 2, 3]\"
    until: outputs.filter(o, o != null && o > 0).size() == 2 || outputs[1] == 9
    steps: [{id: a, type: activity, handler: h}]";
    let mut drive = Drive::start(flow, Value::Null);
    drive.done("e[2]/a", json!(5)).done("e[0]/a", json!(0));
    assert_eq!(drive.status(), "running");
    drive.done("e[1]/a", json!(7));
    assert_eq!((drive.status(), drive.state.output()), ("completed", Payload::from(json!([0, 7, 5]))));
}
