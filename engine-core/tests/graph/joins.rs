//! Joins: which can be met, and who loses.

use crate::support::{graph, ids, said, step};

fn flow(steps: &str) -> String {
    let mut out = String::from("flow: joins\nvars: {x: 1, y: 2}\nsteps:\n");
    for line in steps.split(';').map(str::trim).filter(|line| !line.is_empty()) {
        let (id, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = if rest.is_empty() { String::new() } else { format!(", {rest}") };
        out.push_str(&format!("  - {{id: {id}, type: activity, handler: h{rest}}}\n"));
    }
    out
}

/// Flows whose join `j` can, or cannot, be met.
const CASES: &[(bool, &str)] = &[
    (true, "a next: j; b next: j; j join: every"),
    (true, "a next: j; b next: j; j join: 2"),
    (false, "a next: j; b next: j; j join: 3"),
    (true, "j join: any"),
    (false, "j join: 2"),
    // Success and failure of one step.
    (false, "a next: [j, {to: j, on: failure}]; j join: every"),
    (true, "a next: [j, {to: j, on: any}]; j join: every"),
    (true, "a next: [j, {to: j, on: failure}]; b next: j; j join: 2"),
    (false, "a next: [j, {to: j, on: failure}]; b next: j; j join: 3"),
    // … or behind them.
    (false, "a next: [b, {to: c, on: failure}]; b next: j; c next: j; j join: every"),
    (true, "a next: [b, {to: c, on: failure}]; b next: j; c next: j; j join: all"),
    (true, "a next: [b, {to: c, on: any}]; b next: j; c next: j; j join: every"),
    // Branches of one choice.
    (false, "a choose: first, next: [{to: b, when: vars.x > 1}, c]; b next: j; c next: j; j join: every"),
    (true, "a next: [{to: b, when: vars.x > 1}, c]; b next: j; c next: j; j join: every"),
    (false, "a next: [{to: b, when: vars.x > 1}, {to: c, else: true}]; b next: j; c next: j; j join: every"),
    // Two choices, one in a branch of the other: of four, at most two … and with one free branch, three.
    (
        false,
        "s next: [a, z]; a choose: first, next: [{to: b, when: vars.x > 1}, c]; z choose: first, next: [{to: d, when: vars.y > 1}, e]; \
         b next: j; c next: j; d next: j; e next: j; j join: 3",
    ),
    (
        true,
        "s next: [a, z, f]; a choose: first, next: [{to: b, when: vars.x > 1}, c]; z choose: first, next: [{to: d, when: vars.y > 1}, e]; \
         b next: j; c next: j; d next: j; e next: j; f next: j; j join: 3",
    ),
    // A branch that both ways lead to excludes nothing.
    (
        true,
        "a choose: first, next: [{to: b, when: vars.x > 1}, c]; b next: d; c next: [d, j]; d next: j; j join: every",
    ),
    // A step that is interrupted neither completes nor fails; one that is not goes on.
    (false, "a next: [j, {to: j, on: signal, signal: stop}]; j join: every"),
    (true, "a next: [j, {to: j, on: signal, signal: note, interrupt: false}]; j join: every"),
    (true, "a next: [j, {to: j, on: escalation}], sla: {target: 1h}; j join: every"),
    // Passes of a loop decide anew, and what left it stays taken.
    (
        true,
        "s next: a; a choose: first, next: [{to: b, when: vars.x > 1}, c]; b next: [j, d]; c next: [j, d]; \
         d next: [{to: a, when: vars.y > 1}, e]; e; j join: every",
    ),
    // Inside the loop they do not.
    (
        false,
        "s next: a; a choose: first, next: [{to: b, when: vars.x > 1}, c]; b next: j; c next: j; \
         j join: every, next: [{to: a, when: vars.y > 1}, e]; e",
    ),
];

#[test]
fn joins_that_can_never_be_met_are_errors() {
    for (met, steps) in CASES {
        let said = said(&flow(steps));
        let refused: Vec<_> = said.iter().filter(|(code, ..)| code == "join_unreachable").collect();
        assert_eq!(refused.is_empty(), *met, "{steps}\n{said:?}");
        assert!(refused.iter().all(|(_, path, ..)| path.ends_with(".join")), "{steps}\n{said:?}");
    }
}

#[test]
fn losers_are_those_whose_every_way_leads_through_the_join() {
    for (steps, losers) in [
        ("a next: j; b next: j; j join: any, losers: cancel, next: z; z", "a b"),
        ("s next: [a, b]; a next: j; b next: j; j join: any, losers: cancel; z needs: s", "a b"),
        ("s next: [a, b]; a next: c; c next: j; b next: [j, z]; z; j join: any, losers: cancel", "a c"),
        ("a next: j; b next: j; j join: any, losers: detach", ""),
        ("a next: j; b next: j; j losers: cancel", ""),
        // What goes back leads nowhere else.
        (
            "s next: a; a next: [j, {to: a, when: vars.x > 1}]; b next: j; j join: any, losers: cancel",
            "s a b",
        ),
    ] {
        let graph = graph(&flow(steps));
        let join = step(&graph, "j");
        assert_eq!(ids(&graph, &graph.steps()[join as usize].losers), losers, "{steps}");
    }
}
