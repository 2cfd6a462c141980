//! Activities: order, retry, loss, lateness, deadlines, checks.

use super::*;

const PAIR: &str = "
flow: pair
vars: {n: 1}
output: {sum: '${ vars.n }'}
steps:
  - {id: a, type: activity, handler: first, with: {n: '${ vars.n }'}, set: {n: output.n + 1}, next: b}
  - {id: b, type: activity, handler: second, with: {n: '${ vars.n }'}}
";

#[test]
fn one_step_follows_the_other_with_its_data() {
    let mut drive = Drive::start(PAIR, Value::Null);
    drive.gives(&["instance_started", "step_activated a", r#"run a first {"n":1}"#]);
    drive.done("a", json!({"n": 41})).gives(&[
        r#"step_completed a {"n":41} -> [b] n=42"#,
        "step_activated b",
        r#"run b second {"n":42}"#,
    ]);
    drive
        .done("b", json!(null))
        .gives(&["step_completed b null -> []", r#"instance_ended completed {"sum":42}"#]);
}

#[test]
fn a_failed_attempt_is_tried_again_until_there_are_no_more() {
    let flow = "
flow: f
steps: [{id: a, type: activity, handler: h, retry: {attempts: 3, initial: 1s, factor: 3, max: 2s}}]";
    let mut drive = Drive::start(flow, Value::Null);
    drive.failed("a", "x").gives(&["attempt_failed a #1 x until 1000"]);
    drive.after(1).timers().gives(&["attempt_started a #2", "run a h null"]);
    drive.failed("a", "x").gives(&["attempt_failed a #2 x until 3000"]);
    drive.after(2).timers().gives(&["attempt_started a #3", "run a h null"]);
    drive.failed("a", "x").gives(&[
        "step_failed a x -> []",
        "frame_failing  x",
        "frame_failed  x",
        "instance_ended failed null x",
    ]);
    assert_eq!(drive.state.error().map(|error| (error.step.as_str(), error.attempt)), Some(("a", 3)));
}

#[test]
fn the_key_stays_over_attempts() {
    let flow = "{flow: f, steps: [{id: a, type: activity, handler: h, retry: {attempts: 2}}]}";
    let mut drive = Drive::start(flow, Value::Null);
    let first = drive.state.running(&drive.graph)[0].idempotency_key.clone();
    drive.failed("a", "x").after(1).timers();
    assert_eq!(drive.state.running(&drive.graph)[0].idempotency_key, first);
}

#[test]
fn codes_and_fatal_errors_bound_what_is_tried_again() {
    let flow =
        "{flow: f, steps: [{id: a, type: activity, handler: h, retry: {attempts: 9, except: [no_such]}}]}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.failed("a", "no_such");
    assert_eq!(drive.status(), "failed");
    let mut drive = Drive::start(flow, Value::Null);
    let work = drive.work("a");
    drive.give(Input::ActivityFailed { work, error: ActivityError::fatal("other", "no") });
    assert_eq!(drive.status(), "failed");
}

#[test]
fn a_lost_attempt_is_repeated_and_counted_but_costs_no_retry() {
    let mut drive = Drive::start("{flow: f, steps: [{id: a, type: activity, handler: h}]}", Value::Null);
    let first = drive.work("a");
    drive.give(Input::ActivityLost { work: first });
    drive.gives(&["attempt_lost a #1", "attempt_started a #2", "run a h null"]);
    drive
        .give(Input::ActivityCompleted { work: first, output: Payload::null() })
        .gives(&["result_late a #1"]);
    drive.done("a", json!(1)).gives(&["step_completed a 1 -> []", "instance_ended completed 1"]);
}

#[test]
fn a_crash_loop_is_brought_before_an_operator() {
    let mut drive = Drive::start("{flow: f, steps: [{id: a, type: activity, handler: h}]}", Value::Null);
    for _ in 0..super::super::MAX_LOST {
        let work = drive.work("a");
        drive.give(Input::ActivityLost { work });
    }
    drive.gives(&["attempt_lost a #16", "step_indeterminate a"]);
}

#[test]
fn what_may_not_run_twice_is_asked_about() {
    let flow = "{flow: f, steps: [{id: pay, type: activity, handler: h, idempotent: false, check: asks}]}";
    let mut drive = Drive::start(flow, Value::Null);
    let work = drive.work("pay");
    drive.give(Input::ActivityLost { work });
    drive.gives(&["attempt_lost pay #1", "attempt_started pay #2", "run pay (check) asks null"]);
    let mut other = Drive::start(flow, Value::Null);
    let work = other.work("pay");
    other.give(Input::ActivityLost { work });
    drive.done("pay (check)", json!({"status": "done", "output": 5}));
    drive.gives(&["step_completed pay 5 -> []", "instance_ended completed 5"]);
    other.done("pay (check)", json!("not_done")).gives(&["attempt_started pay #3", "run pay h null"]);
    let work = other.work("pay");
    other.give(Input::ActivityLost { work });
    other.done("pay (check)", json!("unknown")).gives(&["step_indeterminate pay"]);
    other.give(Input::Complete {
        operator: Drive::operator(),
        step: "pay".into(),
        output: Payload::from(json!(9)),
    });
    other.gives(&["operator_acted pay complete", "step_completed pay 9 -> []", "instance_ended completed 9"]);
}

#[test]
fn the_deadline_ends_all_attempts() {
    let flow = "{flow: f, steps: [{id: a, type: activity, handler: h, deadline: 5s, retry: {attempts: 9, initial: 1m}}]}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.after(5).timers().gives(&[
        "step_failed a deadline -> []",
        "frame_failing  deadline",
        "frame_failed  deadline",
        "instance_ended failed null deadline",
        "stop a #1",
    ]);
    let mut drive = Drive::start(flow, Value::Null);
    let work = drive.work("a");
    drive.give(Input::HandlerMissing { work }).gives(&["handler_missing a #1"]);
    drive.after(5).timers();
    assert_eq!(drive.state.error().map(|error| error.code.as_str()), Some("unknown_handler"));
}

#[test]
fn work_that_no_handler_has_seen_is_not_lost() {
    let mut drive = Drive::start("{flow: f, steps: [{id: a, type: activity, handler: h}]}", Value::Null);
    let work = drive.work("a");
    drive.give(Input::HandlerMissing { work });
    drive.give(Input::ActivityLost { work }).gives(&["attempt_started a #2", "run a h null"]);
}

#[test]
fn work_of_another_process_is_lost_with_it() {
    let flow = "{flow: f, steps: [{id: a, type: activity, handler: h, with: 1}, \
                {id: b, type: activity, handler: g, idempotent: false, needs: a}]}";
    let mut drive = Drive::start(flow, Value::Null);
    let (work, process) = (drive.work("a"), uuid::Uuid::from_u128(7));
    drive.give(Input::HandlerMissing { work });
    drive.give(Input::Suspend(Drive::operator())).gives(&["suspended"]);
    drive.give(Input::AttemptAssigned { work, process }).gives(&[]);
    drive.give(Input::Resume(Drive::operator())).gives(&["resumed"]);
    drive.give(Input::AttemptAssigned { work, process }).gives(&["attempt_assigned a #1", "assign a h 1"]);
    assert_eq!(drive.state.process_of(&drive.graph, work), Some(process));
    // It is asked of one process only, and not missed any more.
    drive.give(Input::AttemptAssigned { work, process: uuid::Uuid::from_u128(8) }).gives(&[]);
    drive.give(Input::HandlerMissing { work }).gives(&[]);
    drive.give(Input::ActivityLost { work }).gives(&[
        "attempt_lost a #1",
        "attempt_started a #2",
        "run a h 1",
    ]);
    let work = drive.work("a");
    assert_eq!(drive.state.process_of(&drive.graph, work), None);
    drive.give(Input::AttemptAssigned { work, process });
    drive.give(Input::ActivityCompleted { work, output: Payload::from(json!(2)) }).gives(&[
        "step_completed a 2 -> [b]",
        "step_activated b",
        "run b g null",
    ]);

    let work = drive.work("b");
    drive.give(Input::HandlerMissing { work });
    drive.give(Input::AttemptAssigned { work, process });
    drive.give(Input::ActivityLost { work }).gives(&["attempt_lost b #1", "step_indeterminate b"]);
}

#[test]
fn an_expression_that_fails_fails_its_step() {
    let flow = "
flow: f
input: {type: object, properties: {n: {type: integer}}}
steps:
  - {id: a, type: activity, handler: h, with: {x: '${ 10 / input.n }'}, next: [{to: b, on: failure}]}
  - {id: b, type: assign, set: {why: steps.a.error.code}}
vars: {why: ''}
output: '${ vars.why }'";
    let mut drive = Drive::start(flow, json!({"n": 0}));
    drive.gives(&[
        "instance_started",
        "step_failed a expression -> [b]",
        r#"step_completed b null -> [] why="expression""#,
        r#"instance_ended completed "expression""#,
    ]);
}

#[test]
fn pools_bound_what_runs_side_by_side_and_nobody_overtakes() {
    let flow = "
flow: f
pools: {desk: 1}
steps:
  - {id: a, type: activity, handler: h, resources: {desk: 1}}
  - {id: b, type: activity, handler: h, resources: {desk: 1}}
  - {id: c, type: activity, handler: h, resources: {desk: 1}}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.gives(&["instance_started", "step_activated a", "step_queued b", "step_queued c", "run a h null"]);
    drive.done("a", json!(1)).gives(&["step_completed a 1 -> []", "step_activated b", "run b h null"]);
    drive.failed("b", "x").gives(&[
        "step_failed b x -> []",
        "frame_failing  x",
        "step_cancelled c scope_failed",
        "frame_failed  x",
        "instance_ended failed null x",
    ]);
}

#[test]
fn input_is_checked_and_its_defaults_filled_in() {
    let flow = "
flow: f
input: {type: object, required: [n], properties: {n: {type: integer}, m: {type: integer, default: 3}}}
steps: [{id: a, type: assign, set: {x: input.n + input.m}}]
vars: {x: 0}
output: '${ vars.x }'";
    let mut drive = Drive::start(flow, json!({"n": 4}));
    drive.gives(&["instance_started", "step_completed a null -> [] x=7", "instance_ended completed 7"]);
    let mut empty = Drive { state: State::new(), ..drive };
    let start = Start {
        instance: InstanceId::new(Uuid::from_u128(8)),
        version: 1,
        key: None,
        input: Payload::from(json!({"n": "four"})),
        labels: BTreeMap::new(),
        parent: None,
    };
    assert_eq!(empty.refused(Input::Start(Box::new(start))), "invalid_input");
}
