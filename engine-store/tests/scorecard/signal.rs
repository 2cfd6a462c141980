//! Signals and messages.

use flowwright::base::ErrorKind;
use flowwright::engine::IfExists;
use flowwright::protocol::InstanceStatus;
use flowwright::store::InstanceFilter;
use serde_json::json;

use crate::support::{builder, end, places, until_step};
use crate::world::{World, count, ops, pass, reaches, story};

const WAIT: &str = "flow: wait\nsteps: [{id: s, type: signal, name: go}]";

/// Takes what comes, a hundred times.
const HUNDRED: &str = "
flow: hundred
vars: {got: []}
steps: [{id: l, type: loop, until: iteration >= 99, steps: [{id: s, type: signal, name: go, set: {got: 'vars.got + [output]'}}]}]
output: ${ vars.got }
";

#[tokio::test(start_paused = true)]
async fn sig02_a_hundred_signals_arrive_in_their_order() {
    let mut world = World::new();
    let engine = world.open().await.engine;
    engine.deploy(HUNDRED).await.unwrap();
    let sent: Vec<u64> = (1..=100).collect();
    for suspended in [false, true] {
        let id = engine.start("hundred", json!({})).await.unwrap().id;
        if suspended {
            engine.suspend(id, ops()).await.unwrap();
        }
        for n in &sent {
            engine.signal(id, "go", json!(n)).await.unwrap();
        }
        if suspended {
            engine.resume(id, ops()).await.unwrap();
        }
        assert_eq!(*end(&engine, id).await.output, json!(sent));
    }
}

#[tokio::test(start_paused = true)]
async fn sig03_of_a_signal_and_a_timeout_the_first_wins_and_the_other_does_nothing() {
    let flow = "
flow: f
steps:
  - {id: b, type: assign, set: {x: '1'}, choose: race, next: [s, t]}
  - {id: s, type: signal, name: go, next: told}
  - {id: t, type: timer, delay: 10s, next: late}
  - {id: told, type: activity, handler: work}
  - {id: late, type: activity, handler: work}
  - {id: rest, type: timer, delay: 1h, needs: [told, late]}
";
    for (at, winner, loser) in [(4_000, "told", "late"), (12_000, "late", "told")] {
        let mut world = World::new();
        let engine = world.open().await.engine;
        engine.deploy(flow).await.unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        pass(at).await;
        engine.signal(id, "go", json!(1)).await.unwrap();
        assert_eq!(end(&engine, id).await.status, InstanceStatus::Completed);
        assert_eq!(world.diary.lines(), [winner]);
        let story = story(&engine, id).await;
        assert_eq!(count(&story, &format!("step_skipped {loser}")), 1, "{story:?}");
        assert_eq!(story.iter().filter(|line| line.starts_with("step_cancelled")).count(), 1);
    }
}

#[tokio::test]
async fn sig04_a_signal_with_a_start_starts_and_signals_once() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy(WAIT).await.unwrap();
        let tell = |signal: &'static str| {
            let engine = engine.clone();
            async move {
                let instance =
                    engine.start("wait", json!({})).key("order-1", IfExists::Return).await.unwrap();
                let sent = engine.signal(instance.id, "go", json!(signal)).id(signal).await;
                (instance.id, instance.existing, sent)
            }
        };
        let calls: Vec<_> = (0..20).map(|_| tokio::spawn(tell("once"))).collect();
        let (mut ids, mut new) = (Vec::new(), 0);
        for call in calls {
            let (id, existing, sent) = call.await.unwrap();
            assert!(sent.is_ok() || sent.unwrap_err().kind() == ErrorKind::InstanceClosed);
            new += usize::from(!existing);
            ids.push(id);
        }
        ids.dedup();
        assert_eq!((ids.len(), new), (1, 1));
        assert_eq!(*end(&engine, ids[0]).await.output, json!("once"));
        assert_eq!(count(&story(&engine, ids[0]).await, "signal_delivered s"), 1);
        assert_eq!(engine.count(&InstanceFilter::default()).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn sig05_a_signal_for_nobody_is_refused_and_nothing_is_stored() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine.deploy(WAIT).await.unwrap();
        let id = engine.start("wait", json!({})).await.unwrap().id;
        engine.signal(id, "go", json!(1)).await.unwrap();
        end(&engine, id).await;
        let before = engine.history(id).await.unwrap();
        let late = engine.signal(id, "go", json!(2)).await.unwrap_err();
        assert_eq!(late.kind(), ErrorKind::InstanceClosed);
        let unknown = "018f0000-0000-7000-8000-000000000000".parse().unwrap();
        assert_eq!(engine.signal(unknown, "go", json!(2)).await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(engine.history(id).await.unwrap(), before);
        let shards: Vec<u32> = (0..16).collect();
        assert!(place.store.inbox(&shards, 0, 10).await.unwrap().is_empty());
        assert!(place.store.load(unknown).await.unwrap().is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn sig06_an_accepted_signal_outlives_a_crash_and_is_delivered_once() {
    for early in [false, true] {
        let mut world = World::new();
        let first = world.open().await;
        first
            .engine
            .deploy("flow: f\nsteps: [{id: t, type: timer, delay: '${ input }'}, {id: s, type: signal, name: go, needs: t}, {id: u, type: signal, name: go, needs: s}]")
            .await
            .unwrap();
        let id = first.engine.start("f", json!(if early { "1m" } else { "0s" })).await.unwrap().id;
        pass(1_000).await;
        first.engine.signal(id, "go", json!("one")).id("one").await.unwrap();
        world.crash(first);
        let engine = world.open().await.engine;
        reaches(&engine, id, "u", "active").await;
        // The sender may not know, and sends it again.
        engine.signal(id, "go", json!("one")).id("one").await.unwrap();
        pass(60_000).await;
        let story = story(&engine, id).await;
        assert_eq!(
            (count(&story, "signal_delivered s"), count(&story, "signal_delivered u")),
            (1, 0),
            "{story:?}"
        );
        assert_eq!(*engine.get(id).await.unwrap().steps["s"].output, json!("one"));
    }
}

#[tokio::test]
async fn sig07_what_arrives_as_the_instance_closes_is_recorded_or_refused() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine
            .deploy("flow: f\nsteps: [{id: a, type: activity, handler: echo}, {id: s, type: signal, name: close, needs: a}]")
            .await
            .unwrap();
        let mut refused = 0;
        for round in 0..20 {
            let id = engine.start("f", json!({})).await.unwrap().id;
            if round % 2 == 0 {
                until_step(&engine, id, "s", "active").await;
            }
            let senders: Vec<_> = (0..20)
                .map(|n| {
                    let engine = engine.clone();
                    let name = if n == round { "close" } else { "other" };
                    tokio::spawn(async move { (n, engine.signal(id, name, json!(n)).await) })
                })
                .collect();
            let mut accepted = Vec::new();
            for sender in senders {
                match sender.await.unwrap() {
                    (n, Ok(())) => accepted.push(n),
                    (_, Err(error)) => {
                        assert_eq!(error.kind(), ErrorKind::InstanceClosed);
                        refused += 1;
                    }
                }
            }
            end(&engine, id).await;
            let mut recorded = Vec::new();
            for entry in engine.history(id).await.unwrap() {
                match &entry.event {
                    flowwright::protocol::Event::SignalKept { signal, .. } => {
                        recorded.push(signal.payload.clone())
                    }
                    flowwright::protocol::Event::SignalDelivered { signal, kept: None, .. } => {
                        recorded.push(signal.payload.clone());
                    }
                    _ => {}
                }
            }
            let mut recorded: Vec<_> = recorded.iter().map(|payload| payload.as_u64().unwrap()).collect();
            recorded.sort_unstable();
            assert_eq!(recorded, accepted, "of {id}");
        }
        assert!(refused > 0, "no signal came too late");
    }
}
