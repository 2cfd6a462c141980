//! Replay.

use std::sync::Arc;
use std::time::Duration;

use flowwright::base::ErrorKind;
use flowwright::engine::Engine;
use flowwright::graph;
use flowwright::machine::{State, apply};
use flowwright::protocol::{InstanceStatus, wire};
use flowwright::store::Store;
use flowwright_store::SqliteStore;
use serde_json::{Value, json};

use crate::support::{all, builder, end, until_step};
use crate::world::{World, pass, reaches, story};

pub const RICH: &str = "
flow: rich
vars: {sum: 0}
steps:
  - {id: first, type: activity, handler: work, with: '${ input }', set: {sum: 'int(output)'}, compensate: {handler: undo, with: '${ output }'}}
  - {id: flaky, type: activity, handler: flaky, needs: first, retry: {attempts: 2, initial: 1s, jitter: 0.5}}
  - {id: each, type: for_each, items: '[1, 2, 3]', needs: first, concurrency: 2, steps: [{id: w, type: activity, handler: slow, with: '${ item }'}]}
  - {id: more, type: loop, until: iteration >= 2, needs: flaky, steps: [{id: add, type: assign, set: {sum: vars.sum + iteration}}]}
  - {id: odd, type: assign, needs: [{step: more, when: vars.sum % 2 == 1}], set: {sum: vars.sum * 10}}
  - {id: nap, type: timer, delay: 3s, needs: [more, odd]}
  - {id: go, type: signal, name: go, needs: [nap, each]}
output: ['${ vars.sum }', '${ steps.each.output }', '${ steps.go.output }']
";

/// An engine with a handler that fails at first.
pub async fn open(world: &mut World) -> Engine {
    let flaky = |context: flowwright::engine::ActivityContext, _: Value| async move {
        match context.attempt() {
            1 => Err(flowwright::protocol::ActivityError::retryable("busy", "later")),
            attempt => Ok(attempt),
        }
    };
    world.open_with(|builder| builder.activity("flaky", flaky)).await.engine
}

#[tokio::test(start_paused = true)]
async fn rpl01_folding_a_history_gives_the_same_state_and_runs_nothing() {
    let mut world = World::new();
    let engine = open(&mut world).await;
    engine.deploy(RICH).await.unwrap();
    for n in 0..100 {
        let id = engine.start("rich", json!(n)).await.unwrap().id;
        engine.signal(id, "go", json!(n)).await.unwrap();
    }
    let mut before = Vec::new();
    for id in all(&engine).await {
        assert_eq!(end(&engine, id).await.status, InstanceStatus::Completed);
        before.push((id, engine.get(id).await.unwrap()));
    }
    let ran = world.diary.lines().len();
    assert_eq!((before.len(), ran), (100, 400));
    engine.shutdown(Duration::from_secs(5)).await.unwrap();

    let engine = open(&mut world).await;
    let graph = graph::load(RICH).graph.unwrap();
    for (id, view) in before {
        let mut state = State::new();
        for entry in engine.history(id).await.unwrap() {
            apply(&graph, &mut state, &entry.event, entry.at);
        }
        let (_, stored) = engine.state(id).await.unwrap();
        assert_eq!(wire::to_bytes(&state).unwrap(), wire::to_bytes(&stored).unwrap());
        assert_eq!(engine.get(id).await.unwrap(), view);
        assert_eq!((state.status(), state.output()), (view.status, view.output));
    }
    assert_eq!(world.diary.lines().len(), ran, "a handler was called");
}

#[tokio::test]
async fn rpl02_a_definition_that_was_changed_under_its_instance_is_found_out() {
    const FLOW: &str = "flow: f
steps:
  - {id: a, type: signal, name: one}
  - {id: b, type: activity, handler: echo, with: 2, needs: a}
";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let open = || async {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).unwrap());
        (builder(&store).open().await.unwrap(), store)
    };
    let (engine, store) = open().await;
    engine.deploy(FLOW).await.unwrap();
    let id = engine.start("f", json!({})).await.unwrap().id;
    until_step(&engine, id, "a", "active").await;
    let before = engine.history(id).await.unwrap();
    engine.shutdown(Duration::from_secs(5)).await.unwrap();
    store.close().await.unwrap();

    let swapped = FLOW.replace("id: a, type: signal, name: one", "id: b, type: signal, name: one").replace(
        "id: b, type: activity, handler: echo, with: 2, needs: a",
        "id: a, type: activity, handler: echo, with: 2, needs: b",
    );
    let document = graph::load(&swapped).graph.unwrap().definition().to_json().to_string();
    let database = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(database.execute("UPDATE definitions SET document = ?1", [document]).unwrap(), 1);
    drop(database);

    let (engine, store) = open().await;
    for error in [
        engine.signal(id, "one", json!(1)).await.unwrap_err(),
        engine.get(id).await.unwrap_err(),
        engine.start("f", json!({})).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.message().contains("version 1 of flow `f`"), "{error}");
    }
    assert_eq!(store.summary(id).await.unwrap().unwrap().seq, before.len() as u64, "it went on all the same");

    // Deployed as it should be, the swapped flow is another version, and the instance keeps its own.
    engine.shutdown(Duration::from_secs(5)).await.unwrap();
    store.close().await.unwrap();
    let document = graph::load(FLOW).graph.unwrap().definition().to_json().to_string();
    let database = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(database.execute("UPDATE definitions SET document = ?1", [document]).unwrap(), 1);
    drop(database);
    let (engine, _store) = open().await;
    assert_eq!(engine.deploy(swapped).await.unwrap().version, 2);
    engine.signal(id, "one", json!(1)).await.unwrap();
    assert_eq!(*end(&engine, id).await.output, json!(2));
    assert_eq!(engine.get(id).await.unwrap().version, 1);
}

#[tokio::test(start_paused = true)]
async fn rpl03_the_time_that_a_condition_read_is_the_time_of_its_event() {
    let mut world = World::new();
    let engine = world.open().await.engine;
    engine
        .deploy(
            "
flow: f
vars: {deadline: \"${ now + duration('1h') }\"}
steps:
  - {id: wait, type: timer, delay: 30m, next: [{to: early, when: now < timestamp(vars.deadline)}, {to: late, else: true}]}
  - {id: early, type: assign, set: {at: now}}
  - {id: late, type: assign, set: {at: now}}
  - {id: go, type: signal, name: go, needs: [early, late]}
",
        )
        .await
        .unwrap();
    let id = engine.start("f", json!({})).await.unwrap().id;
    reaches(&engine, id, "go", "active").await;
    let (before, view) = (engine.history(id).await.unwrap(), engine.get(id).await.unwrap());
    assert!(story(&engine, id).await.contains(&"step_completed early".to_owned()));
    engine.shutdown(Duration::from_secs(5)).await.unwrap();

    pass(24 * 3_600_000).await;
    let engine = world.open().await.engine;
    engine.signal(id, "go", json!(1)).await.unwrap();
    end(&engine, id).await;
    let (after, later) = (engine.history(id).await.unwrap(), engine.get(id).await.unwrap());
    assert_eq!(after[..before.len()], before);
    assert_eq!(later.vars, view.vars);
    assert_eq!(later.steps["late"].status.name(), "skipped");
}
