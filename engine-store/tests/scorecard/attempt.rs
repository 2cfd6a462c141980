//! Attempts: how often, when, and for how long.

use std::time::Duration;

use flowwright::engine::{ActivityContext, Engine};
use flowwright::protocol::{ActivityError, InstanceStatus};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::world::{World, count, gives, run, story, times};

/// An engine whose `flaky` handler fails with `code` until its `good`th attempt, and notes when it is called.
async fn open(world: &mut World, code: &'static str, good: u32) -> Engine {
    let (diary, start) = (world.diary.clone(), Instant::now());
    let flaky =
        move |context: ActivityContext, _: Value| {
            diary.note(start.elapsed().as_millis().to_string());
            async move {
                match context.attempt() < good {
                    true => Err(ActivityError::retryable(code, "not now")
                        .details(json!({"attempt": context.attempt()}))),
                    false => Ok(context.attempt()),
                }
            }
        };
    world.open_with(|builder| builder.activity("flaky", flaky)).await.engine
}

/// When the handler was called, in milliseconds since the first call.
fn calls(world: &World) -> Vec<u64> {
    let times: Vec<u64> = world.diary.lines().iter().map(|line| line.parse().unwrap()).collect();
    times.iter().map(|time| time - times[0]).collect()
}

fn flow(retry: &str) -> String {
    format!("flow: f\nsteps: [{{id: a, type: activity, handler: flaky, retry: {retry}}}]")
}

#[tokio::test(start_paused = true)]
async fn act02_it_is_tried_again_until_it_succeeds() {
    let mut world = World::new();
    let engine = open(&mut world, "busy", 4).await;
    assert_eq!(gives(&engine, &flow("{attempts: 4, initial: 1s}"), json!({})).await, json!(4));
    assert_eq!(calls(&world).len(), 4);
}

#[tokio::test(start_paused = true)]
async fn act03_when_the_attempts_are_used_up_the_last_error_is_told_with_their_number() {
    let mut world = World::new();
    let engine = open(&mut world, "busy", 99).await;
    let (id, outcome) = run(&engine, &flow("{attempts: 4, initial: 1s}"), json!({})).await;
    let error = outcome.error.unwrap();
    assert_eq!((outcome.status, error.code.as_str(), error.attempt), (InstanceStatus::Failed, "busy", 4));
    assert_eq!(*error.details, json!({"attempt": 4}));
    assert_eq!(calls(&world).len(), 4);
    assert_eq!(engine.get(id).await.unwrap().steps["a"].attempts, 4);
}

#[tokio::test(start_paused = true)]
async fn act04_pauses_grow_to_their_bound_and_jitter_only_shortens_them() {
    let near = |found: &[u64], wanted: &[u64]| {
        found.len() == wanted.len()
            && found.iter().zip(wanted).all(|(found, wanted)| (*wanted..wanted + 40).contains(found))
    };
    let mut world = World::new();
    let engine = open(&mut world, "busy", 99).await;
    run(&engine, &flow("{attempts: 5, initial: 1s, factor: 2, max: 5s}"), json!({})).await;
    assert!(near(&calls(&world), &[0, 1_000, 3_000, 7_000, 12_000]), "{:?}", calls(&world));

    let mut drawn = Vec::new();
    for _ in 0..20 {
        let mut world = World::new();
        let engine = open(&mut world, "busy", 99).await;
        // Other instances, other ids, other lots.
        for _ in 0..drawn.len() {
            run(&engine, "flow: other\nsteps: [{id: a, type: assign, set: {x: '1'}}]", json!({})).await;
        }
        run(&engine, &flow("{attempts: 4, initial: 10s, factor: 2, max: 25s, jitter: 0.5}"), json!({})).await;
        let pauses: Vec<u64> = calls(&world).windows(2).map(|pair| pair[1] - pair[0]).collect();
        for (pause, longest) in pauses.iter().zip([10_000, 20_000, 25_000]) {
            assert!((longest / 2..=longest + 40).contains(pause), "{pauses:?}");
        }
        drawn.push(pauses[0]);
    }
    drawn.sort_unstable();
    assert!(drawn[19] - drawn[0] > 2_000, "no jitter: {drawn:?}");
}

#[tokio::test(start_paused = true)]
async fn act05_an_error_that_is_listed_or_fatal_is_not_tried_again() {
    for (code, retry, runs) in [
        ("declined", "{attempts: 5, except: [declined]}", 1),
        ("declined", "{attempts: 5, only: [busy]}", 1),
        ("busy", "{attempts: 5, only: [busy]}", 5),
        ("busy", "{attempts: 5, except: [declined]}", 5),
    ] {
        let mut world = World::new();
        let engine = open(&mut world, code, 99).await;
        let error = run(&engine, &flow(retry), json!({})).await.1.error.unwrap();
        assert_eq!(
            (calls(&world).len(), error.attempt, error.code.as_str()),
            (runs, runs as u32, code),
            "{retry}"
        );
    }
    let mut world = World::new();
    let fatal =
        "flow: f\nsteps: [{id: a, type: activity, handler: boom, with: declined, retry: {attempts: 5}}]";
    assert_eq!(run(&world.open().await.engine, fatal, json!({})).await.1.error.unwrap().attempt, 1);
    assert_eq!(world.diary.lines(), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn act06_an_attempt_ends_at_its_timeout_and_its_late_result_counts_for_nothing() {
    let mut world = World::new();
    let late = |context: ActivityContext, _: Value| async move {
        if context.attempt() == 1 {
            tokio::time::sleep(Duration::from_secs(80)).await;
            return Ok("late");
        }
        Ok("in time")
    };
    let engine = world.open_with(|builder| builder.activity("late", late)).await.engine;
    let (id, outcome) = run(
        &engine,
        "flow: f\nsteps: [{id: a, type: activity, handler: late, timeout: 1m, retry: {attempts: 2, initial: 1m}}]",
        json!({}),
    )
    .await;
    assert_eq!(*outcome.output, json!("in time"));
    let story = story(&engine, id).await;
    assert_eq!(
        story,
        [
            "instance_started",
            "step_activated a",
            "attempt_failed a",
            "result_late a",
            "attempt_started a",
            "step_completed a",
            "instance_ended"
        ]
    );
    let [failed, late, again] = [
        times(&engine, id, "attempt_failed").await[0],
        times(&engine, id, "result_late").await[0],
        times(&engine, id, "attempt_started").await[0],
    ];
    assert!((60_000..60_100).contains(&failed) && (80_000..80_100).contains(&late), "{failed} {late}");
    assert!((120_000..120_200).contains(&again), "{again}");
}

#[tokio::test(start_paused = true)]
async fn act07_work_that_nobody_takes_up_in_time_fails() {
    let mut world = World::new();
    let engine = world.open_with(|builder| builder.queue("gpu", 1)).await.engine;
    // Nobody has a handler; and somebody has, but its only place is taken.
    let nobody = "flow: nobody\nsteps: [{id: a, type: activity, handler: none, deadline: 5m}]";
    let (id, outcome) = run(&engine, nobody, json!({})).await;
    assert_eq!(outcome.error.unwrap().code, "unknown_handler");
    assert_eq!(times(&engine, id, "step_failed").await[0] / 1_000, 300);
    engine.deploy("flow: long\nsteps: [{id: l, type: activity, handler: hang, queue: gpu}]").await.unwrap();
    engine.start("long", json!({})).await.unwrap();
    let queued = "flow: queued\nsteps: [{id: q, type: activity, handler: work, queue: gpu, deadline: 5m}]";
    let (id, outcome) = run(&engine, queued, json!({})).await;
    assert_eq!(outcome.error.unwrap().code, "deadline");
    assert_eq!(times(&engine, id, "step_failed").await[0] / 1_000, 300);
    assert_eq!(world.diary.lines(), ["l"], "the queued work never began");
}

#[tokio::test(start_paused = true)]
async fn act09_the_whole_flow_times_out_and_is_undone() {
    let mut world = World::new();
    let engine = world.open().await.engine;
    let flow = "
flow: f
timeout: 1h
on_failure: compensate
steps:
  - {id: a, type: activity, handler: work, with: 5, compensate: {handler: undo, with: '${ output }'}}
  - {id: h, type: activity, handler: hang, needs: a}
  - {id: never, type: activity, handler: work, needs: h}
";
    let (id, outcome) = run(&engine, flow, json!({})).await;
    assert_eq!((outcome.status, outcome.error.unwrap().code.as_str()), (InstanceStatus::Failed, "timeout"));
    let mut did = world.diary.lines();
    did[2..].sort();
    assert_eq!(did, ["a", "h", "told h", "undo 5"]);
    let at = times(&engine, id, "step_cancelled").await[0];
    assert!((3_600_000..3_600_100).contains(&at), "{at}");
    let story = story(&engine, id).await;
    assert_eq!((count(&story, "step_cancelled h"), count(&story, "step_compensated")), (1, 1), "{story:?}");
}
