//! Cancelling: by a step, by an end, by time.

use super::*;

#[test]
fn a_step_cancels_others_active_or_pending() {
    let flow = "
flow: f
steps:
  - {id: s, type: assign, next: [b, c, x]}
  - {id: b, type: activity, handler: h, next: d}
  - {id: c, type: activity, handler: h, next: d}
  - {id: d, type: activity, handler: h}
  - {id: x, type: activity, handler: h, cancels: [b, c, d], next: y}
  - {id: y, type: assign}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.done("c", json!(1));
    drive.done("x", json!(1)).gives(&[
        "step_completed x 1 -> [y]",
        "step_cancelled b cancelled_by",
        "step_cancelled d cancelled_by",
        "step_completed y null -> []",
        r#"instance_ended completed {"d":null,"y":null}"#,
        "stop b #1",
    ]);
}

#[test]
fn an_end_ends_everything_now() {
    let flow = "
flow: f
steps:
  - {id: a, type: activity, handler: h, next: stop}
  - {id: b, type: group, steps: [{id: c, type: activity, handler: h}]}
  - {id: stop, type: end, status: failed, error: {code: no, message: 'it is ${ steps.a.output }'}}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.done("a", json!(5)).gives(&[
        "step_completed a 5 -> [stop]",
        "step_completed stop null -> []",
        "step_cancelled b/c scope_cancelled",
        "frame_cancelled b",
        "step_cancelled b instance_ended",
        "instance_ended failed null no",
        "stop b/c #1",
    ]);
}

#[test]
fn timeouts_of_a_step_and_of_the_instance() {
    let flow = "
flow: f
timeout: 20s
steps:
  - {id: t, type: user_task, role: clerk, timeout: 5s, next: [{to: n, on: failure}]}
  - {id: n, type: signal, name: never}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.after(5).timers().gives(&["step_failed t timeout -> [n]", "step_activated n", "withdraw t"]);
    drive
        .after(15)
        .timers()
        .gives(&["step_cancelled n instance_timeout", "instance_ended failed null timeout"]);
}
