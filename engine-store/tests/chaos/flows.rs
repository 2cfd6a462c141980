//! The flows that are run, and what their handler does.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use flowwright::engine::ActivityContext;
use flowwright::graph::{self, Graph};
use flowwright::protocol::ActivityError;
use serde_json::{Value, json};

use crate::lot::seed_of;

/// Work, a timer, items, a child, a signal and a person, and work when all that is done.
pub const JOB: &str = "
flow: job
vars: {got: 0}
sla: {target: 30s, warn: 12s}
steps:
  - {id: a, type: activity, handler: work, with: '${ input.n }', retry: {attempts: 60, initial: 1s, max: 5s}}
  - {id: nap, type: timer, delay: 5s, needs: a}
  - id: each
    type: for_each
    items: '[1, 2, 3]'
    concurrency: 2
    needs: a
    set: {got: vars.got + 1}
    steps: [{id: c, type: activity, handler: work, with: '${ item }', retry: {attempts: 60, initial: 1s, max: 5s}}]
  - {id: leaf, type: call, flow: leaf, with: {n: '${ input.n }'}, needs: nap, set: {got: vars.got + 1}}
  - {id: go, type: signal, name: go, needs: nap, set: {got: vars.got + 1}}
  - id: agree
    type: user_task
    role: clerk
    outcomes: ['yes', 'no']
    due: 4s
    escalate: {after: 9s, to: chief}
    sla: {target: 7s, warn: 2s}
    needs: a
    set: {got: vars.got + 1}
  - id: last
    type: activity
    handler: work
    with: 9
    needs: [each, leaf, go, agree]
    retry: {attempts: 60, initial: 1s, max: 5s}
output: {got: '${ vars.got }', n: '${ steps.leaf.output }', each: '${ steps.each.output }', last: '${ steps.last.output }'}
";

/// What a job calls.
pub const LEAF: &str = "
flow: leaf
steps:
  - {id: one, type: activity, handler: work, with: '${ input.n }', retry: {attempts: 60, initial: 1s, max: 5s}}
  - {id: nap, type: timer, delay: 2s, needs: one}
output: ${ steps.one.output }
";

/// The output of every job that has this number.
pub fn output_of_job(n: usize) -> Value {
    json!({"got": 4, "n": n, "each": [1, 2, 3], "last": 9})
}

/// A flow, compiled.
pub fn graph(flow: &str) -> &'static Graph {
    static JOBS: LazyLock<Arc<Graph>> = LazyLock::new(|| graph::load(JOB).graph.unwrap());
    static LEAVES: LazyLock<Arc<Graph>> = LazyLock::new(|| graph::load(LEAF).graph.unwrap());
    if flow == "job" { &JOBS } else { &LEAVES }
}

/// Gives its input back after a while, or fails, as the lot of the attempt says.
pub async fn work(context: ActivityContext, input: Value) -> Result<Value, ActivityError> {
    let lot = seed_of(context.idempotency_key());
    let pause = lot.jitter(context.attempt(), 1) * 3_000.0;
    tokio::time::sleep(Duration::from_millis(pause as u64)).await;
    if lot.jitter(context.attempt(), 2) < 0.2 {
        return Err(ActivityError::retryable("unlucky", "try again"));
    }
    Ok(input)
}
