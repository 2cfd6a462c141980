//! Recovery.

use std::sync::Arc;
use std::time::Duration;

use flowwright::base::ErrorKind;
use flowwright::engine::{Config, Engine};
use flowwright::protocol::{Actor, Chain, InstanceStatus, wire};
use flowwright::store::{InstanceFilter, Page, TaskFilter};
use flowwright_store::SqliteStore;
use serde_json::{Value, json};

use crate::support::{builder, end, places, sound, until, until_step};
use crate::world::{World, count, gives, pass, story};

#[tokio::test(start_paused = true)]
async fn rec01_a_finished_step_is_not_run_again() {
    const FLOW: &str = "
flow: f
steps:
  - {id: a, type: activity, handler: work, with: 1}
  - {id: b, type: activity, handler: work, with: ['${ steps.a.output }', 2], needs: a}
  - {id: t, type: timer, delay: 5s, needs: b}
  - {id: c, type: activity, handler: work, with: ['${ steps.b.output }', 3], needs: t}
";
    let whole = gives(&World::new().open().await.engine, FLOW, json!({})).await;
    assert_eq!(whole, json!([[1, 2], 3]));
    World::crash_everywhere(FLOW, async |place, durable, diary, engine, id| {
        let outcome = engine.outcome(id).await.unwrap().unwrap();
        assert_eq!((outcome.status, &*outcome.output), (InstanceStatus::Completed, &whole), "{place}");
        let now = story(&engine, id).await;
        assert!(now.starts_with(&durable), "{place}: {now:?} does not go on from {durable:?}");
        for step in ["a", "b", "c"] {
            let runs = count(&diary, step);
            let most = if count(&durable, &format!("step_completed {step}")) == 1 { 1 } else { 2 };
            assert!((1..=most).contains(&runs), "{place}: {step} ran {runs} times of at most {most}");
            assert_eq!(count(&now, &format!("step_completed {step}")), 1, "{place}");
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn rec02_a_step_that_ran_at_the_crash_runs_again_and_its_attempts_show() {
    let mut world = World::new();
    let first = world.open().await;
    first
        .engine
        .deploy(
            "flow: f\nsteps: [{id: a, type: activity, handler: work}, {id: b, type: activity, handler: slow, with: 7, needs: a}]",
        )
        .await
        .unwrap();
    let id = first.engine.start("f", json!({})).await.unwrap().id;
    pass(1_000).await;
    assert_eq!(world.diary.lines(), ["a", "b"]);
    world.crash(first);
    let second = world.open().await.engine;
    assert_eq!(*end(&second, id).await.output, json!(7));
    assert_eq!(world.diary.lines(), ["a", "b", "b"]);
    let story = story(&second, id).await;
    let behind = story.iter().position(|line| line == "step_activated b").unwrap();
    assert_eq!(
        story[behind..],
        ["step_activated b", "attempt_lost b", "attempt_started b", "step_completed b", "instance_ended"]
    );
    let view = second.get(id).await.unwrap();
    assert_eq!((view.steps["a"].attempts, view.steps["b"].attempts), (1, 2));
}

#[tokio::test]
async fn rec04_a_flipped_byte_is_reported_and_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    const FLOW: &str = "flow: f\nsteps: [{id: a, type: activity, handler: echo, with: 1}, {id: s, type: signal, name: go, needs: a}]";
    let open = || async {
        let store: Arc<dyn flowwright::store::Store> = Arc::new(SqliteStore::open(&path).unwrap());
        (builder(&store).open().await.unwrap(), store)
    };
    let (engine, store) = open().await;
    engine.deploy(FLOW).await.unwrap();
    let broken = engine.start("f", json!({})).await.unwrap().id;
    let sound = engine.start("f", json!({})).await.unwrap().id;
    for id in [broken, sound] {
        until_step(&engine, id, "s", "active").await;
    }
    // Whatever byte of it is changed: either it cannot be read, or its chain of hashes is broken.
    let row = store.history(broken, 0, 1).await.unwrap().remove(0).events;
    let is_sound = |row: &[u8]| {
        wire::read_events(broken, 1, row).is_ok() && wire::check_chain(&mut Chain::new(broken), row)
    };
    assert!(is_sound(&row));
    for at in 0..row.len() {
        let mut flipped = row.clone();
        flipped[at] ^= 1;
        assert!(!is_sound(&flipped), "a flip at {at} is not noticed");
    }
    engine.shutdown(Duration::from_secs(5)).await.unwrap();
    store.close().await.unwrap();

    let database = rusqlite::Connection::open(&path).unwrap();
    let changed = database
        .execute(
            "UPDATE history SET events = CAST(replace(CAST(events AS TEXT), 'instance_started', 'instance_starred') AS BLOB)
             WHERE instance = (SELECT n FROM instances WHERE id = ?1) AND first_seq = 1",
            [broken.uuid().as_bytes().as_slice()],
        )
        .unwrap();
    assert_eq!(changed, 1);
    drop(database);

    let (engine, _store) = open().await;
    engine.signal(sound, "go", json!(5)).await.unwrap();
    assert_eq!(*end(&engine, sound).await.output, json!(5));
    for error in [
        engine.history(broken).await.unwrap_err(),
        engine.get(broken).await.unwrap_err(),
        engine.state(broken).await.unwrap_err(),
        engine.signal(broken, "go", json!(5)).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        let named = [("instance", broken.to_string()), ("position", "1".to_owned())];
        assert_eq!(error.context(), named, "{error}");
    }
    // Nothing was written over it.
    assert_eq!(engine.summary(broken).await.unwrap().row.status, InstanceStatus::Running);
}

#[tokio::test(start_paused = true)]
async fn rec05_two_engines_never_own_one_instance_and_the_heir_comes_within_the_lease() {
    let mut world = World::new();
    let [one, two] = [world.open().await, world.open().await];
    until("they share", || async { (one.engine.shards().len(), two.engine.shards().len()) == (8, 8) }).await;
    one.engine
        .deploy("flow: f\nsteps: [{id: a, type: activity, handler: slow}, {id: b, type: activity, handler: slow, with: '${ instance.key }', needs: a}]")
        .await
        .unwrap();
    let mut ids = Vec::new();
    for n in 0..40 {
        let engine = if n % 2 == 0 { &one.engine } else { &two.engine };
        let start = engine.start("f", json!({})).key(n.to_string(), flowwright::engine::IfExists::Refuse);
        ids.push(start.await.unwrap().id);
    }
    for id in &ids[..20] {
        end(&two.engine, *id).await;
    }
    // Nothing but the first step of each, and the second of each, has run, once each.
    for id in &ids {
        end(&two.engine, *id).await;
    }
    let counts = world.diary.counts();
    assert_eq!((counts["a"], counts["b"], counts.len()), (40, 40, 2));

    let started: Vec<_> = {
        let mut started = Vec::new();
        for _ in 0..20 {
            started.push(two.engine.start("f", json!({})).await.unwrap().id);
        }
        started
    };
    pass(1_000).await;
    one.faults.crash();
    let died = world.now();
    drop(one);
    until("the heir has all", || async { two.engine.shards().len() == 16 }).await;
    let lease = Config::default().lease;
    let handed_over = world.now().since(died);
    assert!(handed_over.millis() <= lease.millis() * 4 / 3 + 100, "{handed_over}");
    for id in started {
        assert_eq!(end(&two.engine, id).await.status, InstanceStatus::Completed);
    }
    sound(&two.engine).await;
}

/// Brings 100 instances to five different points.
async fn mixed(engine: &Engine) -> Vec<flowwright::base::InstanceId> {
    for flow in [
        "flow: signal\nsteps: [{id: s, type: signal, name: go}]",
        "flow: person\nsteps: [{id: t, type: user_task, role: clerk}]",
        "flow: behind\nsteps: [{id: a, type: activity, handler: echo, with: 4}, {id: s, type: signal, name: go, needs: a}]",
        "flow: items\nsteps: [{id: e, type: for_each, items: '[1, 2]', steps: [{id: s, type: signal, name: go}]}]",
        "flow: parent\nsteps: [{id: c, type: call, flow: signal}]",
    ] {
        engine.deploy(flow).await.unwrap();
    }
    let mut ids = Vec::new();
    for n in 0..100 {
        let flow = ["signal", "person", "behind", "items", "parent"][n % 5];
        ids.push(engine.start(flow, json!({})).label("n", n.to_string()).await.unwrap().id);
    }
    ids
}

#[tokio::test]
async fn rec06_state_survives_a_clean_stop_and_start() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        let ids = mixed(&engine).await;
        let all = InstanceFilter { flow: Some("signal".into()), ..InstanceFilter::default() };
        until("children wait", || async { engine.count(&all).await.unwrap() == 40 }).await;
        engine.shutdown(Duration::from_secs(5)).await.unwrap();

        let engine = builder(&place.store).open().await.unwrap();
        let ada = Actor::new("ada").role("clerk");
        for task in engine.inbox(&ada, TaskFilter::default(), &Page::default()).await.unwrap() {
            engine.complete(task.id, ada.clone(), "", Value::Null).await.unwrap();
        }
        let page = Page { limit: 500, after: None };
        for row in engine.list(&InstanceFilter::default(), &page).await.unwrap() {
            let times = match row.row.flow.as_str() {
                "items" => 2,
                "signal" | "behind" => 1,
                _ => 0,
            };
            for n in 0..times {
                engine.signal(row.instance, "go", json!(n)).await.unwrap();
            }
        }
        for (n, id) in ids.into_iter().enumerate() {
            let outcome = end(&engine, id).await;
            assert_eq!(outcome.status, InstanceStatus::Completed);
            let expected = [
                json!(0),
                json!({"by": "ada", "data": null, "outcome": null}),
                json!(0),
                json!([0, 1]),
                json!(0),
            ];
            assert_eq!(*outcome.output, expected[n % 5], "{n}");
        }
        sound(&engine).await;
    }
}
