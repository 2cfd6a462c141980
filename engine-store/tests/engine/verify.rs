//! An audit finds exactly what somebody has changed behind the engine's back, and nothing where all is well.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flowwright::base::InstanceId;
use flowwright::engine::{Config, Engine, FindingKind};
use flowwright::store::Store;
use flowwright_store::SqliteStore;
use rusqlite::Connection;
use serde_json::json;

use crate::support::{SUM, builder, completes, config, pair, until, until_step};

/// Waits for everything that an instance can wait for, with a snapshot behind it.
const WAITS: &str = "
flow: waits
steps:
  - {id: each, type: for_each, items: '[1, 2, 3, 4]', steps: [{id: e, type: activity, handler: echo, with: '${ item }'}]}
  - {id: look, type: user_task, role: clerk, needs: each}
  - {id: paid, type: signal, name: payment, correlate: \"'blue'\", needs: each}
  - {id: nap, type: timer, delay: 30d, needs: each}
  - {id: child, type: call, flow: rest, needs: each}
";

const REST: &str = "flow: rest\nsteps: [{id: nap, type: timer, delay: 30d}]";

/// What is wrong, with which instance.
type Found = (FindingKind, InstanceId);

/// A database in which one instance has ended, one waits, and one is the child of that.
struct Sound {
    _folder: tempfile::TempDir,
    path: PathBuf,
    ended: InstanceId,
    waits: InstanceId,
    child: InstanceId,
}

impl Sound {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sound.db");
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).unwrap());
        let engine = builder(&store).config(Config { snapshot_after: 6, ..config() }).open().await.unwrap();
        for flow in [SUM, WAITS, REST] {
            engine.deploy(flow).await.unwrap();
        }
        completes(&engine, "sum", pair(1, 2)).await;
        let ended = engine.list(&Default::default(), &Default::default()).await.unwrap()[0].instance;
        let waits = engine.start("waits", json!({})).await.unwrap().id;
        until_step(&engine, waits, "child", "active").await;
        until("the child is there", || async { engine.count(&Default::default()).await.unwrap() == 3 }).await;
        until_step(&engine, waits, "nap", "active").await;
        for n in 0..3 {
            // Nobody waits for it: a row of history each.
            engine.signal(waits, "early", json!(n)).await.unwrap();
        }
        let child = engine.list(&Default::default(), &Default::default()).await.unwrap()[0].instance;
        let audit = engine.verify_all().await.unwrap();
        assert!(audit.is_sound(), "{audit:#?}");
        assert_eq!((audit.instances, audit.snapshots, audit.tasks, audit.moving), (3, 1, 1, 0));
        engine.shutdown(std::time::Duration::from_secs(5)).await.unwrap();
        store.close().await.unwrap();
        Self { _folder: folder, path, ended, waits, child }
    }

    /// What is found after this was done to a copy. `$ended`, `$waits` and `$child` stand for numbers of instances.
    async fn after(&self, name: &str, sql: &str) -> Vec<Found> {
        let path = self.path.with_file_name(format!("{name}.db"));
        std::fs::copy(&self.path, &path).unwrap();
        self.tamper(&path, sql);
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&path).unwrap());
        let looks = Config { want_shards: Some(0), ..config() };
        let engine = Engine::builder(Arc::clone(&store)).config(looks).open().await.unwrap();
        let audit = engine.verify_all().await.unwrap();
        store.close().await.unwrap();
        audit.findings.into_iter().map(|finding| (finding.kind, finding.instance)).collect()
    }

    fn tamper(&self, path: &Path, sql: &str) {
        let connection = Connection::open(path).unwrap();
        let mut sql = sql.to_owned();
        for (name, id) in [("$ended", self.ended), ("$waits", self.waits), ("$child", self.child)] {
            let id = id.uuid();
            let number = "SELECT n FROM instances WHERE id = ?1";
            let number: i64 = connection.query_row(number, [id.as_bytes()], |row| row.get(0)).unwrap();
            sql = sql.replace(name, &number.to_string());
        }
        let before = connection.total_changes();
        connection.execute_batch(&sql).unwrap();
        assert!(connection.total_changes() > before, "{sql} has changed nothing");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_changed_is_found_and_nothing_else() {
    use FindingKind::*;
    let sound = Sound::new().await;
    let (ended, waits, child) = (sound.ended, sound.waits, sound.child);
    let second = "(SELECT min(position) FROM history WHERE instance = $waits AND first_seq > 1)";
    let last = "(SELECT max(position) FROM history WHERE instance = $ended)";
    let change = "UPDATE history SET events = replace(events, '103', '104') WHERE instance = $ended";
    let cut = "UPDATE history SET events = '[[1,[{\"type\":' WHERE position = ";
    let swap = "CREATE TEMP TABLE s AS SELECT position, events FROM history
        WHERE instance = $waits ORDER BY position LIMIT 2;
        UPDATE history SET events = (SELECT s.events FROM s WHERE s.position <> history.position)
        WHERE position IN (SELECT position FROM s)";
    let snapshot = "UPDATE snapshots SET state = ";
    let cases: &[(&str, String, &[Found])] = &[
        ("nothing", "UPDATE meta SET value = value + 1 WHERE name = 'notices'".into(), &[]),
        ("event", change.into(), &[(HistoryChain, ended)]),
        ("row", format!("DELETE FROM history WHERE position = {second}"), &[(HistoryGap, waits)]),
        ("twice", format!("INSERT INTO history (instance, first_seq, last_seq, at, events)
            SELECT instance, first_seq, last_seq, at, events FROM history WHERE position = {second}"),
            &[(HistoryOverlap, waits)]),
        ("all", "DELETE FROM history WHERE instance = $child".into(), &[(HistoryGap, child)]),
        ("tail", format!("DELETE FROM history WHERE position = {last}"),
            &[(SummaryDiffers, ended), (SummaryDiffers, ended), (SummaryDiffers, ended)]),
        ("cut", format!("{cut}{last}"), &[(HistoryUnreadable, ended)]),
        ("bounds", format!("UPDATE history SET last_seq = last_seq + 1 WHERE position = {last}"),
            &[(HistoryBounds, ended)]),
        ("status", "UPDATE instances SET status = 'failed' WHERE n = $ended".into(), &[(SummaryDiffers, ended)]),
        ("version", "UPDATE instances SET version = 9 WHERE n = $ended".into(), &[(SummaryDiffers, ended)]),
        ("result", "UPDATE instances SET result = '7' WHERE n = $ended".into(), &[(SummaryDiffers, ended)]),
        ("wake", "UPDATE instances SET wake = NULL WHERE n = $child".into(), &[(WakeLate, child)]),
        ("task", "DELETE FROM tasks".into(), &[(TaskMissing, waits)]),
        ("assignee", "UPDATE tasks SET assignee = 'eve'".into(), &[(TaskDiffers, waits)]),
        ("another", "INSERT INTO tasks (id, activation, flow, step, candidates, excluded, urgency, due, created, view)
            SELECT CAST(substr(id, 1, 16) || x'0000270f' AS BLOB), 9999, flow, step, candidates, excluded, urgency, due, created, view
            FROM tasks".into(), &[(TaskUnexpected, waits)]),
        ("message", "DELETE FROM subscriptions".into(), &[(SubscriptionMissing, waits)]),
        ("snapshot", format!("{snapshot}replace(state, '\"input\":{{}}', '\"input\":{{\"a\":1}}')"),
            &[(SnapshotDiffers, waits)]),
        ("ahead", "UPDATE snapshots SET seq = 1000".into(), &[(SnapshotAhead, waits)]),
        ("torn", format!("{snapshot}'{{'"), &[(SnapshotUnreadable, waits)]),
        ("child", "DELETE FROM instances WHERE n = $child".into(), &[(ChildMissing, waits)]),
        ("parent", "DELETE FROM instances WHERE n = $waits".into(), &[(ParentMissing, child), (TaskUnexpected, waits)]),
        ("definition", "DELETE FROM definitions WHERE flow = 'sum'".into(), &[(DefinitionMissing, ended)]),
        ("broken", "UPDATE definitions SET document = '{\"flow\": \"sum\"}' WHERE flow = 'sum'".into(),
            &[(DefinitionBroken, ended)]),
    ];
    let mut wrong = Vec::new();
    for (name, sql, expected) in cases {
        let found = sound.after(name, sql).await;
        if found != *expected {
            wrong.push(format!("{name}: {found:?} and not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // A child that has ended without a word.
    let found = sound.after("unheard", "UPDATE instances SET status = 'aborted' WHERE n = $child").await;
    assert_eq!(found, [(SummaryDiffers, child), (ChildUnheard, waits)]);
    // Rows that have changed places do not follow from one another, nor does what comes behind them.
    let found = sound.after("swap", swap).await;
    assert!(found.len() >= 2 && found.iter().all(|(_, instance)| *instance == waits), "{found:?}");
    assert!(found.iter().all(|(kind, _)| matches!(kind, HistoryChain | HistoryBounds)), "{found:?}");
}
