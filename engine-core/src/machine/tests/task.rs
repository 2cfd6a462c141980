//! User tasks: claiming, completing, four eyes, lateness.

use super::*;

const DESK: &str = "
flow: f
steps:
  - {id: ask, type: user_task, role: clerk, outcomes: [yes, no], next: check}
  - id: check
    type: user_task
    role: clerk
    not_by: [ask]
    form: {type: object, required: [note], properties: {note: {type: string}}}";

fn complete(outcome: Option<&str>, data: Value) -> TaskAction {
    TaskAction::Complete { outcome: outcome.map(str::to_owned), data: Payload::from(data) }
}

#[test]
fn a_task_is_claimed_done_and_given_on() {
    let mut drive = Drive::start(DESK, Value::Null);
    drive.gives(&["instance_started", "step_activated ask", "offer ask to clerk"]);
    drive
        .give(drive.task("ask", "ann", TaskAction::Claim))
        .gives(&["task_changed ask claimed", "offer ask to ann"]);
    assert_eq!(drive.refused(drive.task("ask", "bob", TaskAction::Claim)), "conflict");
    assert_eq!(drive.refused(drive.task("ask", "bob", complete(Some("yes"), json!(null)))), "conflict");
    assert_eq!(
        drive.refused(drive.task("ask", "ann", complete(Some("perhaps"), json!(null)))),
        "invalid_input"
    );
    drive.give(drive.task("ask", "ann", complete(Some("yes"), json!(null)))).gives(&[
        "task_done ask ann",
        r#"step_completed ask {"by":"ann","data":null,"outcome":"yes"} -> [check]"#,
        "step_activated check",
        "withdraw ask",
        "offer check to clerk",
    ]);
}

#[test]
fn four_eyes_exclude_the_first_person_everywhere() {
    let mut drive = Drive::start(DESK, Value::Null);
    drive.give(drive.task("ask", "ann", complete(Some("yes"), json!(null))));
    assert_eq!(drive.refused(drive.task("check", "ann", TaskAction::Claim)), "forbidden");
    assert_eq!(
        drive.refused(drive.task("check", "bob", TaskAction::Reassign { to: "ann".into() })),
        "forbidden"
    );
    assert_eq!(drive.refused(drive.task("check", "bob", complete(None, json!({})))), "invalid_input");
    drive.give(drive.task("check", "bob", complete(None, json!({"note": "fine"}))));
    assert_eq!(drive.status(), "completed");
}

#[test]
fn the_second_gets_a_conflict_and_the_same_request_its_answer() {
    let mut drive = Drive::start(DESK, Value::Null);
    let Input::Task(input) = drive.task("ask", "ann", complete(Some("no"), json!(null))) else {
        panic!("a task")
    };
    let input = TaskInput { request: Some("r1".into()), ..*input };
    let other = drive.task("ask", "bob", complete(Some("yes"), json!(null)));
    drive.give(Input::Task(Box::new(input.clone())));
    drive.give(Input::Task(Box::new(input))).gives(&[]);
    assert_eq!(drive.refused(other), "conflict");
}

#[test]
fn who_is_no_candidate_is_refused() {
    let mut drive = Drive::start(DESK, Value::Null);
    let Input::Task(input) = drive.task("ask", "eve", TaskAction::Claim) else { panic!("a task") };
    let input = TaskInput { actor: Actor::new("eve"), ..*input };
    assert_eq!(drive.refused(Input::Task(Box::new(input))), "forbidden");
}

#[test]
fn a_late_task_escalates_and_is_never_completed_by_time() {
    let flow = "
flow: f
steps:
  - {id: t, type: user_task, role: clerk, due: 10s, escalate: {after: 5s, to: boss}, next: [{to: remind, on: escalation}]}
  - {id: remind, type: assign}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.after(5).timers().gives(&["task_changed t escalated", "offer t to clerk,boss"]);
    drive.after(5).timers().gives(&[
        "task_changed t overdue",
        "edge_taken remind",
        "step_completed remind null -> []",
    ]);
    assert_eq!(drive.status(), "running");
    drive.give(drive.task("t", "ann", complete(None, json!(1))));
    assert_eq!(drive.status(), "completed");
}
