//! Why an instance is where it is, in words.

use super::*;
use crate::machine::explain;

/// The whole explanation, without the name of the instance; the day is the first one.
fn why(drive: &Drive) -> Vec<String> {
    let text = explain(&drive.graph, &drive.state, drive.now).to_string();
    let text = text.replace("1970-01-01T", "").replace(", since 00:00:00Z", "");
    let text = text.split_once(" is ").map_or(text.as_str(), |(_, rest)| rest);
    text.lines().map(|line| line.trim_start().to_owned()).collect()
}

const WAITING: &str = "
flow: f
pools: {desk: 1}
steps:
  - {id: first, type: activity, handler: h, resources: {desk: 1}, retry: {attempts: 2, initial: 10s}}
  - {id: second, type: activity, handler: h, resources: {desk: 1}}
  - {id: person, type: user_task, role: clerk, due: 1h}
  - {id: word, type: signal, name: news, correlate: '\"k\"'}
  - {id: nap, type: timer, delay: 1d}
  - {id: kid, type: call, flow: other}
  - {id: list, type: for_each, items: '[1]', steps: [{id: in, type: signal, name: more}]}";

#[test]
fn every_kind_of_waiting_has_its_sentence() {
    let drive = Drive::start(WAITING, Value::Null);
    assert_eq!(
        why(&drive),
        [
            "running: 7 steps are under way; the oldest: `first` runs handler `h`, attempt 1",
            "first (activity) runs handler `h`, attempt 1",
            "second (activity) waits for 1 of pool `desk` (1 of 1 are taken)",
            "person (user_task) waits for somebody of role clerk, due 01:00:00Z",
            "word (signal) waits for the signal `news` with key `k`",
            "nap (timer) waits until 1970-01-02T00:00:00Z",
            "kid (call) waits for the child instance 00000000-0000-7f03-967d-ba0b719c2f41 of `other`",
            "list[0]/in (signal) waits for the signal `more`",
        ]
    );
}

#[test]
fn what_is_due_and_what_is_overdue() {
    let mut drive = Drive::start(WAITING, Value::Null);
    drive.failed("first", "busy").after(3);
    assert_eq!(why(&drive)[1], "first (activity) waits for attempt 2, due 00:00:10Z");
    drive.after(3600);
    let told = why(&drive);
    assert_eq!(told[1], "first (activity) waits for attempt 2, overdue since 00:00:10Z");
    assert_eq!(told[3], "person (user_task) waits for somebody of role clerk, overdue since 01:00:00Z");
}

#[test]
fn the_end_has_its_sentence_too() {
    let start = || Drive::start("{flow: f, steps: [{id: a, type: activity, handler: h}]}", Value::Null);
    let abort = |operator| Input::Abort { operator, compensate: false, force: false };
    assert_eq!(why(start().done("a", json!(1))), ["completed: it has completed"]);
    assert_eq!(why(start().failed("a", "x")), ["failed: `a` failed with x: no"]);
    assert_eq!(why(start().give(abort(Operator::new("ada", "")))), ["aborted: ada aborted it"]);
    assert_eq!(
        why(start().give(abort(Operator::new("ada", "too late")))),
        ["aborted: ada aborted it: too late"]
    );
}

#[test]
fn a_suspended_instance_says_what_came_meanwhile() {
    let mut drive = Drive::start(
        "{flow: f, steps: [{id: a, type: signal, name: s}, {id: b, type: signal, name: s}]}",
        Value::Null,
    );
    drive.give(Input::Suspend(Drive::operator()));
    let first = |drive: &Drive| why(drive).swap_remove(0);
    let since = "suspended: it is suspended since 00:00:00Z;";
    assert_eq!(first(&drive), format!("{since} nothing came meanwhile"));
    drive.give(Drive::signal("s", json!(1)));
    assert_eq!(first(&drive), format!("{since} what came meanwhile waits for it to be resumed"));
    drive.give(Drive::signal("s", json!(2)));
    assert_eq!(first(&drive), format!("{since} 2 things that came meanwhile wait for it to be resumed"));
}

#[test]
fn what_was_passed_over_says_why() {
    let mut drive = Drive::start(
        "
flow: f
steps:
  - {id: a, type: activity, handler: h, next: [{to: big, when: output.n > 3}, {to: small, else: true}]}
  - {id: big, type: signal, name: x, next: more}
  - {id: more, type: signal, name: x}
  - {id: small, type: signal, name: y}",
        Value::Null,
    );
    drive.done("a", json!({"n": 2})).give(Drive::signal("nobody", json!(1)));
    assert_eq!(
        why(&drive),
        [
            "running: `small` waits for the signal `y`",
            "small (signal) waits for the signal `y`",
            "came from a",
            "big was skipped: never reached: `output.n > 3` did not hold after `a` (output.n = 2)",
            "more was skipped: never reached: `big` was skipped",
            "the signal nobody came, and nobody has waited for it",
        ]
    );
}

#[test]
fn undoing_is_explained() {
    let mut drive = Drive::start(
        "
flow: f
steps:
  - {id: a, type: activity, handler: h, compensate: {handler: undo}, next: b}
  - {id: b, type: activity, handler: h, compensate: {handler: undo}, next: c}
  - {id: c, type: signal, name: never}",
        Value::Null,
    );
    drive.done("a", json!(1)).done("b", json!(2));
    drive.give(Input::Abort { operator: Drive::operator(), compensate: true, force: false });
    assert_eq!(
        why(&drive),
        [
            "running: `b` is being undone by handler `undo`, attempt 1; one more step follows",
            "b (compensation) is being undone by handler `undo`, attempt 1; one more step follows",
            "c was cancelled: stopped: the instance was aborted",
        ]
    );
}
