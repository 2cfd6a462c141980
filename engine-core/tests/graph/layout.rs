//! How steps and edges are numbered.

use flowwright::definition::{Join, OnFailure, Outcome};
use flowwright::graph::{Kind, RunTimeLength};

use crate::support::{edges, graph, ids, step};

const NESTED: &str = "
flow: nested
pools: {desk: 2}
defaults: {activity: {timeout: 30s, retry: {attempts: 4, initial: 2s}, queue: slow}}
steps:
  - {id: a, type: activity, handler: h, next: [c, b]}
  - id: g
    type: group
    on_failure: drain
    needs: [{step: a, on: failure}]
    steps:
      - {id: a, type: activity, handler: h}
      - id: each
        type: for_each
        items: '[1, 2]'
        needs: a
        steps:
          - {id: pay, type: activity, handler: h, retry: {initial: 5s}, timeout: 1m, resources: {desk: 1, gpu: 2}}
        edges: []
    edges: []
  - {id: b, type: activity, handler: h, needs: [{step: a, on: failure}], cancels: [c], set: {n: output}}
  - {id: c, type: user_task, candidates: {roles: [boss], users: [eve]}, needs: [b], not_by: [c]}
edges:
  - {from: g, to: c, on: any}
";

#[test]
fn scopes_steps_and_edges_are_contiguous_and_in_the_order_written() {
    let graph = graph(NESTED);
    let all: Vec<&str> = graph.steps().iter().map(|node| &*node.path).collect();
    assert_eq!(all, ["a", "g", "b", "c", "g/a", "g/each", "g/each/pay"]);
    let scopes: Vec<_> =
        graph.scopes().iter().map(|scope| (scope.owner, scope.steps.clone(), scope.depth)).collect();
    assert_eq!(scopes, [(None, 0..4, 0), (Some(1), 4..6, 1), (Some(5), 6..7, 2)]);
    assert_eq!(graph.scopes()[1].on_failure, OnFailure::Drain);
    let numbers: Vec<u32> = (0..graph.edges().len() as u32).collect();
    assert_eq!(edges(&graph, &numbers), "a>c a>b a>g a>b g>c b>c a>each");
    assert_eq!(graph.edges()[3].on, Outcome::Failure);
    assert_eq!(graph.edges()[3].source, "steps[2].needs[0]");
    let c = step(&graph, "c");
    assert_eq!(edges(&graph, graph.incoming(c)), "a>c b>c g>c");
    assert_eq!(graph.steps()[c as usize].outgoing, 6..6);
    assert_eq!(graph.steps()[step(&graph, "a") as usize].outgoing, 0..4);
    assert_eq!(ids(&graph, &graph.scopes()[0].starts), "a");
    assert_eq!(ids(&graph, &graph.scopes()[0].sinks), "c");
    assert_eq!(graph.steps()[6].source, "steps[1].steps[1].steps[0]");
}

#[test]
fn steps_are_found_by_path_and_by_id() {
    let graph = graph(NESTED);
    for number in 0..graph.len() as u32 {
        assert_eq!(graph.step_by_path(graph.path(number)), Some(number));
    }
    assert_eq!(graph.step_by_path("g/b"), None);
    assert_eq!(graph.path(99), "");
    assert_eq!(graph.step_in(1, "a"), Some(4));
    assert_eq!(graph.step_in(0, "each"), None);
    assert_eq!(graph.step_in(9, "a"), None);
    assert_eq!((graph.flow(), graph.len(), graph.is_empty()), ("nested", 7, false));
    assert_eq!(graph.definition().flow, "nested");
}

fn millis(length: &RunTimeLength) -> u64 {
    match length {
        RunTimeLength::Fixed(span) => span.millis(),
        RunTimeLength::Expression(_) => panic!("not fixed"),
    }
}

#[test]
fn defaults_hold_where_a_step_says_nothing() {
    let graph = graph(NESTED);
    let node = |path: &str| &graph.steps()[step(&graph, path) as usize];
    let retry = |path: &str| match &node(path).kind {
        Kind::Activity(activity) => {
            let retry = &activity.retry;
            (retry.attempts, millis(&retry.initial), millis(&retry.max), activity.queue.clone())
        }
        _ => panic!("no activity"),
    };
    assert_eq!(retry("a"), (4, 2_000, 300_000, Some("slow".into())));
    // A policy of its own counts as a whole.
    assert_eq!(retry("g/each/pay"), (3, 5_000, 300_000, Some("slow".into())));
    assert_eq!(node("a").timeout.as_ref().map(millis), Some(30_000));
    assert_eq!(node("g/each/pay").timeout.as_ref().map(millis), Some(60_000));
    assert!(node("c").timeout.is_none());
    assert_eq!(node("g/each/pay").resources, [(0, 1)]);
    assert_eq!(node("g/each/pay").engine_resources, [("gpu".into(), 2)]);
    assert_eq!(ids(&graph, &node("b").cancels), "c");
    let Kind::UserTask(task) = &node("c").kind else { panic!("no task") };
    assert_eq!(task.candidates.roles, ["boss"]);
    assert_eq!(task.candidates.users, ["eve"]);
    assert_eq!(ids(&graph, &task.not_by), "c");
    assert_eq!((node("c").join, node("c").arity), (Join::All, 3));
}

#[test]
fn what_is_left_out_has_its_usual_meaning() {
    let graph = graph("flow: f\nsteps:\n  - {id: a, type: activity, handler: h}\n");
    let Kind::Activity(activity) = &graph.steps()[0].kind else { panic!("no activity") };
    assert_eq!(activity.retry.attempts, 1);
    assert!(activity.idempotent);
    let graph = crate::support::graph("flow: f\nsteps:\n  - {id: a, type: user_task, role: clerk}\n");
    let Kind::UserTask(task) = &graph.steps()[0].kind else { panic!("no task") };
    assert_eq!(task.candidates.roles, ["clerk"]);
}
