//! Cycles: back edges, nesting, exits, limits.

use super::*;

#[test]
fn a_back_edge_begins_the_region_again() {
    let flow = "
flow: f
vars: {n: 0}
steps:
  - {id: ask, type: activity, handler: h, next: check}
  - id: check
    type: assign
    set: {n: vars.n + 1}
    next: [{to: ask, when: vars.n < 2, max_iterations: 5}, {to: out, else: true}]
  - {id: out, type: assign}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.done("ask", json!(1)).gives(&[
        "step_completed ask 1 -> [check]",
        "step_completed check null -> [ask] n=1",
        "region_restarted ask",
        "step_activated ask",
        "run ask h null",
    ]);
    drive.done("ask", json!(2)).gives(&[
        "step_completed ask 2 -> [check]",
        "step_completed check null -> [out] n=2",
        "step_completed out null -> []",
        "region_ended",
        "instance_ended completed null",
    ]);
}

#[test]
fn one_pass_too_many_is_a_failure() {
    let flow = "
flow: f
steps:
  - {id: a, type: assign, next: b}
  - {id: b, type: assign, next: [{to: a, max_iterations: 2}]}";
    let mut drive = Drive::start(flow, Value::Null);
    let restarts = drive.lines.iter().filter(|line| line.starts_with("region_restarted")).count();
    assert_eq!(restarts, 2);
    assert_eq!(
        drive.state.error().map(|error| (error.code.as_str(), error.step.as_str())),
        Some(("loop_limit", "b"))
    );
    drive.lines.clear();
}

#[test]
fn an_exit_that_is_not_taken_stays_open_until_the_region_is_over() {
    let flow = "
flow: f
vars: {n: 0}
steps:
  - {id: a, type: assign, set: {n: vars.n + 1}, next: [b, {to: alarm, when: vars.n == 2}]}
  - {id: b, type: assign, next: [{to: a, when: vars.n < 3}]}
  - {id: alarm, type: assign}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.gives(&[
        "instance_started",
        "step_completed a null -> [b] n=1",
        "step_completed b null -> [a]",
        "region_restarted a",
        "step_completed a null -> [b,alarm] n=2",
        "step_completed b null -> [a]",
        "region_restarted a",
        "step_completed alarm null -> []",
        "step_completed a null -> [b] n=3",
        "step_completed b null -> []",
        "region_ended",
        "instance_ended completed null",
    ]);
}

#[test]
fn a_restart_stops_what_still_runs_in_the_region() {
    let flow = "
flow: f
vars: {n: 0}
steps:
  - {id: head, type: assign, set: {n: vars.n + 1}, next: [slow, quick]}
  - {id: slow, type: activity, handler: h, next: tail}
  - {id: quick, type: activity, handler: h, next: [{to: head, when: vars.n < 2}, {to: tail, when: vars.n >= 2}]}
  - {id: tail, type: assign, join: any, next: [{to: head, when: 'false'}]}";
    let mut drive = Drive::start(flow, Value::Null);
    drive.done("quick", json!(1)).gives(&[
        "step_completed quick 1 -> [head]",
        "step_cancelled slow region_restarted",
        "region_restarted head",
        "step_completed head null -> [slow,quick] n=2",
        "step_activated slow",
        "step_activated quick",
        "stop slow #1",
        "run slow h null",
        "run quick h null",
    ]);
}

#[test]
fn loops_inside_loops_count_anew() {
    let flow = "
flow: f
vars: {i: 0, j: 0, all: 0}
output: '${ vars.all }'
steps:
  - {id: outer, type: assign, set: {j: '0'}, next: inner}
  - {id: inner, type: assign, set: {j: vars.j + 1, all: vars.all + 1}, next: [{to: inner, when: vars.j < 3, max_iterations: 2}, {to: tail, else: true}]}
  - {id: tail, type: assign, set: {i: vars.i + 1}, next: [{to: outer, when: vars.i < 4}]}";
    let drive = Drive::start(flow, Value::Null);
    assert_eq!(drive.state.output(), Payload::from(json!(12)));
}
