//! Operators: a failed step is done again, passed over or given its output.

use super::*;

const FLOW: &str = "
flow: f
steps:
  - {id: a, type: activity, handler: h, next: c}
  - {id: b, type: activity, handler: h, next: c}
  - {id: c, type: assign}";

fn retry(step: &str, anew: bool) -> Input {
    Input::Retry { operator: Drive::operator(), step: step.into(), anew }
}

#[test]
fn a_failed_step_is_done_again_and_what_its_failure_stopped_goes_on() {
    let mut drive = Drive::start(FLOW, Value::Null);
    let key = |drive: &Drive, step: &str| {
        let running = drive.state.running(&drive.graph);
        running.into_iter().find(|run| run.step == step).map(|run| run.idempotency_key)
    };
    let first = key(&drive, "a");
    drive.failed("a", "x");
    drive.give(retry("a", false)).gives(&[
        "operator_acted a retry",
        "step_activated b",
        "step_activated a",
        "run b h null",
        "run a h null",
    ]);
    assert_eq!(key(&drive, "a"), first);
    drive.done("a", json!(1)).done("b", json!(1));
    assert_eq!(drive.status(), "completed");
}

#[test]
fn the_work_is_done_anew_under_another_key() {
    let mut drive = Drive::start(FLOW, Value::Null);
    let first = drive.state.running(&drive.graph)[0].idempotency_key.clone();
    drive.failed("a", "x").give(retry("a", true));
    let keys: Vec<String> =
        drive.state.running(&drive.graph).into_iter().map(|run| run.idempotency_key).collect();
    assert!(!keys.contains(&first));
}

#[test]
fn a_failed_step_is_passed_over_or_completed() {
    let mut drive = Drive::start("{flow: f, steps: [{id: a, type: activity, handler: h}]}", Value::Null);
    drive.failed("a", "x");
    let output = Payload::from(json!("by hand"));
    drive.give(Input::Complete { operator: Drive::operator(), step: "a".into(), output }).gives(&[
        "operator_acted a complete",
        r#"step_completed a "by hand" -> []"#,
        r#"instance_ended completed "by hand""#,
    ]);
    assert_eq!(drive.refused(retry("a", false)), "instance_closed");
}

#[test]
fn a_step_deep_inside_is_taken_up_where_it_failed() {
    let flow = "
flow: f
steps:
  - id: e
    type: for_each
    items: '[1, 2]'
    steps:
      - id: g
        type: group
        steps: [{id: a, type: activity, handler: h, next: b}, {id: b, type: activity, handler: h}]";
    let mut drive = Drive::start(flow, Value::Null);
    drive.done("e[0]/g/a", json!(1)).done("e[1]/g/a", json!(1));
    drive.failed("e[1]/g/b", "x");
    assert_eq!(drive.status(), "failed");
    drive.give(retry("e[1]/g/b", false)).gives(&[
        "operator_acted e[1]/g/b retry",
        "step_activated e[0]/g/b",
        "step_activated e[1]/g/b",
        "run e[0]/g/b h null",
        "run e[1]/g/b h null",
    ]);
    drive.done("e[0]/g/b", json!("x")).done("e[1]/g/b", json!("y"));
    assert_eq!(drive.state.output(), Payload::from(json!(["x", "y"])));
}

#[test]
fn what_drained_is_opened_again_behind_the_step() {
    let flow = "
flow: f
on_failure: drain
steps:
  - {id: a, type: activity, handler: h, next: a2}
  - {id: a2, type: assign, next: j}
  - {id: b, type: activity, handler: h, next: j}
  - {id: j, type: assign}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.done("b", json!(1)).failed("a", "x");
    assert_eq!(drive.status(), "failed");
    drive.give(retry("a", false)).done("a", json!(1)).gives(&[
        "step_completed a 1 -> [a2]",
        "step_completed a2 null -> [j]",
        "instance_ended completed null",
    ]);
}

#[test]
fn what_is_neither_failed_nor_unknown_is_left_alone() {
    let mut drive = Drive::start(FLOW, Value::Null);
    assert_eq!(drive.refused(retry("a", false)), "step_state");
    assert_eq!(drive.refused(retry("nowhere", false)), "not_found");
}
