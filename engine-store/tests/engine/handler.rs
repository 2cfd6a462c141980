//! Handlers: panics, types, names, bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flowwright::protocol::{ActivityError, InstanceStatus};
use serde_json::{Value, json};

use crate::support::{Counter, Place, builder, completes, end, names, until, until_step};

const ONE: &str = "flow: one\nsteps: [{id: a, type: activity, handler: own, with: '${ input }', retry: {attempts: 2, initial: 1ms}}]";

#[tokio::test]
async fn a_panic_is_a_failed_attempt() {
    let place = Place::memory();
    let engine = builder(&place.store)
        .activity("own", |context, _: Value| async move {
            assert!(context.attempt() > 1, "the first attempt goes wrong");
            tokio::task::yield_now().await;
            Ok(json!(context.attempt()))
        })
        .open()
        .await
        .unwrap();
    engine.deploy(ONE).await.unwrap();
    assert_eq!(completes(&engine, "one", json!({})).await, json!(2));
}

#[tokio::test]
async fn a_panic_after_a_wait_is_one_too() {
    let place = Place::memory();
    let engine = builder(&place.store)
        .activity("own", |_, _: Value| async move {
            tokio::task::yield_now().await;
            panic!("always");
            #[expect(unreachable_code, reason = "says what the closure gives")]
            Ok(())
        })
        .open()
        .await
        .unwrap();
    engine.deploy(ONE).await.unwrap();
    let id = engine.start("one", json!({})).await.unwrap().id;
    let error = end(&engine, id).await.error.unwrap();
    assert_eq!(error.code, "panic");
    assert!(error.message.contains("always"), "{}", error.message);
}

#[tokio::test]
async fn an_input_of_the_wrong_type_fails_for_good() {
    let place = Place::memory();
    let engine =
        builder(&place.store).activity("own", |_, input: u32| async move { Ok(input) }).open().await.unwrap();
    engine.deploy(ONE).await.unwrap();
    let id = engine.start("one", json!("no number")).await.unwrap().id;
    let error = end(&engine, id).await.error.unwrap();
    assert_eq!((error.code.as_str(), error.attempt), ("invalid_input", 1));
}

#[tokio::test]
async fn an_output_that_is_too_large_fails_for_good() {
    let place = Place::memory();
    let engine = builder(&place.store)
        .activity("own", |_, _: Value| async move { Ok("x".repeat(3_000_000)) })
        .open()
        .await
        .unwrap();
    engine.deploy(ONE).await.unwrap();
    let id = engine.start("one", json!({})).await.unwrap().id;
    assert_eq!(end(&engine, id).await.error.unwrap().code, "payload_too_large");
}

#[tokio::test]
async fn work_waits_for_its_handler() {
    let place = Place::memory();
    let engine = builder(&place.store).open().await.unwrap();
    engine.deploy(ONE).await.unwrap();
    let first = engine.start("one", json!(1)).await.unwrap().id;
    until("the handler is missed", || async { names(&engine, first).await.contains(&"handler_missing") })
        .await;

    struct Own;
    impl flowwright::engine::Handler for Own {
        fn call(
            &self,
            _: flowwright::engine::ActivityContext,
            input: flowwright::base::Payload,
        ) -> flowwright::engine::HandlerFuture {
            Box::pin(async move { Ok(input) })
        }
    }
    engine.register("own", Arc::new(Own));
    let outcome = end(&engine, first).await;
    assert_eq!((outcome.status, &*outcome.output), (InstanceStatus::Completed, &json!(1)));
}

#[tokio::test]
async fn work_waits_for_a_process_that_has_the_handler() {
    for place in crate::support::places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy(ONE).await.unwrap();
        let id = engine.start("one", json!(7)).await.unwrap().id;
        until("the handler is missed", || async { names(&engine, id).await.contains(&"handler_missing") })
            .await;
        engine.shutdown(Duration::ZERO).await.unwrap();

        let next = builder(&place.store)
            .activity("own", |_, input: Value| async move { Ok(input) })
            .open()
            .await
            .unwrap();
        assert_eq!(*end(&next, id).await.output, json!(7));
    }
}

#[tokio::test]
async fn an_aborted_instance_stops_its_handlers() {
    let place = Place::memory();
    let stopped = Counter::default();
    let counted = stopped.clone();
    let engine = builder(&place.store)
        .activity("own", move |context, _: Value| {
            let stopped = counted.clone();
            async move {
                context.cancelled().await;
                stopped.add();
                Err::<Value, _>(ActivityError::fatal("stopped", "as told"))
            }
        })
        .open()
        .await
        .unwrap();
    engine.deploy(ONE).await.unwrap();
    let id = engine.start("one", json!({})).await.unwrap().id;
    until_step(&engine, id, "a", "active").await;
    until("it runs", || async { engine.load().1 == 1 }).await;
    let operator = flowwright::protocol::Operator::new("ops", "test");
    engine.abort(id, operator, flowwright::engine::AbortOptions::default()).await.unwrap();
    assert_eq!(end(&engine, id).await.status, InstanceStatus::Aborted);
    until("the handler is told", || async { stopped.get() == 1 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pools_and_queues_bound_what_runs_side_by_side() {
    let place = Place::memory();
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counters = (Arc::clone(&now), Arc::clone(&most));
    let engine = builder(&place.store)
        .pool("api", 3)
        .activity("own", move |_, _: Value| {
            let (now, most) = counters.clone();
            async move {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(1)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }
        })
        .open()
        .await
        .unwrap();
    engine
        .deploy("flow: f\nsteps: [{id: a, type: activity, handler: own, resources: {api: 1}}]")
        .await
        .unwrap();
    let mut ids = Vec::new();
    for _ in 0..40 {
        ids.push(engine.start("f", json!({})).await.unwrap().id);
    }
    for id in ids {
        end(&engine, id).await;
    }
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_blocks_holds_up_nobody_else() {
    let place = Place::memory();
    let engine = builder(&place.store)
        .activity("own", |_, _: Value| async move {
            std::thread::sleep(Duration::from_millis(2));
            Ok(())
        })
        .open()
        .await
        .unwrap();
    engine.deploy(ONE).await.unwrap();
    engine.deploy(crate::support::SUM).await.unwrap();
    let mut ids = Vec::new();
    for n in 0..50 {
        ids.push(engine.start("one", json!({})).await.unwrap().id);
        ids.push(engine.start("sum", crate::support::pair(n, n)).await.unwrap().id);
    }
    for id in ids {
        assert_eq!(end(&engine, id).await.status, InstanceStatus::Completed);
    }
}
