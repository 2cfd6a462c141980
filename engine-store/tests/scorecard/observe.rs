//! What can be seen from outside.

use std::time::Duration;

use flowwright::base::Timestamp;
use flowwright::engine::ActivityContext;
use flowwright::protocol::{ActivityError, Event};
use serde_json::{Value, json};

use crate::world::{World, run};

#[tokio::test(start_paused = true)]
async fn obs01_each_attempt_has_one_start_and_one_end_with_its_time_and_number() {
    let mut world = World::new();
    let (diary, zero) = (world.diary.clone(), tokio::time::Instant::now());
    let flaky = move |context: ActivityContext, _: Value| {
        let diary = diary.clone();
        async move {
            let note = |what| {
                diary.note(format!("{what} {} {}", context.attempt(), zero.elapsed().as_millis() / 100))
            };
            note("begin");
            tokio::time::sleep(Duration::from_secs(u64::from(context.attempt()) * 3)).await;
            note("end");
            match context.attempt() {
                1 | 2 => Err(ActivityError::retryable("busy", "later")),
                attempt => Ok(attempt),
            }
        }
    };
    let begun = world.now();
    let engine = world.open_with(|builder| builder.activity("flaky", flaky)).await.engine;
    let flow = "flow: f\nsteps: [{id: a, type: activity, handler: flaky, retry: {attempts: 4, initial: 5s}}]";
    let (id, _) = run(&engine, flow, json!({})).await;

    let mut told = Vec::new();
    let mut attempt = 0;
    let mut tell = |what: &str, attempt: u32, at: Timestamp| {
        told.push(format!("{what} {attempt} {}", at.since(begun).millis() / 100))
    };
    for entry in engine.history(id).await.unwrap() {
        match entry.event {
            Event::StepActivated { .. } => {
                attempt = 1;
                tell("begin", 1, entry.at);
            }
            Event::AttemptStarted { work } => {
                attempt = work.attempt;
                tell("begin", attempt, entry.at);
            }
            Event::AttemptFailed { work, .. } => tell("end", work.attempt, entry.at),
            Event::StepCompleted { .. } => tell("end", attempt, entry.at),
            _ => {}
        }
    }
    assert_eq!(told, world.diary.lines());
    assert_eq!(told.len(), 6);
    let view = engine.get(id).await.unwrap();
    assert_eq!(view.steps["a"].attempts, 3);
}
