//! Versions of a flow.

use std::time::Duration;

use serde_json::json;

use crate::support::{builder, completes, end, places, until_step};

fn flow(result: u32) -> String {
    format!(
        "flow: f\nsteps: [{{id: s, type: signal, name: go}}, {{id: a, type: activity, handler: echo, with: {result}, needs: s}}]"
    )
}

#[tokio::test]
async fn ver01_who_runs_stays_on_its_version_and_who_starts_gets_the_new_one() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        assert_eq!(engine.deploy(flow(1)).await.unwrap().version, 1);
        let mut old = Vec::new();
        for _ in 0..5 {
            let id = engine.start("f", json!({})).await.unwrap().id;
            until_step(&engine, id, "s", "active").await;
            old.push(id);
        }
        assert_eq!(engine.deploy(flow(2)).await.unwrap().version, 2);
        let new = engine.start("f", json!({})).await.unwrap().id;
        engine.signal(old[0], "go", json!(0)).await.unwrap();
        assert_eq!(*end(&engine, old[0]).await.output, json!(1));
        // Another process, that has never seen the first version.
        engine.shutdown(Duration::from_secs(5)).await.unwrap();
        let engine = builder(&place.store).open().await.unwrap();
        for id in &old[1..] {
            engine.signal(*id, "go", json!(0)).await.unwrap();
            assert_eq!(
                (end(&engine, *id).await.output.as_u64(), engine.get(*id).await.unwrap().version),
                (Some(1), 1)
            );
        }
        engine.signal(new, "go", json!(0)).await.unwrap();
        assert_eq!(
            (end(&engine, new).await.output.as_u64(), engine.get(new).await.unwrap().version),
            (Some(2), 2)
        );
    }
}

#[tokio::test]
async fn ver04_only_a_change_that_means_something_is_a_new_version() {
    for place in places() {
        let engine = builder(&place.store).open().await.unwrap();
        let first =
            "flow: f\ntitle: T\nsteps:\n  - {id: a, type: activity, handler: echo, with: {x: 1, y: 2}}\n";
        assert_eq!(engine.deploy(first).await.unwrap().version, 1);
        for same in [
            "# a comment\ntitle: T\nflow: f\nsteps:\n  - with: {x: 1, y: 2}   # here too\n    handler: echo\n    type: activity\n    id: a\n",
            r#"{"steps": [{"type": "activity", "id": "a", "with": {"x": 1, "y": 2}, "handler": "echo"}], "title": "T", "flow": "f"}"#,
        ] {
            assert_eq!(engine.deploy(same).await.unwrap().version, 1, "{same}");
        }
        for (n, other) in ["y: 3", "y: 2, z: 1", "y: 2.5"].iter().enumerate() {
            assert_eq!(engine.deploy(first.replace("y: 2", other)).await.unwrap().version, n as u32 + 2);
        }
        assert_eq!(engine.definitions().await.unwrap().len(), 4);
        assert_eq!(completes(&engine, "f", json!({})).await, json!({"x": 1, "y": 2.5}));
    }
}
