//! Work for handlers that only other processes have.

use std::sync::Arc;
use std::time::Duration;

use flowwright::base::{InstanceId, Span};
use flowwright::engine::{AbortOptions, Config, Engine, EngineBuilder};
use flowwright::protocol::{ActivityError, InstanceStatus, Operator};
use flowwright::store::Store;
use serde_json::{Value, json};

use crate::support::{Counter, Place, builder, completes, config, end, names, places, sound, until};

const FLOW: &str = "
flow: f
steps:
  - {id: near, type: activity, handler: echo, with: 1}
  - {id: far, type: activity, handler: distant, with: '${ input }', needs: near, retry: {attempts: 3, initial: 1ms}}
  - {id: back, type: activity, handler: echo, with: '${ steps.far.output }', needs: far}
";

/// An engine of several that share the database.
fn one_of(store: &Arc<dyn Store>) -> EngineBuilder {
    builder(store).config(Config { lease: Span::from_secs(2), poll: Span::from_millis(100), ..config() })
}

fn distant(builder: EngineBuilder, calls: &Counter) -> EngineBuilder {
    let calls = calls.clone();
    builder.activity("distant", move |_, input: Value| {
        calls.add();
        async move { Ok(json!({ "did": input })) }
    })
}

async fn both_have_shards(first: &Engine, second: &Engine) {
    until("both have shards", || async { !first.shards().is_empty() && !second.shards().is_empty() }).await;
}

/// Two engines; the second begins what the first cannot do, and never ends it.
async fn with_stuck(place: &Place, begun: &Counter) -> (Engine, Engine) {
    let counted = begun.clone();
    let first = one_of(&place.store).open().await.unwrap();
    let stuck = one_of(&place.other)
        .activity("distant", move |_, _: Value| {
            counted.add();
            std::future::pending::<Result<Value, ActivityError>>()
        })
        .open()
        .await
        .unwrap();
    both_have_shards(&first, &stuck).await;
    (first, stuck)
}

/// Starts so many instances of a flow, each with its number.
async fn start(engine: &Engine, flow: &str, count: u64) -> Vec<(u64, InstanceId)> {
    engine.deploy(flow).await.unwrap();
    let mut ids = Vec::new();
    for n in 0..count {
        ids.push((n, engine.start("f", json!(n)).await.unwrap().id));
    }
    ids
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_does_what_this_one_cannot() {
    for place in places() {
        let calls = Counter::default();
        let first = one_of(&place.store).open().await.unwrap();
        let second = distant(one_of(&place.other), &calls).open().await.unwrap();
        both_have_shards(&first, &second).await;
        let ids = start(&first, FLOW, 40).await;
        let mut missed = 0;
        for (n, id) in ids {
            assert_eq!(*end(&first, id).await.output, json!({ "did": n }));
            missed +=
                names(&first, id).await.into_iter().filter(|name| *name == "handler_missing").count() as u64;
        }
        assert_eq!(calls.get(), 40);
        assert!(missed > 0, "all instances were where the handler is");
        sound(&first).await;
        // Each has said once what it has.
        assert_eq!(place.store.inbox(&[0x4000_0001], 0, 1_000).await.unwrap().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_come_back_and_are_retried() {
    let place = Place::sqlite();
    let calls = Counter::default();
    let counted = calls.clone();
    let first = one_of(&place.store).open().await.unwrap();
    let second = one_of(&place.other)
        .activity("distant", move |_, input: Value| {
            let call = counted.add();
            async move {
                if call % 2 == 0 { Ok(input) } else { Err(ActivityError::retryable("flaky", "not now")) }
            }
        })
        .open()
        .await
        .unwrap();
    both_have_shards(&first, &second).await;
    first.deploy(FLOW).await.unwrap();
    for n in 0..20 {
        assert_eq!(completes(&first, "f", json!(n)).await, json!(n));
    }
    assert_eq!(calls.get(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_of_a_process_that_is_gone_is_done_by_the_next() {
    for place in places() {
        let (begun, calls) = (Counter::default(), Counter::default());
        let (first, stuck) = with_stuck(&place, &begun).await;
        let ids = start(&first, FLOW, 20).await;
        until("all of it has been begun", || async { begun.get() == 20 }).await;
        drop(stuck);
        let next = distant(one_of(&place.other), &calls).open().await.unwrap();
        for (n, id) in ids {
            let outcome = end(&next, id).await;
            assert_eq!((outcome.status, &*outcome.output), (InstanceStatus::Completed, &json!({ "did": n })));
        }
        assert_eq!(calls.get(), 20);
        sound(&first).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_is_not_wanted_any_more_is_stopped_where_it_runs() {
    let place = Place::sqlite();
    let (begun, stopped) = (Counter::default(), Counter::default());
    let counted = (begun.clone(), stopped.clone());
    let first = one_of(&place.store).open().await.unwrap();
    let second = one_of(&place.other)
        .activity("distant", move |context, _: Value| {
            let (begun, stopped) = counted.clone();
            async move {
                begun.add();
                context.cancelled().await;
                stopped.add();
                Err::<Value, _>(ActivityError::fatal("stopped", "as told"))
            }
        })
        .open()
        .await
        .unwrap();
    both_have_shards(&first, &second).await;
    let ids = start(&first, FLOW, 10).await;
    until("all of it has been begun", || async { begun.get() == 10 }).await;
    for (_, id) in ids {
        let operator = Operator::new("ops", "not needed");
        first.abort(id, operator, AbortOptions::default()).await.unwrap();
        assert_eq!(end(&first, id).await.status, InstanceStatus::Aborted);
    }
    until("all of it has been stopped", || async { stopped.get() == 10 }).await;
    second.shutdown(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_may_go_while_another_works_for_it() {
    let place = Place::sqlite();
    let (calls, gate) = (Counter::default(), Arc::new(tokio::sync::Semaphore::new(0)));
    let shared = (calls.clone(), Arc::clone(&gate));
    let first = one_of(&place.store).open().await.unwrap();
    let second = one_of(&place.other)
        .activity("distant", move |_, input: Value| {
            let (calls, gate) = shared.clone();
            async move {
                calls.add();
                let _open = gate.acquire().await;
                Ok(input)
            }
        })
        .open()
        .await
        .unwrap();
    both_have_shards(&first, &second).await;
    let ids = start(&first, FLOW, 20).await;
    until("all of it has been begun", || async { calls.get() == 20 }).await;
    drop(first);
    until("the rest is taken over", || async { second.shards().len() == 16 }).await;
    for (_, id) in &ids {
        // Once this is decided the instance has come.
        second.signal(*id, "hello", json!(null)).await.unwrap();
    }
    gate.add_permits(1_000);
    for (n, id) in ids {
        assert_eq!(*end(&second, id).await.output, json!(n));
    }
    // What runs here already is not begun again when its instance comes here.
    assert_eq!(calls.get(), 20);
    sound(&second).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_must_not_run_twice_waits_for_an_operator_when_its_process_is_gone() {
    let place = Place::sqlite();
    let (begun, calls) = (Counter::default(), Counter::default());
    let (first, stuck) = with_stuck(&place, &begun).await;
    first
        .deploy("flow: f\nsteps: [{id: far, type: activity, handler: distant, idempotent: false}]")
        .await
        .unwrap();
    let id = first.start("f", json!({})).await.unwrap().id;
    until("it has been begun", || async { begun.get() == 1 }).await;
    let explained = first.explain(id).await.unwrap();
    assert!(explained.to_string().contains("in process"), "{explained}");
    drop(stuck);
    let _next = distant(one_of(&place.other), &calls).open().await.unwrap();
    until("it is known to be lost", || async { names(&first, id).await.contains(&"step_indeterminate") })
        .await;
    assert_eq!(calls.get(), 0);
    assert!(!names(&first, id).await.contains(&"attempt_started"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_done_elsewhere_is_undone_elsewhere() {
    let place = Place::sqlite();
    let (calls, undone) = (Counter::default(), Counter::default());
    let counted = undone.clone();
    let first = one_of(&place.store).open().await.unwrap();
    let second = distant(one_of(&place.other), &calls)
        .activity("undo", move |_, input: Value| {
            counted.add();
            async move { Ok(input) }
        })
        .open()
        .await
        .unwrap();
    both_have_shards(&first, &second).await;
    first
        .deploy(
            "flow: f
on_failure: compensate
steps:
  - {id: far, type: activity, handler: distant, with: 1, compensate: {handler: undo}}
  - {id: bad, type: activity, handler: fail, with: 1, needs: far}",
        )
        .await
        .unwrap();
    let id = first.start("f", json!({})).await.unwrap().id;
    assert_eq!(end(&first, id).await.status, InstanceStatus::Failed);
    let names = names(&first, id).await;
    assert!(names.contains(&"step_compensated") && names.contains(&"attempt_assigned"), "{names:?}");
    assert_eq!((calls.get(), undone.get()), (1, 1));
}
