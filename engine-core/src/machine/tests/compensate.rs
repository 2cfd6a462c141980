//! Compensation: newest first, one at a time, bound at completion.

use super::*;

const ORDERS: &str = "
flow: f
on_failure: compensate
steps:
  - {id: a, type: activity, handler: h, compensate: {handler: undo, with: {it: '${ steps.a.output }'}}, next: b}
  - {id: b, type: activity, handler: h, compensate: {handler: undo, with: '${ output }', retry: {attempts: 2}}, next: c}
  - {id: c, type: activity, handler: h}";

#[test]
fn what_was_completed_is_undone_newest_first() {
    let mut drive = Drive::start(ORDERS, Value::Null);
    drive.done("a", json!(1)).done("b", json!(2)).failed("c", "x").gives(&[
        "step_failed c x -> []",
        "frame_failing  x",
        "compensation_started ",
        "step_compensating b",
        "run b (undo) undo 2",
    ]);
    drive.failed("b (undo)", "busy").gives(&["attempt_failed b #1 busy until 1000"]);
    drive.after(1).timers().gives(&["attempt_started b #2", "run b (undo) undo 2"]);
    drive.done("b (undo)", json!(null)).gives(&[
        "step_compensated b",
        "step_compensating a",
        r#"run a (undo) undo {"it":1}"#,
    ]);
    drive.done("a (undo)", json!(null)).gives(&["step_compensated a", "instance_ended failed null x"]);
}

#[test]
fn a_compensation_that_fails_leaves_both_errors() {
    let mut drive = Drive::start(ORDERS, Value::Null);
    drive.done("a", json!(1)).done("b", json!(2)).failed("c", "x");
    let work = drive.work("b (undo)");
    drive.give(Input::ActivityFailed { work, error: ActivityError::fatal("gone", "no") });
    drive.gives(&["compensation_failed b", "instance_ended failed null x"]);
    let error = drive.state.error().unwrap();
    assert_eq!(error.details["compensation"]["code"], "gone");
}

#[test]
fn an_abort_may_compensate_and_only_force_breaks_that_off() {
    let mut drive = Drive::start(ORDERS, Value::Null);
    drive.done("a", json!(1));
    let abort = |force| Input::Abort { operator: Drive::operator(), compensate: true, force };
    drive.give(abort(false)).gives(&[
        "step_cancelled b aborted",
        "compensation_started ",
        "step_compensating a",
        "stop b #1",
        r#"run a (undo) undo {"it":1}"#,
    ]);
    assert_eq!(drive.refused(abort(false)), "conflict");
    drive.give(abort(true)).gives(&["instance_ended aborted null", "stop a #1"]);
    drive.give(abort(false)).gives(&[]);
}

#[test]
fn an_end_may_undo_first_and_reaches_into_scopes() {
    let flow = "
flow: f
steps:
  - id: g
    type: group
    steps: [{id: a, type: activity, handler: h, compensate: {handler: undo, with: '${ output }'}}]
    next: e
  - {id: e, type: end, compensate: true, output: no}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.done("g/a", json!(1)).gives(&[
        "step_completed g/a 1 -> []",
        "frame_completed g 1",
        "step_completed g 1 -> [e]",
        r#"step_completed e "no" -> []"#,
        "compensation_started ",
        "step_compensating g/a",
        "run g/a (undo) undo 1",
    ]);
    drive.done("g/a (undo)", json!(null));
    assert_eq!((drive.status(), drive.state.output()), ("completed", Payload::from(json!("no"))));
}

#[test]
fn a_lost_undo_is_run_again() {
    let mut drive = Drive::start(ORDERS, Value::Null);
    drive.done("a", json!(1)).failed("b", "x");
    let work = drive.work("a (undo)");
    drive.give(Input::ActivityLost { work });
    drive.gives(&["attempt_lost a #1", "attempt_started a #2", r#"run a (undo) undo {"it":1}"#]);
}

#[test]
fn the_timeout_of_the_instance_undoes_once_and_breaks_no_compensation_off() {
    let timed = ORDERS.replace("on_failure: compensate", "on_failure: compensate\ntimeout: 60s");
    let mut drive = Drive::start(&timed, Value::Null);
    drive.done("a", json!(1)).after(60).timers().gives(&[
        "step_cancelled b instance_timeout",
        "compensation_started ",
        "step_compensating a",
        "stop b #1",
        r#"run a (undo) undo {"it":1}"#,
    ]);
    drive.after(60).timers().gives(&[]);
    drive.done("a (undo)", json!(null)).gives(&["step_compensated a", "instance_ended failed null timeout"]);

    let mut drive = Drive::start(&timed, Value::Null);
    drive.done("a", json!(1)).failed("b", "x").after(120).timers().gives(&[]);
    drive.done("a (undo)", json!(null)).gives(&["step_compensated a", "instance_ended failed null x"]);
}

#[test]
fn what_a_broken_off_compensation_of_a_scope_has_left_is_undone_with_the_rest() {
    let flow = "
flow: f
steps:
  - id: g
    type: group
    on_failure: compensate
    steps:
      - {id: a, type: activity, handler: h, compensate: {handler: undo, with: '${ output }'}, next: b}
      - {id: b, type: activity, handler: h, compensate: {handler: undo, with: '${ output }', retry: {attempts: 3}}, next: c}
      - {id: c, type: activity, handler: h}";
    for waiting in [false, true] {
        let mut drive = Drive::start(flow, Value::Null);
        drive.done("g/a", json!(1)).done("g/b", json!(2)).failed("g/c", "x");
        if waiting {
            drive.failed("g/b (undo)", "busy");
        }
        drive.give(Input::Abort { operator: Drive::operator(), compensate: true, force: false });
        drive.after(60).timers().gives(&[]);
        drive.done("g/b (undo)", json!(null)).gives(&[
            "step_compensated b",
            "step_compensating g/a",
            "run g/a (undo) undo 1",
        ]);
        drive.done("g/a (undo)", json!(null));
        assert_eq!(drive.status(), "aborted");
    }
}
