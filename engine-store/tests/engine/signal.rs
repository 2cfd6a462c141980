//! Signals and messages.

use flowwright::base::ErrorKind;
use serde_json::json;

use crate::support::{builder, end, names, places, until_step};

#[tokio::test]
async fn a_signal_is_kept_until_somebody_waits_for_it() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine
            .deploy("flow: f\nsteps: [{id: go, type: signal, name: go}, {id: data, type: signal, name: data, needs: go}]")
            .await
            .unwrap();
        let id = engine.start("f", json!({})).await.unwrap().id;
        engine.signal(id, "data", json!({"n": 1})).id("d1").await.unwrap();
        engine.signal(id, "data", json!({"n": 2})).id("d1").await.unwrap();
        engine.signal(id, "go", json!(null)).await.unwrap();
        assert_eq!(*end(&engine, id).await.output, json!({"n": 1}));
        let kept = names(&engine, id).await.into_iter().filter(|name| *name == "signal_kept").count();
        assert_eq!(kept, 1);
        let late = engine.signal(id, "go", json!(null)).await.unwrap_err();
        assert_eq!(late.kind(), ErrorKind::InstanceClosed);
    }
}

#[tokio::test]
async fn a_message_finds_those_who_wait_for_it() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        engine
            .deploy("flow: f\nsteps: [{id: paid, type: signal, name: payment, correlate: input.order}]")
            .await
            .unwrap();
        let mut ids = Vec::new();
        for order in ["o-1", "o-2", "o-1"] {
            let id = engine.start("f", json!({"order": order})).await.unwrap().id;
            until_step(&engine, id, "paid", "active").await;
            ids.push(id);
        }
        let mut reached = engine.message("payment", "o-1", json!({"amount": 5})).await.unwrap();
        reached.sort_unstable();
        assert_eq!(reached, [ids[0], ids[2]]);
        for id in reached {
            assert_eq!(*end(&engine, id).await.output, json!({"amount": 5}));
        }
        assert!(engine.message("payment", "o-1", json!(0)).await.unwrap().is_empty());
        assert!(engine.outcome(ids[1]).await.unwrap().is_none());
    }
}
