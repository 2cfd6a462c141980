//! Suspension: nothing starts, nothing is lost.

use super::*;

#[test]
fn a_suspended_instance_records_and_goes_on_from_there() {
    let flow =
        "{flow: f, steps: [{id: a, type: activity, handler: h, next: b}, {id: b, type: signal, name: t}]}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.give(Input::Suspend(Drive::operator())).gives(&["suspended"]);
    drive.done("a", json!(1)).gives(&["input_deferred activity_completed"]);
    drive.give(Drive::signal("t", json!(2))).gives(&["input_deferred signal"]);
    assert_eq!(drive.state.next_due(), None);
    drive.give(Input::Resume(Drive::operator())).gives(&[
        "resumed",
        "deferred_taken",
        "step_completed a 1 -> [b]",
        "step_activated b",
        "signal_delivered b t",
        "step_completed b 2 -> []",
        "instance_ended completed 2",
    ]);
}

#[test]
fn tasks_and_operators_wait_for_the_resumption() {
    let mut drive = Drive::start("{flow: f, steps: [{id: t, type: user_task, role: clerk}]}", Value::Null);
    drive.give(Input::Suspend(Drive::operator()));
    assert_eq!(drive.refused(drive.task("t", "ann", TaskAction::Claim)), "instance_suspended");
    let skip = Input::Skip { operator: Drive::operator(), step: "t".into() };
    assert_eq!(drive.refused(skip), "instance_suspended");
}

#[test]
fn a_timer_holds_or_runs_on() {
    let flow = |mode: &str| {
        format!("{{flow: f, steps: [{{id: t, type: timer, delay: 10s, while_suspended: {mode}}}]}}")
    };
    for (mode, left) in [("hold", 16_000), ("run", 10_000)] {
        let mut drive = Drive::start(&flow(mode), Value::Null);
        drive.after(4).give(Input::Suspend(Drive::operator()));
        drive.after(6).give(Input::Resume(Drive::operator()));
        assert_eq!(drive.state.next_due(), Some(Timestamp::from_millis(left)), "{mode}");
    }
}
