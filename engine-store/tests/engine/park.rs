//! Leaving memory, and coming back.

use flowwright::base::Span;
use flowwright::engine::Config;
use serde_json::json;

use crate::support::{
    Counter, builder, completes, config, end, places, sound, until, until_step, virtual_builder,
};

fn impatient() -> Config {
    Config { park_after: Span::from_millis(20), snapshot_after: 5, ..config() }
}

#[tokio::test]
async fn what_waits_leaves_memory_and_comes_back_for_a_signal() {
    for place in places() {
        let engine = builder(&place.store).config(impatient()).open().await.unwrap();
        engine
            .deploy(
                "flow: f\nsteps: [{id: a, type: activity, handler: echo, with: 1}, {id: s, type: signal, name: go, needs: a}, \
                 {id: b, type: activity, handler: add, with: ['${ steps.a.output }', '${ steps.s.output }'], needs: s}]",
            )
            .await
            .unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        until_step(&engine, id, "s", "active").await;
        until("it is parked", || async { engine.summary(id).await.unwrap().row.wake.is_none() }).await;
        engine.signal(id, "go", json!(5)).await.unwrap();
        assert_eq!(*end(&engine, id).await.output, json!(6));
        sound(&engine).await;
    }
}

#[tokio::test]
async fn a_parked_timer_fires() {
    for place in places() {
        let engine = builder(&place.store).config(impatient()).open().await.unwrap();
        engine
            .deploy("flow: f\nsteps: [{id: t, type: timer, delay: 150ms}, {id: b, type: activity, handler: echo, with: 9, needs: t}]")
            .await
            .unwrap();
        assert_eq!(completes(&engine, "f", json!({})).await, json!(9));
        sound(&engine).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_parked_timer_beyond_the_horizon_fires_in_time() {
    let (builder, _) = virtual_builder();
    let engine = builder.config(impatient()).open().await.unwrap();
    engine.deploy("flow: f\nsteps: [{id: t, type: timer, delay: '${ input.delay }'}]").await.unwrap();
    let before = tokio::time::Instant::now();
    let mut ids = Vec::new();
    for delay in ["5h", "3h", "9m", "11m"] {
        ids.push(engine.start("f", json!({"delay": delay})).await.unwrap().id);
    }
    for (id, minutes) in ids.into_iter().zip([300, 180, 9, 11]).rev() {
        end(&engine, id).await;
        let view = engine.get(id).await.unwrap();
        let late = view.ended.unwrap().since(view.started).millis() - minutes * 60_000;
        assert!(late < 2_000, "{late} ms late");
    }
    assert!(before.elapsed().as_secs() >= 5 * 3_600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_is_bounded_by_parking_early() {
    for place in places() {
        let config = Config { resident: 50, ..config() };
        let engine = builder(&place.store).config(config).open().await.unwrap();
        engine.deploy("flow: f\nsteps: [{id: s, type: signal, name: go}]").await.unwrap();
        let mut ids = Vec::new();
        for _ in 0..300 {
            ids.push(engine.start("f", json!({})).await.unwrap().id);
        }
        for id in &ids {
            engine.signal(*id, "go", json!(1)).await.unwrap();
        }
        for id in ids {
            end(&engine, id).await;
        }
        sound(&engine).await;
    }
}

#[tokio::test]
async fn snapshots_stand_for_long_histories() {
    for place in places() {
        let counter = Counter::default();
        let counted = counter.clone();
        let config = Config { snapshot_after: 10, ..config() };
        let engine = builder(&place.store)
            .config(config.clone())
            .activity("count", move |_, _: serde_json::Value| {
                let count = counted.add();
                async move { Ok(count) }
            })
            .open()
            .await
            .unwrap();
        engine
            .deploy(
                "flow: f\nsteps: [{id: l, type: loop, until: iteration >= 30, steps: [{id: a, type: activity, handler: count}]}, \
                 {id: s, type: signal, name: go, needs: l}]",
            )
            .await
            .unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        until_step(&engine, id, "s", "active").await;
        let loaded = place.store.load(id).await.unwrap().unwrap();
        let tail: u64 = loaded.tail.iter().map(|row| row.last_seq - row.first_seq + 1).sum();
        assert!(loaded.snapshot.is_some() && tail < loaded.summary.seq);
        drop(engine);
        place.expire();
        let engine = builder(&place.store).config(config).open().await.unwrap();
        engine.signal(id, "go", json!("end")).await.unwrap();
        assert_eq!(*end(&engine, id).await.output, json!("end"));
        sound(&engine).await;
    }
}
