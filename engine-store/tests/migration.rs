//! Files of every released schema stay readable and writable.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

use std::path::Path;

use flowwright::base::{ErrorKind, InstanceId, TaskId, Timestamp};
use flowwright::protocol::{Actor, InstanceStatus};
use flowwright::store::{
    Commit, CommitOutcome, FencingToken, HistoryRow, InstanceFilter, LeaseRequest, OwnerId, Page, Rejection,
    Store, TaskFilter, Uuid,
};
use flowwright_store::SqliteStore;
use rusqlite::Connection;

/// A database as the first release wrote it: its schema and its rows.
const V1: &str = include_str!("migration/v1.sql");

fn id(n: u128) -> InstanceId {
    InstanceId::new(Uuid::from_u128(n))
}

fn make(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn a_file_of_the_first_schema_is_read_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v1.db");
    make(&path, V1);
    let store = SqliteStore::open(&path).unwrap();

    let loaded = store.load(id(1)).await.unwrap().unwrap();
    assert_eq!((loaded.summary.seq, loaded.summary.row.status), (3, InstanceStatus::Running));
    assert_eq!(loaded.summary.row.labels["region"], "north");
    assert_eq!(loaded.snapshot.unwrap().state, b"{\"state\":2}");
    assert_eq!(loaded.tail.len(), 1);
    assert_eq!(loaded.tail[0].events, b"[{\"seq\":3}]");
    assert_eq!(store.find_by_key("order", "A-1").await.unwrap(), Some(id(1)));
    assert_eq!(store.feed(0, 10).await.unwrap().len(), 3);
    let wake = (Timestamp::EPOCH, id(1));
    assert_eq!(store.due(&[0, 1, 2, 3], Timestamp::EPOCH, 10).await.unwrap(), [wake]);
    assert_eq!(store.subscribers("paid", "42").await.unwrap(), [id(1)]);
    assert_eq!(store.inbox(&[0, 1, 2, 3], 0, 10).await.unwrap()[0].input, b"{\"input\":1}");

    let seen = TaskFilter { visible_to: Some(Actor::new("bob").role("clerk")), ..TaskFilter::default() };
    let tasks = store.tasks(&seen, &Page::default()).await.unwrap();
    assert_eq!(tasks[0].id, TaskId { instance: id(1), activation: 7 });
    assert_eq!(store.definition("order", None).await.unwrap().unwrap().document, "{\"flow\":\"order\"}");
    assert_eq!(store.labelled("order", "live").await.unwrap(), Some(1));
    let labelled =
        InstanceFilter { labels: [("region".into(), "north".into())].into(), ..Default::default() };
    assert_eq!(store.count(&labelled).await.unwrap(), 1);

    // The lease of the process that wrote it is long over; its token counts on.
    let next = |fence| Commit {
        instance: Some(id(1)),
        shard: 1,
        expected_seq: 3,
        fence: Some(fence),
        history: Some(HistoryRow { first_seq: 4, last_seq: 4, ..HistoryRow::default() }),
        ..Commit::default()
    };
    let owner = OwnerId(Uuid::from_u128(9));
    let request = LeaseRequest { owner, shards: 4, want: 4, length: flowwright::base::Span::from_secs(10) };
    let leases = store.claim(&request).await.unwrap();
    assert_eq!(leases[1].fence, FencingToken(6));
    let late = store.commit(vec![next(FencingToken(5))]).await.unwrap();
    assert_eq!(late, [CommitOutcome::Rejected(Rejection::Fenced)]);
    let outcomes = store.commit(vec![next(leases[1].fence)]).await.unwrap();
    assert_eq!(outcomes, [CommitOutcome::Accepted { position: 4 }]);
}

#[tokio::test]
async fn a_file_of_a_newer_release_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("newer.db");
    make(&path, V1);
    make(&path, "PRAGMA user_version = 77; UPDATE meta SET value = 76 WHERE name = 'compatible'");
    let before = std::fs::read(&path).unwrap();
    let error = SqliteStore::open(&path).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::StoreNewer);
    let shown = error.to_string();
    assert!(
        shown.contains("77") && shown.contains("schema of this release: 1") && shown.contains("newer.db"),
        "{shown}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_file_of_a_newer_release_that_is_compatible_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("newer.db");
    make(&path, V1);
    make(&path, "PRAGMA user_version = 2; ALTER TABLE instances ADD COLUMN later TEXT");
    let store = SqliteStore::open(&path).unwrap();
    assert!(store.load(id(1)).await.unwrap().is_some());
    store.close().await.unwrap();
    let version =
        Connection::open(&path).unwrap().query_row("PRAGMA user_version", [], |row| row.get::<_, i32>(0));
    assert_eq!(version.unwrap(), 2, "the newer version stays");
}
