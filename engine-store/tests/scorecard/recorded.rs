//! Histories that older releases have written.

use flowwright::base::{InstanceId, Timestamp};
use flowwright::protocol::InstanceStatus;
use flowwright::store::{Commit, DefinitionRecord, HistoryRow, SummaryRow};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::replay::{RICH, open};
use crate::support::end;
use crate::world::{World, reaches};

/// An instance as a release has left it.
#[derive(Serialize, Deserialize)]
struct Recording {
    instance: InstanceId,
    document: String,
    digest: String,
    rows: Vec<(u64, u64, String)>,
    view: Value,
}

const RECORDING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scorecard/recorded/0.1.json");

/// Records an instance that waits for its last signal. `FLOWWRIGHT_RECORD=1` writes it to the file, for a new release.
async fn record() -> Recording {
    let mut world = World::new();
    let engine = open(&mut world).await;
    engine.deploy(RICH).await.unwrap();
    let id = engine.start("rich", json!(6)).await.unwrap().id;
    reaches(&engine, id, "go", "active").await;
    let (store, view) = (world.store(), engine.get(id).await.unwrap());
    let definition = store.definition("rich", None).await.unwrap().unwrap();
    let rows = store.history(id, 0, 1_000).await.unwrap();
    Recording {
        instance: id,
        document: definition.document,
        digest: definition.digest,
        rows: rows
            .into_iter()
            .map(|row| (row.first_seq, row.last_seq, String::from_utf8(row.events).unwrap()))
            .collect(),
        view: serde_json::to_value(view).unwrap(),
    }
}

/// Whether everything that the older says is in the newer, which may say more.
fn holds(newer: &Value, older: &Value) -> bool {
    match (newer, older) {
        (Value::Object(newer), Value::Object(older)) => {
            older.iter().all(|(name, value)| newer.get(name).is_some_and(|newer| holds(newer, value)))
        }
        _ => newer == older,
    }
}

#[tokio::test(start_paused = true)]
async fn rpl04_a_history_of_an_older_release_loads_and_goes_on() {
    if std::env::var_os("FLOWWRIGHT_RECORD").is_some() {
        let text = serde_json::to_string_pretty(&record().await).unwrap();
        std::fs::write(RECORDING, text + "\n").unwrap();
    }
    let old: Recording = serde_json::from_str(&std::fs::read_to_string(RECORDING).unwrap()).unwrap();
    let world = World::new();
    let store = world.store();
    let record = DefinitionRecord {
        flow: "rich".into(),
        version: 0,
        digest: old.digest,
        document: old.document,
        deployed: Timestamp::EPOCH,
    };
    store.put_definition(&record).await.unwrap();
    let row = SummaryRow {
        flow: "rich".into(),
        version: 1,
        status: InstanceStatus::Running,
        wake: Some(Timestamp::EPOCH),
        ..SummaryRow::default()
    };
    for (first, last, events) in old.rows {
        let history = HistoryRow {
            first_seq: first,
            last_seq: last,
            events: events.into_bytes(),
            ..HistoryRow::default()
        };
        let summary = (first == 1).then(|| row.clone());
        let commit = Commit {
            instance: Some(old.instance),
            expected_seq: first - 1,
            history: Some(history),
            summary,
            ..Commit::default()
        };
        let outcome = store.commit(vec![commit]).await.unwrap();
        assert!(matches!(outcome[0], flowwright::store::CommitOutcome::Accepted { .. }), "{outcome:?}");
    }
    let mut world = world;
    let engine = open(&mut world).await;
    let view = serde_json::to_value(engine.get(old.instance).await.unwrap()).unwrap();
    assert!(holds(&view, &old.view), "{view:#}\nis not what it was:\n{:#}", old.view);
    engine.signal(old.instance, "go", json!("on")).await.unwrap();
    assert_eq!(*end(&engine, old.instance).await.output, json!([90, [1, 2, 3], "on"]));
    assert!(world.diary.lines().is_empty(), "what was done is done");
}
