//! The schema: how it comes to be, how releases share it, and what people see of it.

use flowwright::base::{ErrorKind, InstanceId, TaskId, Timestamp};
use flowwright::definition::TaskPriority;
use flowwright::protocol::{CandidateSet, InstanceStatus};
use flowwright::store::{
    Commit, CommitOutcome, DefinitionRecord, Delivery, HistoryRow, Store, SummaryRow, TaskRow, TaskWrite,
    Uuid,
};
use flowwright_store::{PostgresStore, open};
use tokio_postgres::{Client, NoTls};

use super::support::Place;

fn id(n: u64) -> InstanceId {
    InstanceId::new(Uuid::from_u128(u128::from(n) << 64))
}

fn start(n: u64, events: &str) -> Commit {
    let at = Timestamp::from_millis(1_763_720_000_123);
    Commit {
        instance: Some(id(n)),
        summary: Some(SummaryRow {
            flow: "order".to_owned(),
            version: 1,
            status: InstanceStatus::Running,
            started: at,
            labels: [("region".to_owned(), "north".to_owned())].into(),
            result: Some("{\"total\":1.50}".to_owned()),
            ..SummaryRow::default()
        }),
        history: Some(HistoryRow {
            first_seq: 1,
            last_seq: 6,
            at,
            events: events.as_bytes().to_vec(),
            ..HistoryRow::default()
        }),
        ..Commit::default()
    }
}

async fn accept(store: &dyn Store, commit: Commit) {
    let outcomes = store.commit(vec![commit]).await.unwrap();
    assert!(matches!(outcomes[0], CommitOutcome::Accepted { .. }), "{outcomes:?}");
}

/// A connection of one's own, which sees the schema as any other.
async fn shell(place: &Place) -> Client {
    let (client, connection) = tokio_postgres::connect(&place.url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("SET timezone = 'UTC'").await.unwrap();
    client
}

async fn text(shell: &Client, sql: &str) -> String {
    let row = shell.query_one(&format!("SELECT ({sql})::text"), &[]).await.unwrap();
    row.get::<_, Option<String>>(0).unwrap_or_default()
}

#[tokio::test]
async fn people_can_look_into_the_schema() {
    let Some(place) = Place::new() else { return };
    let store = PostgresStore::connect_with(&place.url, place.options()).await.unwrap();
    let task = TaskRow {
        id: TaskId { instance: id(1), activation: 3 },
        flow: "order".to_owned(),
        step: "approve".to_owned(),
        assignee: None,
        candidates: CandidateSet { roles: vec!["clerk".to_owned()], ..CandidateSet::default() },
        excluded: Vec::new(),
        priority: TaskPriority::High,
        created: Timestamp::from_millis(0),
        due: None,
        view: br#"{"title":"Approve"}"#.to_vec(),
    };
    let document = r#"{"flow":"order","steps":[{"id":"pay","type":"activity"},
        {"id":"each","type":"for_each","steps":[{"id":"ship","type":"activity"}]},{"id":"last","type":"timer"}]}"#;
    let events = r#"[[1763720000000,[{"type":"instance_started"},{"type":"step_activated","at":[0,0,0],"activation":1},
        {"type":"step_completed","at":[0,0,0],"output":"\u0000"}]],"a hash",[1763720001000,
        [{"type":"step_activated","at":[1,3,0],"activation":2},{"type":"step_skipped","at":[0,2,0]},
        {"type":"step_failed","at":[1,3,0],"error":{"code":"broken"}}]],"another"]"#;
    let commit = Commit {
        tasks: vec![TaskWrite::Put(Box::new(task))],
        outbox: vec![Delivery { instance: id(1), shard: 0, dedup: None, input: b"{}".to_vec() }],
        ..start(1, events)
    };
    accept(&store, commit).await;
    let record = DefinitionRecord {
        flow: "order".to_owned(),
        digest: "d".to_owned(),
        document: document.to_owned(),
        ..DefinitionRecord::default()
    };
    store.put_definition(&record).await.unwrap();

    // Without any path: a view knows what it is made of.
    let shell = shell(&place).await;
    let schema = &place.schema;
    for (sql, known) in [
        ("SELECT id FROM {}_instances", id(1).to_string().as_str()),
        ("SELECT seq || status || started FROM {}_instances", "6running2025-11-21 10:13:20.123+00"),
        ("SELECT count(*) FROM {}_instances WHERE labels @> '{\"region\":\"north\"}'", "1"),
        ("SELECT result->'total' FROM {}_instances", "1.50"),
        ("SELECT count(*) FROM {}_history WHERE last_seq = 6", "1"),
        (
            "SELECT string_agg(seq || type, ' ' ORDER BY seq) FROM {}_events",
            "1instance_started 2step_activated 3step_completed 4step_activated 5step_skipped 6step_failed",
        ),
        ("SELECT at FROM {}_events WHERE seq = 4", "2025-11-21 10:13:21+00"),
        ("SELECT event->'error'->>'code' FROM {}_events WHERE seq = 6", "broken"),
        (
            "SELECT string_agg(step || '=' || number || type, ' ' ORDER BY number) FROM {}_definition_steps",
            "pay=0activity each=1for_each last=2timer each/ship=3activity",
        ),
        (
            "SELECT string_agg(step || ' ' || status, ', ' ORDER BY seq) FROM {}_steps",
            "pay completed, each/ship failed, last skipped",
        ),
        ("SELECT ended - activated FROM {}_steps WHERE step = 'pay'", "00:00:00"),
        ("SELECT error->>'code' FROM {}_steps WHERE activation = 2", "broken"),
        ("SELECT id FROM {}_tasks", &format!("{}.3", id(1))),
        ("SELECT view->>'title' FROM {}_tasks WHERE due IS NULL AND priority = 'high'", "Approve"),
        ("SELECT candidates->'roles'->>0 FROM {}_tasks", "clerk"),
        ("SELECT instance FROM {}_inbox", &id(1).to_string()),
        ("SELECT version FROM {}_definitions WHERE flow = 'order'", "1"),
        ("SELECT count(*) FROM {}_shards", "0"),
    ] {
        let sql = sql.replace("{}", &format!("{schema}.flowwright"));
        assert_eq!(text(&shell, &sql).await, known, "{sql}");
    }
}

/// Questions that must stay quick in a large database walk an index.
#[tokio::test]
async fn a_view_of_one_instance_reads_no_more_than_that() {
    let Some(place) = Place::new() else { return };
    drop(PostgresStore::connect_with(&place.url, place.options()).await.unwrap());
    let shell = shell(&place).await;
    shell.batch_execute("SET enable_seqscan = off").await.unwrap();
    for view in ["history", "events", "steps"] {
        let sql =
            format!("EXPLAIN SELECT * FROM {}.flowwright_{view} WHERE instance = '{}'", place.schema, id(1));
        let rows = shell.query(&sql, &[]).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert!(!plan.contains("Seq Scan on history") && plan.contains("instances_id_key"), "{plan}");
    }
}

#[tokio::test]
async fn of_processes_that_open_a_new_schema_together_one_makes_it() {
    for _ in 0..3 {
        let Some(place) = Place::new() else { return };
        let openers: Vec<_> = (1..=8)
            .map(|n| {
                let (url, options) = (place.url.clone(), place.options());
                tokio::spawn(async move {
                    let store = PostgresStore::connect_with(&url, options).await.unwrap();
                    accept(&store, start(n, "[]")).await;
                })
            })
            .collect();
        for opener in openers {
            opener.await.unwrap();
        }
        let store = PostgresStore::connect_with(&place.url, place.options()).await.unwrap();
        assert_eq!(store.count(&Default::default()).await.unwrap(), 8);
    }
}

#[tokio::test]
async fn the_schema_of_a_neighbouring_release_is_worked_on() {
    let Some(place) = Place::new() else { return };
    // The older release is at work, and goes on while and after the newer one adds what it needs.
    let store = PostgresStore::connect_with(&place.url, place.options()).await.unwrap();
    accept(&store, start(1, "[]")).await;
    assert!(store.load(id(1)).await.unwrap().is_some());
    let shell = shell(&place).await;
    let schema = &place.schema;
    let newer = format!(
        "BEGIN; SET LOCAL search_path = {schema};
         ALTER TABLE instances ADD COLUMN later TEXT; ALTER TABLE history ADD COLUMN later BIGINT DEFAULT 7;
         ALTER TABLE tasks ADD COLUMN later TEXT; CREATE TABLE more (n BIGINT);
         UPDATE meta SET value = 2 WHERE name = 'version'; COMMIT"
    );
    shell.batch_execute(&newer).await.unwrap();
    accept(&store, start(2, "[]")).await;
    assert_eq!(store.load(id(1)).await.unwrap().unwrap().tail.len(), 1);
    let late = PostgresStore::connect_with(&place.url, place.options()).await.unwrap();
    accept(&late, start(3, "[]")).await;
    assert_eq!(late.count(&Default::default()).await.unwrap(), 3);
    let version = format!("SELECT value FROM {schema}.meta WHERE name = 'version'");
    assert_eq!(text(&shell, &version).await, "2", "the newer version stays");

    let raise = format!("UPDATE {schema}.meta SET value = 77 WHERE name IN ('version', 'compatible')");
    shell.batch_execute(&raise).await.unwrap();
    let error = PostgresStore::connect_with(&place.url, place.options()).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::StoreNewer);
    assert!(error.to_string().contains("77") && error.to_string().contains(schema), "{error}");
}

#[tokio::test]
async fn what_is_not_our_schema_is_refused_and_left_alone() {
    let Some(place) = Place::new() else { return };
    let shell = shell(&place).await;
    let foreign = format!("CREATE SCHEMA {0}; CREATE TABLE {0}.meta (name TEXT, owner TEXT)", place.schema);
    shell.batch_execute(&foreign).await.unwrap();
    let error = PostgresStore::connect_with(&place.url, place.options()).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::StoreForeign);
    let tables =
        format!("SELECT count(*) FROM pg_class WHERE relnamespace = '{}'::regnamespace", place.schema);
    assert_eq!(text(&shell, &tables).await, "1");
}

#[tokio::test]
async fn what_cannot_be_reached_says_why() {
    let Some(place) = Place::new() else { return };
    let error = PostgresStore::connect(&format!("{}_not", place.url)).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    assert!(error.to_string().contains("create it"), "{error}");
    let error = PostgresStore::connect("postgres://u:secret@%2Fno%2Fsuch%2Ffolder/d").await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    assert!(error.retryable() && !error.to_string().contains("secret"), "{error}");
    // A URL alone connects to nothing yet.
    let store = open("postgres://u@%2Fno%2Fsuch%2Ffolder/d").unwrap();
    assert_eq!(store.now().await.unwrap_err().kind(), ErrorKind::StoreUnavailable);
    assert_eq!(store.close().await.map_err(|error| error.kind()), Ok(()));
    assert_eq!(store.now().await.unwrap_err().kind(), ErrorKind::ShuttingDown);
}
