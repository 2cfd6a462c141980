//! More than can be done at once, and an instance that cannot be done at all.

use std::sync::Arc;
use std::time::Duration;

use flowwright::base::{ErrorKind, Span};
use flowwright::engine::{Config, Engine, Environment, VirtualEnvironment};
use flowwright::protocol::InstanceStatus;
use flowwright::store::{Commit, HistoryRow, Store};
use flowwright_store::{Fault, FaultPlan, FaultStore, MemoryStore};
use serde_json::{Value, json};

use crate::support::{Counter, builder, completes, config, end, sound, until_step};

/// An engine in virtual time on a store whose calls can be delayed.
async fn slowed(config: Config, calls: &Counter) -> (Engine, Arc<FaultStore>) {
    let environment =
        Arc::new(VirtualEnvironment::new(flowwright::base::Timestamp::from_millis(1_767_225_600_000), 1));
    let clock = Arc::clone(&environment);
    let data: Arc<dyn Store> = Arc::new(MemoryStore::with_clock(Arc::new(move || clock.now())));
    let faults = Arc::new(FaultStore::new(data, FaultPlan::default()));
    let store: Arc<dyn Store> = Arc::clone(&faults) as _;
    let calls = calls.clone();
    let engine = builder(&store)
        .environment(environment)
        .config(Config { lease: Span::from_secs(86_400), poll: Span::from_secs(3_600), ..config })
        .activity("count", move |_, input: Value| {
            calls.add();
            async move { Ok(input) }
        })
        .open()
        .await
        .unwrap();
    (engine, faults)
}

#[tokio::test(start_paused = true)]
async fn callers_beyond_the_bound_are_told_at_once() {
    let calls = Counter::default();
    let (engine, store) = slowed(Config { calls: 100, ..config() }, &calls).await;
    engine.deploy("flow: one\nsteps: [{id: a, type: activity, handler: count, with: 1}]").await.unwrap();
    completes(&engine, "one", json!({})).await;
    let before = tokio::time::Instant::now();
    store.script(Some(Fault::Slow(Span::from_secs(60))));

    let mut runs = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        let engine = engine.clone();
        runs.spawn(async move {
            let started = engine.start("one", json!({})).await;
            (started.map(|instance| instance.id), tokio::time::Instant::now())
        });
    }
    let mut taken = Vec::new();
    let mut refused = 0;
    while let Some(run) = runs.join_next().await {
        match run.unwrap() {
            (Ok(id), at) => {
                assert!(at - before >= Duration::from_secs(60), "answered before it was durable");
                taken.push(id);
            }
            (Err(error), at) => {
                assert_eq!((error.kind(), error.retryable()), (ErrorKind::Overloaded, true), "{error}");
                assert!(at - before < Duration::from_secs(1), "it had to wait to be refused");
                refused += 1;
            }
        }
    }
    assert_eq!((taken.len(), refused), (100, 900));
    for id in taken {
        assert_eq!(end(&engine, id).await.status, InstanceStatus::Completed);
    }
    // Now there is room again.
    completes(&engine, "one", json!({})).await;
    assert_eq!(calls.get(), 102);
    sound(&engine).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_store_holds_handlers_back() {
    let calls = Counter::default();
    let (engine, store) = slowed(Config { window: 8, ..config() }, &calls).await;
    engine
        .deploy(
            "flow: many\nsteps: [{id: all, type: for_each, items: input, steps: [{id: a, type: activity, handler: count, with: '${ item }'}]}]",
        )
        .await
        .unwrap();
    store.script(None);
    store.script(Some(Fault::Slow(Span::from_secs(3_600))));
    let items: Vec<u32> = (0..500).collect();
    let instance = engine.start("many", json!(items)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1_800)).await;
    assert_eq!(calls.get(), 8, "while nothing becomes durable no more than the window is open");
    assert_eq!(*end(&engine, instance.id).await.output, json!(items));
    assert_eq!(calls.get(), 500);
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_cannot_be_read_holds_up_nobody() {
    let calls = Counter::default();
    let config = Config { shards: 1, workers: 1, park_after: Span::from_secs(1), ..config() };
    let (engine, store) = slowed(config, &calls).await;
    engine
        .deploy(
            "flow: f\nsteps: [{id: s, type: signal, name: go}, {id: a, type: activity, handler: count, with: 1, needs: s}]",
        )
        .await
        .unwrap();
    let poison = engine.start("f", json!({})).await.unwrap().id;
    let mut others = Vec::new();
    for _ in 0..20 {
        others.push(engine.start("f", json!({})).await.unwrap().id);
    }
    until_step(&engine, poison, "s", "active").await;
    // It leaves memory.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let seq = engine.summary(poison).await.unwrap().seq;
    let row = HistoryRow {
        first_seq: seq + 1,
        last_seq: seq + 1,
        events: br#"[[1,[{"type":"from_nowhere"}]]]"#.to_vec(),
        ..HistoryRow::default()
    };
    let nonsense =
        Commit { instance: Some(poison), expected_seq: seq, history: Some(row), ..Commit::default() };
    store.commit(vec![nonsense]).await.unwrap();

    for _ in 0..3 {
        let error = engine.signal(poison, "go", json!(1)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains(&poison.to_string()), "{error}");
        for _ in 0..5 {
            let id = others.pop().unwrap();
            engine.signal(id, "go", json!(1)).await.unwrap();
            assert_eq!(end(&engine, id).await.status, InstanceStatus::Completed);
        }
        // It is tried again after a while, and put aside again.
        tokio::time::sleep(Duration::from_secs(40)).await;
    }
    assert_eq!(calls.get(), 15);
    assert_eq!(engine.summary(poison).await.unwrap().row.status, InstanceStatus::Running);
}
