//! A store that fails now and then.

use std::sync::Arc;
use std::time::Duration;

use flowwright::base::{ErrorKind, InstanceId};
use flowwright::engine::IfExists;
use flowwright::protocol::InstanceStatus;
use flowwright::store::{InstanceFilter, Page, Store};
use flowwright_store::{Fault, FaultPlan, FaultRates, FaultStore, MemoryStore};
use serde_json::json;

use crate::support::{SUM, builder, end, names, sound, until_step};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_comes_to_its_end_all_the_same() {
    for seed in 0..4 {
        let writes = FaultRates { before: 0.05, after: 0.05, late: 0.1 };
        let reads = FaultRates { before: 0.02, ..FaultRates::default() };
        let plan = FaultPlan { seed, writes, reads, ..FaultPlan::default() };
        let inner: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let setup = builder(&inner).open().await.unwrap();
        setup.deploy(SUM).await.unwrap();
        setup
            .deploy(
                "flow: caller\nsteps: [{id: sum, type: call, flow: sum, with: {a: '${ input.n }', b: 1}}]",
            )
            .await
            .unwrap();
        setup.shutdown(Duration::ZERO).await.unwrap();

        let store: Arc<dyn Store> = Arc::new(FaultStore::new(Arc::clone(&inner), plan));
        let engine = loop {
            if let Ok(engine) = builder(&store).open().await {
                break engine;
            }
        };
        let runs: Vec<_> = (0..100)
            .map(|n| {
                let engine = engine.clone();
                tokio::spawn(async move {
                    loop {
                        let key = format!("k{n}");
                        match engine.start("caller", json!({"n": n})).key(key, IfExists::Return).await {
                            Ok(instance) => break instance.id,
                            Err(error) => assert!(error.retryable(), "{error}"),
                        }
                    }
                })
            })
            .collect();
        let mut ids = Vec::new();
        for run in runs {
            ids.push(run.await.unwrap());
        }
        for (n, id) in ids.into_iter().enumerate() {
            let outcome = loop {
                match engine.wait_for(id, Duration::from_secs(10)).await {
                    Ok(outcome) => break outcome,
                    Err(error) if error.kind() == ErrorKind::WaitTimedOut => stuck(&inner, id, seed).await,
                    Err(error) => assert!(error.retryable(), "{error}"),
                }
            };
            assert_eq!((outcome.status, &*outcome.output), (InstanceStatus::Completed, &json!(n + 101)));
        }
        engine.shutdown(Duration::from_secs(5)).await.ok();
        sound(&builder(&inner).open().await.unwrap()).await;
    }
}

/// Says how far an instance and its children came.
async fn stuck(store: &Arc<dyn Store>, id: InstanceId, seed: u64) {
    let mut text = format!("seed {seed}: {id} does not end\n");
    let children = InstanceFilter { parent: Some(id), ..InstanceFilter::default() };
    let children = store.instances(&children, &Page::default()).await.unwrap();
    for id in children.iter().map(|row| row.instance).chain([id]) {
        let summary = store.summary(id).await.unwrap();
        text += &format!("{id}: {summary:?}\n");
        for row in store.history(id, 0, 100).await.unwrap() {
            text += &format!("  {}\n", String::from_utf8_lossy(&row.events));
        }
    }
    for item in store.inbox(&(0..16).collect::<Vec<_>>(), 0, 100).await.unwrap() {
        text +=
            &format!("inbox {} of {}: {}\n", item.id, item.instance, String::from_utf8_lossy(&item.input));
    }
    panic!("{text}");
}

#[tokio::test(start_paused = true)]
async fn a_result_is_recorded_once_although_its_write_was_said_to_have_failed() {
    let faults = Arc::new(FaultStore::new(Arc::new(MemoryStore::new()), FaultPlan::default()));
    let store: Arc<dyn Store> = Arc::clone(&faults) as Arc<dyn Store>;
    let engine = builder(&store).open().await.unwrap();
    engine
        .deploy("flow: f\nsteps: [{id: e, type: activity, handler: echo}, {id: s, type: signal, name: go, needs: e}]")
        .await
        .unwrap();
    for fault in [Fault::Before, Fault::After] {
        // The start is written; the result is what the store fails at.
        faults.script(None);
        faults.script(Some(fault));
        let id = engine.start("f", json!({})).await.unwrap().id;
        until_step(&engine, id, "s", "active").await;
        engine.signal(id, "go", json!(1)).await.unwrap();
        end(&engine, id).await;
        let expected = ["instance_started", "step_activated", "step_completed", "step_activated"];
        assert_eq!(
            names(&engine, id).await[..5],
            [&expected[..], &["signal_delivered"]].concat(),
            "{fault:?}"
        );
    }
    sound(&engine).await;
}

#[tokio::test]
async fn a_caller_is_told_that_the_store_failed_and_nothing_is_done_twice() {
    let faults = Arc::new(FaultStore::new(Arc::new(MemoryStore::new()), FaultPlan::default()));
    let store: Arc<dyn Store> = Arc::clone(&faults) as Arc<dyn Store>;
    let engine = builder(&store).open().await.unwrap();
    engine
        .deploy(
            "flow: f\nsteps: [{id: s, type: signal, name: go}, {id: t, type: signal, name: go, needs: s}]",
        )
        .await
        .unwrap();
    let id = engine.start("f", json!({})).await.unwrap().id;
    for fault in [Fault::Before, Fault::After] {
        faults.script(Some(fault));
        let error = engine.signal(id, "go", json!(1)).id("one").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    }
    until_step(&engine, id, "s", "completed").await;
    engine.signal(id, "go", json!(1)).id("one").await.unwrap();
    assert!(engine.outcome(id).await.unwrap().is_none());
    engine.signal(id, "go", json!(2)).id("two").await.unwrap();
    assert_eq!(*end(&engine, id).await.output, json!(2));
}
