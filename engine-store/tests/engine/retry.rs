//! Attempts, timers and timeouts, on a paused clock.

use std::time::Duration;

use flowwright::protocol::{ActivityError, InstanceStatus};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Counter, completes, end, names, virtual_builder};

#[tokio::test(start_paused = true)]
async fn a_failed_attempt_is_tried_again_after_its_pause() {
    let (builder, _) = virtual_builder();
    let tries = Counter::default();
    let counted = tries.clone();
    let engine = builder
        .activity("flaky", move |context, _: Value| {
            let tries = counted.clone();
            async move {
                assert_eq!(u64::from(context.attempt()), tries.add());
                if tries.get() < 4 {
                    Err(ActivityError::retryable("busy", "try later"))
                } else {
                    Ok(json!("done"))
                }
            }
        })
        .open()
        .await
        .unwrap();
    engine
        .deploy(
            "flow: f\nsteps:\n  - {id: a, type: activity, handler: flaky, \
             retry: {attempts: 5, initial: 10m, factor: 3, max: 1h}}",
        )
        .await
        .unwrap();
    let before = Instant::now();
    assert_eq!(completes(&engine, "f", json!({})).await, json!("done"));
    let passed = before.elapsed();
    let expected = Duration::from_secs(60 * (10 + 30 + 60));
    assert!(passed >= expected && passed < expected + Duration::from_secs(5), "{passed:?}");
    assert_eq!(tries.get(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_step_fails_when_its_attempts_are_used_up() {
    let (builder, _) = virtual_builder();
    let engine = builder
        .activity("never", |context, _: Value| async move {
            context.heartbeat(json!({"at": context.attempt()}));
            let last = context.last_heartbeat().map(|details| details["at"].clone());
            assert_eq!(last, (context.attempt() > 1).then(|| json!(context.attempt() - 1)));
            Err::<Value, _>(ActivityError::retryable("busy", "try later"))
        })
        .open()
        .await
        .unwrap();
    engine
        .deploy(
            "flow: f\nsteps: [{id: a, type: activity, handler: never, retry: {attempts: 3, initial: 1s}}]",
        )
        .await
        .unwrap();
    let id = engine.start("f", json!({})).await.unwrap().id;
    let outcome = end(&engine, id).await;
    assert_eq!(outcome.status, InstanceStatus::Failed);
    let error = outcome.error.unwrap();
    assert_eq!((error.code.as_str(), error.step.as_str(), error.attempt), ("busy", "a", 3));
}

#[tokio::test(start_paused = true)]
async fn a_timer_waits_for_a_month() {
    let (builder, _) = virtual_builder();
    let engine = builder.open().await.unwrap();
    engine.deploy("flow: f\nsteps: [{id: wait, type: timer, delay: 30d}]").await.unwrap();
    let before = Instant::now();
    completes(&engine, "f", json!({})).await;
    let (passed, month) = (before.elapsed(), Duration::from_secs(30 * 86_400));
    assert!(passed >= month && passed < month + Duration::from_secs(10), "{passed:?}");
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_takes_too_long_is_given_up_and_told_so() {
    let (builder, _) = virtual_builder();
    let told = Counter::default();
    let counted = told.clone();
    let engine = builder
        .activity("slow", move |context, _: Value| {
            let told = counted.clone();
            async move {
                if context.attempt() == 1 {
                    context.cancelled().await;
                    told.add();
                    return Ok(json!("late"));
                }
                Ok(json!("in time"))
            }
        })
        .open()
        .await
        .unwrap();
    engine
        .deploy(
            "flow: f\nsteps:\n  - {id: a, type: activity, handler: slow, timeout: 1m, retry: {attempts: 2, initial: 1m}}",
        )
        .await
        .unwrap();
    let id = engine.start("f", json!({})).await.unwrap().id;
    assert_eq!(*end(&engine, id).await.output, json!("in time"));
    assert_eq!(told.get(), 1);
    assert!(names(&engine, id).await.contains(&"result_late"));
}

#[tokio::test(start_paused = true)]
async fn a_silent_handler_has_lost_its_heartbeat() {
    let (builder, _) = virtual_builder();
    let engine = builder
        .activity("silent", |context, _: Value| async move {
            if context.attempt() == 1 {
                for n in 0..5 {
                    tokio::time::sleep(Duration::from_secs(20)).await;
                    context.heartbeat(n);
                }
                std::future::pending::<()>().await;
            }
            Ok(context.last_heartbeat().unwrap().clone())
        })
        .open()
        .await
        .unwrap();
    engine
        .deploy(
            "flow: f\nsteps:\n  - {id: a, type: activity, handler: silent, heartbeat: 30s, \
             retry: {attempts: 2, initial: 0s, only: [heartbeat_lost]}}",
        )
        .await
        .unwrap();
    assert_eq!(completes(&engine, "f", json!({})).await, json!(4));
}

#[tokio::test(start_paused = true)]
async fn a_handler_may_take_as_long_as_it_wants() {
    let (builder, _) = virtual_builder();
    let engine = builder
        .activity("long", |context, _: Value| async move {
            tokio::time::sleep(Duration::from_secs(20 * 86_400)).await;
            Ok(context.attempt())
        })
        .open()
        .await
        .unwrap();
    engine.deploy("flow: f\nsteps: [{id: a, type: activity, handler: long}]").await.unwrap();
    assert_eq!(completes(&engine, "f", json!({})).await, json!(1));
}
