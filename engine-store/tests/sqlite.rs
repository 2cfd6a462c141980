//! What is special to the store on a SQLite file.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

use std::path::Path;
use std::sync::Arc;

use flowwright::base::{ErrorKind, InstanceId, TaskId, Timestamp};
use flowwright::definition::TaskPriority;
use flowwright::protocol::{CandidateSet, InstanceStatus};
use flowwright::store::{
    Commit, CommitOutcome, DefinitionRecord, Delivery, HistoryRow, Store, SummaryRow, TaskRow, TaskWrite,
    Uuid,
};
use flowwright_store::{SqliteOptions, SqliteStore, open};
use rusqlite::Connection;

fn id(n: u64) -> InstanceId {
    InstanceId::new(Uuid::from_u128(u128::from(n) << 64))
}

fn row() -> SummaryRow {
    SummaryRow {
        flow: "order".to_owned(),
        version: 1,
        status: InstanceStatus::Running,
        started: Timestamp::from_millis(1_763_720_000_123),
        ..SummaryRow::default()
    }
}

fn step(n: u64, expected_seq: u64, events: &str) -> Commit {
    let seq = expected_seq + 1;
    let at = Timestamp::from_millis(1_763_720_000_000);
    let events = events.as_bytes().to_vec();
    Commit {
        instance: Some(id(n)),
        expected_seq,
        summary: (expected_seq == 0).then(row),
        history: Some(HistoryRow { first_seq: seq, last_seq: seq, at, events, ..HistoryRow::default() }),
        ..Commit::default()
    }
}

async fn accept(store: &dyn Store, commit: Commit) {
    let outcomes = store.commit(vec![commit]).await.unwrap();
    assert!(matches!(outcomes[0], CommitOutcome::Accepted { .. }), "{outcomes:?}");
}

fn kind_of(path: impl AsRef<Path>) -> ErrorKind {
    SqliteStore::open(path).err().unwrap().kind()
}

#[test]
fn what_is_not_our_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "not a database, but long enough to have a header of one: ".repeat(20)).unwrap();
    assert_eq!(kind_of(&text), ErrorKind::StoreForeign);

    let foreign = folder.path().join("other.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE users (name TEXT)").unwrap();
    let before = std::fs::read(&foreign).unwrap();
    let error = SqliteStore::open(&foreign).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::StoreForeign);
    assert!(error.to_string().contains("other.db"), "{error}");
    assert_eq!(std::fs::read(&foreign).unwrap(), before);
    assert!(!folder.path().join("other.db-wal").exists());
}

#[test]
fn what_cannot_be_opened_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let error = SqliteStore::open(folder.path().join("no/such/folder/app.db")).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    assert!(error.to_string().contains("folder must exist"), "{error}");
    assert_eq!(kind_of(folder.path()), ErrorKind::StoreUnavailable);
    assert_eq!(kind_of(":memory:"), ErrorKind::InvalidArgument);
    assert_eq!(kind_of(""), ErrorKind::InvalidArgument);
}

#[tokio::test]
async fn a_url_opens_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("app.db").display());
    accept(&*open(&url).unwrap(), step(1, 0, "[]")).await;
    assert!(open(&url).unwrap().summary(id(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn of_processes_that_open_a_new_file_together_one_makes_it() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.db");
        let openers: Vec<_> = (0..8)
            .map(|_| {
                let path = path.clone();
                std::thread::spawn(move || SqliteStore::open(path).unwrap())
            })
            .collect();
        let stores: Vec<_> = openers.into_iter().map(|opener| opener.join().unwrap()).collect();
        for (n, store) in (1..).zip(&stores) {
            accept(store, step(n, 0, "[]")).await;
        }
        assert_eq!(stores[0].count(&Default::default()).await.unwrap(), 8);
    }
}

#[tokio::test]
async fn a_full_disk_loses_the_commit_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { most_bytes: Some(1 << 20), readers: 1, ..SqliteOptions::default() };
    let store = SqliteStore::open_with(folder.path().join("app.db"), options).unwrap();
    let large = "x".repeat(100_000);
    let mut last = 0;
    let error = loop {
        match store.commit(vec![step(1, last, &large)]).await {
            Ok(outcomes) => assert!(matches!(outcomes[0], CommitOutcome::Accepted { .. })),
            Err(error) => break error,
        }
        last += 1;
        assert!(last < 20, "the bound was passed over");
    };
    assert!(last > 3);
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    assert!(error.retryable() && error.to_string().contains("make room"), "{error}");
    assert_eq!(store.history(id(1), 0, 100).await.unwrap().len() as u64, last);
    // A failed transaction leaves the store able to go on, with what fits, from where it was.
    accept(&store, step(1, last, "[]")).await;
    assert_eq!(store.summary(id(1)).await.unwrap().unwrap().seq, last + 1);
}

#[tokio::test]
async fn all_that_share_a_transaction_fail_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { most_bytes: Some(1 << 20), readers: 1, ..SqliteOptions::default() };
    let store = Arc::new(SqliteStore::open_with(folder.path().join("app.db"), options).unwrap());
    let calls: Vec<_> = (1..=20u64)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(
                async move { (n, store.commit(vec![step(n, 0, &"x".repeat(100_000))]).await.is_ok()) },
            )
        })
        .collect();
    let mut failed = 0;
    for call in calls {
        let (n, written) = call.await.unwrap();
        failed += usize::from(!written);
        assert_eq!(store.summary(id(n)).await.unwrap().is_some(), written, "instance {n}");
    }
    assert!(failed > 0);
}

#[tokio::test]
async fn people_can_look_into_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    let store = SqliteStore::open(&path).unwrap();
    let instance = id(0x0199);
    let task = TaskRow {
        id: TaskId { instance, activation: 3 },
        flow: "order".to_owned(),
        step: "approve".to_owned(),
        assignee: None,
        candidates: CandidateSet { roles: vec!["clerk".to_owned()], ..CandidateSet::default() },
        excluded: Vec::new(),
        priority: TaskPriority::High,
        created: Timestamp::from_millis(0),
        due: None,
        view: b"{\"title\":\"Approve\"}".to_vec(),
    };
    let commit = Commit {
        tasks: vec![TaskWrite::Put(Box::new(task))],
        outbox: vec![Delivery { instance, shard: 0, dedup: None, input: b"{}".to_vec() }],
        history: Some(HistoryRow {
            first_seq: 1,
            last_seq: 2,
            at: Timestamp::from_millis(1_763_720_000_123),
            events:
                br#"[[1763720000123,[{"type":"started"}]],"0f",[1763720000456,[{"type":"step_completed"}]]]"#
                    .to_vec(),
            ..HistoryRow::default()
        }),
        ..step(0x0199, 0, "")
    };
    accept(&store, commit).await;
    let record =
        DefinitionRecord { flow: "order".to_owned(), digest: "d".to_owned(), ..DefinitionRecord::default() };
    store.put_definition(&record).await.unwrap();

    let shell = Connection::open(&path).unwrap();
    let text = |sql: &str| shell.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    let number = |sql: &str| shell.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(text("SELECT id FROM flowwright_instances"), instance.to_string());
    assert_eq!(
        text("SELECT status || ' ' || started FROM flowwright_instances"),
        "running 2025-11-21T10:13:20.123Z"
    );
    assert_eq!(number("SELECT seq FROM flowwright_instances"), 2);
    assert_eq!(number("SELECT count(*) FROM flowwright_events"), 2);
    let second = "SELECT type || ' ' || json_extract(event, '$.type') || ' ' || at FROM flowwright_events
        WHERE seq = 2 AND instance = (SELECT id FROM flowwright_instances)";
    assert_eq!(text(second), "step_completed step_completed 2025-11-21T10:13:20.456Z");
    assert_eq!(text("SELECT id FROM flowwright_tasks"), format!("{instance}.3"));
    assert_eq!(text("SELECT priority FROM flowwright_tasks WHERE due IS NULL"), "high");
    assert_eq!(text("SELECT json_extract(view, '$.title') FROM flowwright_tasks"), "Approve");
    assert_eq!(text("SELECT json_extract(candidates, '$.roles[0]') FROM flowwright_tasks"), "clerk");
    assert_eq!(text("SELECT instance FROM flowwright_inbox"), instance.to_string());
    assert_eq!(number("SELECT version FROM flowwright_definitions WHERE flow = 'order'"), 1);
    assert_eq!(number("SELECT count(*) FROM flowwright_shards"), 0);
    assert_eq!(number("SELECT count(*) FROM flowwright_history WHERE last_seq = 2"), 1);
}

/// Questions that must stay quick in a large file walk an index, and sort nothing.
#[tokio::test]
async fn no_question_reads_the_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.db");
    drop(SqliteStore::open(&path).unwrap());
    let shell = Connection::open(&path).unwrap();
    for (sql, index) in [
        (
            "SELECT position FROM history WHERE instance = 1 AND last_seq > 5 ORDER BY last_seq LIMIT 9",
            "history_instance",
        ),
        ("SELECT max(last_seq) FROM history WHERE instance = 1", "history_instance"),
        (
            "SELECT wake, n, id FROM instances WHERE shard = 1 AND wake > 5 AND wake <= 9 ORDER BY wake, n",
            "instances_wake",
        ),
        (
            "SELECT wake, n, id FROM instances WHERE shard = 1 AND wake = 5 AND n > 3 ORDER BY n",
            "instances_wake",
        ),
        ("SELECT id FROM instances WHERE flow = 'a' AND key = 'b'", "instances_key"),
        ("SELECT n FROM instances WHERE flow = 'a' ORDER BY n DESC LIMIT 5", "instances_flow"),
        (
            "SELECT n FROM instances WHERE status IN ('failed') AND status <> 'completed' ORDER BY n DESC LIMIT 5",
            "instances_status",
        ),
        (
            "SELECT DISTINCT instance FROM subscriptions WHERE name = 'a' AND correlation = 'b' ORDER BY instance",
            "PRIMARY KEY",
        ),
    ] {
        let mut statement = shell.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let plan: Vec<String> =
            statement.query_map([], |row| row.get(3)).unwrap().map(Result::unwrap).collect();
        let plan = plan.join("\n");
        assert!(
            plan.contains(index) && !plan.contains("TEMP B-TREE") && !plan.contains("SCAN"),
            "{sql}:\n{plan}"
        );
    }
}
