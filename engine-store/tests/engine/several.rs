//! Several engines on one database.

use std::sync::Arc;
use std::time::Duration;

use flowwright::base::{ErrorKind, InstanceId, Span, Timestamp};
use flowwright::engine::{AbortOptions, Config, Engine, Environment, IfExists, VirtualEnvironment};
use flowwright::protocol::{Actor, InstanceStatus, Operator};
use flowwright::store::{Delivery, Page, Store, TaskFilter, Uuid};
use flowwright_store::{Fault, FaultPlan, FaultStore, MemoryStore, SqliteStore};
use serde_json::json;

use crate::support::{SUM, builder, config, end, names, pair, sound, until, until_step};

fn two() -> (tempfile::TempDir, Arc<dyn Store>, Arc<dyn Store>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shared.db");
    let first = SqliteStore::open(&path).unwrap();
    let second = SqliteStore::open(&path).unwrap();
    (folder, Arc::new(first), Arc::new(second))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_without_shards_is_a_client() {
    let (_folder, first, second) = two();
    let owner = builder(&first).open().await.unwrap();
    let client = builder(&second).open().await.unwrap();
    assert_eq!((owner.shards().len(), client.shards().len()), (16, 0));
    client.deploy(SUM).await.unwrap();
    let id = client.start("sum", pair(1, 1)).key("k", IfExists::Refuse).await.unwrap().id;
    assert_eq!(*end(&client, id).await.output, json!(102));
    let taken = client.start("sum", pair(1, 1)).key("k", IfExists::Refuse).await.unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AlreadyExists);
    assert_eq!(client.start("sum", pair(1, 1)).key("k", IfExists::Return).await.unwrap().id, id);

    client.deploy("flow: t\nsteps: [{id: s, type: signal, name: go}, {id: u, type: user_task, role: clerk, needs: s}]").await.unwrap();
    let id = client.start("t", json!({})).await.unwrap().id;
    client.signal(id, "go", json!(1)).await.unwrap();
    until_step(&client, id, "u", "active").await;
    let ada = Actor::new("ada").role("clerk");
    let task = client.inbox(&ada, TaskFilter::default(), &Page::default()).await.unwrap().remove(0).id;
    owner.claim(task, ada.clone()).await.unwrap();
    let refused = client.claim(task, Actor::new("bob").role("clerk")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    client.complete(task, ada, "", json!(null)).await.unwrap();
    assert_eq!(end(&client, id).await.status, InstanceStatus::Completed);
    let missing = client.signal("018f0000-0000-7000-8000-000000000000".parse().unwrap(), "x", json!(1)).await;
    assert_eq!(missing.unwrap_err().kind(), ErrorKind::NotFound);
    sound(&owner).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_engines_share_the_shards() {
    let (_folder, first, second) = two();
    let half = Config { want_shards: Some(8), ..config() };
    let a = builder(&first).config(half.clone()).open().await.unwrap();
    let b = builder(&second).config(half).open().await.unwrap();
    assert_eq!((a.shards().len(), b.shards().len()), (8, 8));
    a.deploy(SUM).await.unwrap();
    a.deploy("flow: caller\nsteps: [{id: sum, type: call, flow: sum, with: {a: '${ input.n }', b: 1}}]")
        .await
        .unwrap();
    let mut runs = Vec::new();
    for n in 0..60 {
        let engine = if n % 2 == 0 { a.clone() } else { b.clone() };
        let other = if n % 2 == 0 { b.clone() } else { a.clone() };
        runs.push(tokio::spawn(async move {
            let id = engine.start("caller", json!({"n": n})).await.unwrap().id;
            assert_eq!(*end(&other, id).await.output, json!(n + 101));
        }));
    }
    for run in runs {
        tokio::time::timeout(Duration::from_secs(60), run).await.unwrap().unwrap();
    }
    sound(&a).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_engine_is_replaced_by_the_one_that_waits() {
    let (_folder, first, second) = two();
    let short = Config { lease: Span::from_millis(400), ..config() };
    let dead = builder(&first).config(short.clone()).open().await.unwrap();
    let heir = builder(&second).config(short).open().await.unwrap();
    dead.deploy(
        "flow: f\nsteps: [{id: t, type: timer, delay: 200ms}, {id: s, type: signal, name: go, needs: t}]",
    )
    .await
    .unwrap();
    let id = dead.start("f", json!({})).await.unwrap().id;
    drop(dead);
    until("the shards are taken over", || async { heir.shards().len() == 16 }).await;
    until_step(&heir, id, "s", "active").await;
    heir.signal(id, "go", json!(3)).await.unwrap();
    assert_eq!(*end(&heir, id).await.output, json!(3));
}

#[tokio::test(start_paused = true)]
async fn a_new_engine_gets_its_share_and_nothing_is_broken_off() {
    let start = Timestamp::from_millis(1_767_225_600_000);
    let clock = Arc::new(VirtualEnvironment::new(start, 0));
    let shown = Arc::clone(&clock);
    let data = MemoryStore::with_clock(Arc::new(move || shown.now()));
    let open = |seed| {
        let store: Arc<dyn Store> = Arc::new(data.reopen());
        builder(&store)
            .config(Config { workers: 2, ..Config::default() })
            .environment(Arc::new(VirtualEnvironment::new(clock.now(), seed)))
            .activity("slow", |_, input: serde_json::Value| async move {
                tokio::time::sleep(Duration::from_millis(1_500)).await;
                Ok(input)
            })
            .open()
    };
    let first = open(1).await.unwrap();
    assert_eq!(first.shards().len(), 16);
    first
        .deploy(
            "flow: f
steps:
  - {id: a, type: activity, handler: slow, idempotent: false}
  - {id: t, type: timer, delay: 9s, needs: a}
  - {id: b, type: activity, handler: slow, idempotent: false, with: 7, needs: t}",
        )
        .await
        .unwrap();
    let mut ids = Vec::new();
    for _ in 0..60 {
        ids.push(first.start("f", json!({})).await.unwrap().id);
    }
    let second = open(2).await.unwrap();
    until("they have alike", || async { (first.shards().len(), second.shards().len()) == (8, 8) }).await;
    let third = open(3).await.unwrap();
    until("a third has its share", || async {
        let held = [first.shards().len(), second.shards().len(), third.shards().len()];
        held.iter().sum::<usize>() == 16 && held.iter().all(|held| (4..=6).contains(held))
    })
    .await;
    second.shutdown(Duration::from_secs(10)).await.unwrap();
    for id in ids {
        assert_eq!(*end(&third, id).await.output, json!(7));
        let lost = names(&first, id).await.into_iter().filter(|name| *name == "attempt_lost").count();
        assert_eq!(lost, 0, "{id}");
    }
    until("the rest is shared again", || async { (first.shards().len(), third.shards().len()) == (8, 8) })
        .await;
    sound(&first).await;
}

/// Starts instances in one engine, does something to them, and lets a second engine come: how long it takes until they
/// have alike.
async fn shared_after(meanwhile: impl AsyncFn(&Engine, InstanceId)) -> Duration {
    let clock = Arc::new(VirtualEnvironment::new(Timestamp::from_millis(1_767_225_600_000), 0));
    let shown = Arc::clone(&clock);
    let data = MemoryStore::with_clock(Arc::new(move || shown.now()));
    let describe = |seed| {
        let store: Arc<dyn Store> = Arc::new(data.reopen());
        builder(&store)
            .config(Config { workers: 2, ..Config::default() })
            .environment(Arc::new(VirtualEnvironment::new(clock.now(), seed)))
    };
    let slow = |_, input: serde_json::Value| async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        Ok(input)
    };
    let first = describe(1).activity("slow", slow).open().await.unwrap();
    let flow = "flow: f\nsteps:\n  - {id: a, type: activity, handler: slow, compensate: {handler: nowhere}, next: go}\n  \
                - {id: go, type: signal, name: go}";
    first.deploy(flow).await.unwrap();
    for _ in 0..60 {
        let id = first.start("f", json!({})).await.unwrap().id;
        meanwhile(&first, id).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let second = describe(2).open().await.unwrap();
    let began = tokio::time::Instant::now();
    until("they have alike", || async { (first.shards().len(), second.shards().len()) == (8, 8) }).await;
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_shard_is_given_away_although_an_undoing_in_it_waits_for_a_handler() {
    let took = shared_after(async |engine, id| {
        until_step(engine, id, "go", "active").await;
        let options = AbortOptions { compensate: true, force: false };
        engine.abort(id, Operator::new("ops", "test"), options).await.unwrap();
    });
    let took = took.await;
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_shard_is_given_away_although_results_in_it_wait_for_suspended_instances() {
    let took = shared_after(async |engine, id| {
        engine.suspend(id, Operator::new("ops", "test")).await.unwrap();
    });
    let took = took.await;
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn answers_to_callers_that_are_gone_do_not_stay() {
    let (builder, store) = crate::support::virtual_builder();
    let call = |millis: u64| {
        // A time-ordered id (RFC 9562, version 7).
        let id = Uuid::from_u128(u128::from(millis) << 80 | 7 << 76 | 2 << 62);
        Delivery {
            instance: InstanceId::new(id),
            shard: ANSWERS,
            dedup: None,
            input: br#"{"done":{}}"#.to_vec(),
        }
    };
    let engine = builder.open().await.unwrap();
    let now = 1_767_225_600_000;
    store.deliver((0..1_500).map(|n| call(now + n)).chain([call(now + 3_000_000)]).collect()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1_300)).await;
    // One is recent: its caller may wait still.
    assert_eq!(store.inbox(&[ANSWERS], 0, 5_000).await.unwrap().len(), 1);
    engine.shutdown(Duration::ZERO).await.unwrap();
}

/// Where answers to calls of other processes are.
const ANSWERS: u32 = 0x4000_0000;

#[tokio::test(start_paused = true)]
async fn who_has_lost_its_lease_and_does_not_know_refuses_nobody() {
    let start = Timestamp::from_millis(1_767_225_600_000);
    let clock = Arc::new(VirtualEnvironment::new(start, 0));
    let shown = Arc::clone(&clock);
    let data = MemoryStore::with_clock(Arc::new(move || shown.now()));
    let faults = Arc::new(FaultStore::new(Arc::new(data.reopen()), FaultPlan::default()));
    let open = async |store: Arc<dyn Store>, number| {
        let environment = Arc::new(VirtualEnvironment::new(clock.now(), number));
        builder(&store).environment(environment).open().await.unwrap()
    };
    let old = open(Arc::clone(&faults) as Arc<dyn Store>, 1).await;
    old.deploy(
        "flow: t\nsteps: [{id: s, type: signal, name: go}, {id: u, type: user_task, role: clerk, needs: s}]",
    )
    .await
    .unwrap();
    let id = old.start("t", json!({})).await.unwrap().id;
    // Its next claim takes longer than the lease. Meanwhile another goes on with the instance.
    faults.script(Some(Fault::Slow(Span::from_secs(60))));
    let new = open(Arc::new(data.reopen()), 2).await;
    until("the new one has the shards", || async { new.shards().len() == 16 }).await;
    assert_eq!(old.shards().len(), 16, "the old one has not heard of it");
    new.signal(id, "go", json!(1)).await.unwrap();
    let ada = Actor::new("ada").role("clerk");
    let task = old.inbox(&ada, TaskFilter::default(), &Page::default()).await.unwrap().remove(0).id;
    old.complete(task, ada, "", json!(null)).await.unwrap();
    assert_eq!(end(&new, id).await.output["by"], "ada");
    sound(&new).await;
}
