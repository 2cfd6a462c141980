//! What runs side by side, and who comes first.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flowwright::engine::{Config, Engine, EngineBuilder, IfExists};
use flowwright::store::InstanceFilter;
use serde_json::{Value, json};

use crate::diary::Diary;
use crate::support::{builder, end, places};
use crate::world::{World, gives, pass};

/// A handler that takes two seconds, notes its input, and counts how many run beside it.
fn counting(builder: EngineBuilder, diary: &Diary) -> (EngineBuilder, Arc<AtomicUsize>) {
    let (now, most, diary) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), diary.clone());
    let seen = Arc::clone(&most);
    let builder = builder.activity("count", move |_, input: Value| {
        diary.note(input.to_string());
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let now = Arc::clone(&now);
        async move {
            // Not all take equally long.
            tokio::time::sleep(Duration::from_millis(1_000 + input.as_u64().unwrap_or(0) * 37 % 900)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            Ok(input)
        }
    });
    (builder, seen)
}

async fn open(
    world: &mut World,
    with: impl FnOnce(EngineBuilder) -> EngineBuilder,
) -> (Engine, Arc<AtomicUsize>) {
    let diary = world.diary.clone();
    let mut most = Arc::default();
    let engine = world
        .open_with(|builder| {
            let (builder, seen) = counting(with(builder), &diary);
            most = seen;
            builder
        })
        .await
        .engine;
    (engine, most)
}

#[tokio::test(start_paused = true)]
async fn con01_never_more_than_the_limit_and_one_at_a_time_keeps_the_order() {
    let items: Vec<u64> = (0..100).collect();
    for limit in [3, 1] {
        let mut world = World::new();
        let (engine, most) = open(&mut world, |builder| builder).await;
        let flow = format!(
            "flow: f\nsteps: [{{id: e, type: for_each, items: input, concurrency: {limit}, steps: [{{id: a, type: activity, handler: count, with: '${{ item }}'}}]}}]"
        );
        assert_eq!(gives(&engine, &flow, json!(items)).await, json!(items));
        assert_eq!(most.load(Ordering::SeqCst), limit);
        let order: Vec<u64> = world.diary.lines().iter().map(|line| line.parse().unwrap()).collect();
        if limit == 1 {
            assert_eq!(order, items);
        }
        assert_eq!(order.len(), 100);
    }
}

#[tokio::test(start_paused = true)]
async fn con03_the_more_urgent_comes_first_and_a_full_queue_holds_up_no_other() {
    let mut world = World::new();
    let (engine, most) = open(&mut world, |builder| builder.queue("big", 1).queue("small", 1)).await;
    let flow = |name: &str, queue: &str, priority: u32| {
        format!(
            "flow: {name}\nsteps: [{{id: a, type: activity, handler: count, with: '${{ input }}', queue: {queue}, priority: {priority}}}]"
        )
    };
    for (name, queue, priority) in [("low", "big", 1), ("high", "big", 8), ("other", "small", 0)] {
        engine.deploy(flow(name, queue, priority)).await.unwrap();
    }
    let mut ids = Vec::new();
    for (name, input) in [("low", 1), ("low", 2), ("low", 3), ("high", 4), ("low", 5), ("high", 6)] {
        ids.push(engine.start(name, json!(input)).await.unwrap().id);
    }
    for n in 100..400 {
        engine.start("low", json!(n)).await.unwrap();
    }
    pass(10).await;
    let started = world.now();
    for n in 10..20 {
        ids.push(engine.start("other", json!(n)).await.unwrap().id);
    }
    for id in ids {
        end(&engine, id).await;
    }
    let lines: Vec<u64> = world.diary.lines().iter().map(|line| line.parse().unwrap()).collect();
    let of =
        |range: std::ops::Range<u64>| lines.iter().copied().filter(|n| range.contains(n)).collect::<Vec<_>>();
    assert_eq!(of(0..10), [1, 4, 6, 2, 3, 5]);
    assert_eq!(of(10..20), (10..20).collect::<Vec<_>>());
    assert_eq!(most.load(Ordering::SeqCst), 2);
    assert!(world.now().since(started).millis() < 25_000, "300 of one queue held up ten of another");
}

#[tokio::test(start_paused = true)]
async fn con04_of_those_that_want_one_place_one_runs_at_a_time_in_the_order_of_arrival() {
    let mut world = World::new();
    let (engine, most) = open(&mut world, |builder| builder.pool("account", 1)).await;
    engine
        .deploy("flow: f\nsteps: [{id: a, type: activity, handler: count, with: '${ input }', resources: {account: 1}}]")
        .await
        .unwrap();
    let mut ids = Vec::new();
    for n in 0..20 {
        ids.push(engine.start("f", json!(n)).await.unwrap().id);
        pass(20).await;
    }
    for id in ids {
        end(&engine, id).await;
    }
    assert_eq!(most.load(Ordering::SeqCst), 1);
    let expected: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    assert_eq!(world.diary.lines(), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn con05_fifty_callers_with_one_key_get_one_result() {
    for place in places() {
        let runs = Arc::new(AtomicUsize::new(0));
        let open = |store| {
            let runs = Arc::clone(&runs);
            builder(store)
                .config(Config { want_shards: Some(8), ..crate::support::config() })
                .activity("unique", move |_, _: Value| {
                    let run = runs.fetch_add(1, Ordering::SeqCst);
                    async move { Ok(run) }
                })
                .open()
        };
        let engines = [open(&place.store).await.unwrap(), open(&place.other).await.unwrap()];
        engines[0].deploy("flow: f\nsteps: [{id: a, type: activity, handler: unique}]").await.unwrap();
        let calls: Vec<_> = (0..50)
            .map(|n| {
                let engine = engines[n % 2].clone();
                tokio::spawn(async move {
                    let instance = engine.start("f", json!(n)).key("once", IfExists::Return).await.unwrap();
                    (instance.id, end(&engine, instance.id).await.output)
                })
            })
            .collect();
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await.unwrap());
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(*answers[0].1, json!(0));
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        assert_eq!(engines[1].count(&InstanceFilter::default()).await.unwrap(), 1);
    }
}
