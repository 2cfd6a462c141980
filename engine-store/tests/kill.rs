//! A process that is killed at any moment, again and again, while 2,000 instances run: every start that was
//! acknowledged ends, every result that was recorded is kept, and none is applied twice. And one that is stopped for
//! longer than its leases.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flowwright::base::{InstanceId, Span, Timestamp};
use flowwright::engine::{Config, Engine, EngineBuilder, IfExists};
use flowwright::protocol::{Event, InstanceStatus};
use flowwright::store::{HistoryRow, Store};
use flowwright_store::{Clock, SqliteOptions, SqliteStore};
use serde_json::{Value, json};

#[cfg(feature = "postgres")]
#[path = "kill/outage.rs"]
mod outage;
#[cfg(feature = "postgres")]
#[path = "kill/race.rs"]
mod race;

/// How many instances run.
const INSTANCES: u64 = 2_000;

/// How often the process is killed.
const KILLS: u64 = 60;

/// Each result is unlike any other, and holds those before it.
const FLOW: &str = "
flow: order
vars: {count: 0}
steps:
  - {id: a, type: activity, handler: work, with: start}
  - {id: pause, type: timer, delay: 20ms, needs: a}
  - {id: b, type: activity, handler: work, with: '${ steps.a.output }', set: {count: vars.count + 1}, needs: pause}
  - id: each
    type: for_each
    items: '[1, 2]'
    needs: a
    set: {count: vars.count + 1}
    steps: [{id: c, type: activity, handler: work, with: '${ item }'}]
  - {id: last, type: activity, handler: work, with: ['${ steps.b.output }', '${ steps.each.output }'], needs: [b, each]}
output: {count: '${ vars.count }', last: '${ steps.last.output }'}
";

const FILE: &str = "FLOWWRIGHT_TEST_KILL_FILE";
const LIFE: &str = "FLOWWRIGHT_TEST_KILL_LIFE";

/// The store as a process of this life has it. Its clock goes an hour from life to life, so that the leases of the
/// one that was killed are over.
fn store(place: &str, life: u64) -> Arc<dyn Store> {
    let clock: Clock = Arc::new(move || {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Timestamp::from_millis(now.as_millis() as i64 + life as i64 * 3_600_000)
    });
    #[cfg(feature = "postgres")]
    if place.starts_with("postgres:") {
        use flowwright_store::{PostgresOptions, PostgresStore};
        let options = PostgresOptions { clock: Some(clock), ..PostgresOptions::default() };
        return Arc::new(PostgresStore::lazy(place, options).unwrap());
    }
    Arc::new(SqliteStore::open_with(place, SqliteOptions { clock, ..SqliteOptions::default() }).unwrap())
}

/// A schema of its own; none where there is no server, which has been said.
#[cfg(feature = "postgres")]
fn schema(name: &str) -> Option<String> {
    Some(format!("{}?schema={name}", testing_postgres::Server::shared()?.url()))
}

fn builder(store: Arc<dyn Store>, told: bool) -> EngineBuilder {
    let count = AtomicU64::new(0);
    Engine::builder(store).config(Config { workers: 2, ..Config::default() }).activity(
        "work",
        move |_, input: Value| {
            let unique = format!("{}-{}", std::process::id(), count.fetch_add(1, Ordering::Relaxed));
            if told {
                tell(&format!("ran {unique}"));
            }
            async move { Ok(json!({"unique": unique, "input": input})) }
        },
    )
}

/// A line for the parent. If it is gone, so is this process.
fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "\n{line}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// Not a test of its own: what the test below starts, and kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engine_that_is_killed() {
    let (Ok(path), Ok(life)) = (std::env::var(FILE), std::env::var(LIFE)) else { return };
    let engine = builder(store(&path, life.parse().unwrap()), true).open().await.unwrap();
    engine.deploy(FLOW).await.unwrap();
    let starts: Vec<_> = (0..8)
        .map(|part| {
            let engine = engine.clone();
            tokio::spawn(async move {
                for n in (part..INSTANCES).step_by(8) {
                    let start = engine.start("order", json!({})).key(n.to_string(), IfExists::Return);
                    let instance = start.await.unwrap();
                    tell(&format!("ack {n} {}", instance.id));
                    // Starts are spread over the life, so that instances are everywhere when it ends.
                    if n % 4 == part % 4 {
                        instance.wait().await.unwrap();
                    }
                }
            })
        })
        .collect();
    for start in starts {
        start.await.unwrap();
    }
    std::future::pending::<()>().await;
}

fn spawn(test: &str, place: &str, life: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FILE, place)
        .env(LIFE, life.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Notes an acknowledged start. False for any other line.
fn note(line: &str, acknowledged: &mut BTreeMap<String, InstanceId>) -> bool {
    let mut words = line.split(' ');
    if words.next() != Some("ack") {
        return line.starts_with("ran ");
    }
    // The last line may be cut off.
    if let (Some(key), Some(Ok(id))) = (words.next(), words.next().map(str::parse)) {
        let known = *acknowledged.entry(key.to_owned()).or_insert(id);
        assert_eq!(known, id, "the key {key} has two instances");
    }
    true
}

/// Whatever was recorded before stands where it stood; what is new is added.
async fn grow(store: &dyn Store, known: &mut Vec<HistoryRow>) {
    let mut now: Vec<HistoryRow> = Vec::new();
    loop {
        let rows = store.feed(now.last().map_or(0, |row| row.position), 10_000).await.unwrap();
        if rows.is_empty() {
            break;
        }
        now.extend(rows);
    }
    assert!(now.len() >= known.len(), "{} rows of {} are left", now.len(), known.len());
    assert!(now.starts_with(known), "the history was changed");
    *known = now;
}

/// What each step gave, by path. A step that gave something twice is a failure.
fn results(history: &[flowwright::engine::HistoryEntry]) -> BTreeMap<String, Value> {
    let mut results = BTreeMap::new();
    for entry in history {
        if let Event::StepCompleted { output, .. } = &entry.event {
            let step = entry.step.clone().unwrap();
            let before = results.insert(step.clone(), (**output).clone());
            assert_eq!(before, None, "`{step}` was completed twice");
        }
    }
    results
}

/// Histories are whole and unchanged, and all else is what they give.
async fn audit(engine: &Engine) {
    let audit = engine.verify_all().await.unwrap();
    assert!(audit.is_sound() && audit.instances > 0, "{audit:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_kills_lose_nothing_and_repeat_nothing() {
    let folder = tempfile::tempdir().unwrap();
    kills_lose_nothing_and_repeat_nothing(folder.path().join("kill.db").to_str().unwrap()).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_kills_lose_nothing_and_repeat_nothing_on_a_server() {
    let Some(place) = schema("kill") else { return };
    kills_lose_nothing_and_repeat_nothing(&place).await;
}

async fn kills_lose_nothing_and_repeat_nothing(place: &str) {
    let (mut acknowledged, mut known) = (BTreeMap::new(), Vec::new());
    let mut lot = 0x9E37_79B9_7F4A_7C15_u64;
    let mut under_way = 0;
    for life in 0..KILLS {
        lot = lot.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // One in ten is killed while it opens.
        let (mut seen, enough) = (0, if life % 10 == 9 { 0 } else { 1 + (lot >> 33) % 300 });
        let mut child = spawn("engine_that_is_killed", place, life);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        while seen < enough {
            let line = lines.next().expect("the child ended by itself");
            seen += u64::from(note(&line, &mut acknowledged));
        }
        child.kill().unwrap();
        for line in lines {
            note(&line, &mut acknowledged);
        }
        child.wait().unwrap();
        if is_there(place) {
            let before = known.len();
            grow(&*store(place, life), &mut known).await;
            under_way += u64::from(known.len() > before);
        }
    }
    assert!(under_way > KILLS / 4, "only {under_way} lives got anywhere");
    assert!(acknowledged.len() > 200, "only {} starts were acknowledged", acknowledged.len());

    let engine = builder(store(place, KILLS), false).open().await.unwrap();
    for n in 0..INSTANCES {
        let start = engine.start("order", json!({})).key(n.to_string(), IfExists::Return).await.unwrap();
        let known = *acknowledged.entry(n.to_string()).or_insert(start.id);
        assert_eq!(known, start.id, "the acknowledged start of {n} is lost");
    }
    for id in acknowledged.values() {
        ends_well(&engine, *id).await;
    }
    audit(&engine).await;
    engine.shutdown(std::time::Duration::from_secs(10)).await.unwrap();
    grow(&*store(place, KILLS), &mut known).await;
}

/// A process that was killed at once may have left no file.
fn is_there(place: &str) -> bool {
    place.starts_with("postgres:") || Path::new(place).exists()
}

/// The instance completes, each step went on from the recorded results of those before it, and each counted once.
async fn ends_well(engine: &Engine, id: InstanceId) {
    let outcome = engine.wait(id).await.unwrap();
    assert_eq!(outcome.status, InstanceStatus::Completed, "{id}: {:?}", outcome.error);
    let results = results(&engine.history(id).await.unwrap());
    let each = json!([results["each[0]/c"], results["each[1]/c"]]);
    assert_eq!((&results["each"], &results["b"]["input"]), (&each, &results["a"]));
    assert_eq!(results["last"]["input"], json!([results["b"], each]));
    assert_eq!(*outcome.output, json!({"count": 2, "last": results["last"]}));
}

/// Leases that are over soon.
fn short() -> Config {
    Config { workers: 2, lease: Span::from_millis(400), ..Config::default() }
}

/// Not a test of its own: what the test below starts, stops and lets go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn engine_that_is_stopped() {
    let (Ok(path), Ok(_)) = (std::env::var(FILE), std::env::var(LIFE)) else { return };
    let engine = builder(store(&path, 0), false).config(short()).open().await.unwrap();
    engine.deploy(FLOW).await.unwrap();
    for n in 0..INSTANCES {
        // While another process has all shards, and while leases are lost, a start may have to be said again.
        let instance = loop {
            match engine.start("order", json!({})).key(n.to_string(), IfExists::Return).await {
                Ok(instance) => break instance,
                Err(error) => assert!(error.retryable(), "{error}"),
            }
        };
        tell(&format!("ack {n} {}", instance.id));
        tell(&format!("shards {}", engine.shards().len()));
    }
    std::future::pending::<()>().await;
}

fn send(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

/// Waits until all threads are stopped, where that can be seen: until then one that is in the kernel may still take a
/// lock.
fn stands_still(child: &Child) {
    let is_stopped = |thread: std::io::Result<std::fs::DirEntry>| {
        let state = thread.and_then(|thread| std::fs::read_to_string(thread.path().join("stat")));
        state.is_ok_and(|state| state.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T')))
    };
    while std::fs::read_dir(format!("/proc/{}/task", child.id()))
        .is_ok_and(|mut threads| !threads.all(is_stopped))
    {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

fn is_locked(place: &str) -> bool {
    if place.starts_with("postgres:") {
        return false;
    }
    let connection = rusqlite::Connection::open(place).unwrap();
    connection.busy_timeout(std::time::Duration::from_millis(50)).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_was_stopped_past_its_leases_is_refused_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    a_stopped_process_is_refused_and_recovers(folder.path().join("stop.db").to_str().unwrap()).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_was_stopped_past_its_leases_on_a_server_is_refused_and_recovers() {
    let Some(place) = schema("stop") else { return };
    a_stopped_process_is_refused_and_recovers(&place).await;
}

async fn a_stopped_process_is_refused_and_recovers(place: &str) {
    let mut child = spawn("engine_that_is_stopped", place, 0);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let (mut acknowledged, mut owned) = (BTreeMap::new(), Vec::new());
    let mut read = |acknowledged: &mut BTreeMap<String, InstanceId>, owned: &mut Vec<usize>| {
        let line = lines.next().expect("the child ended by itself");
        match line.strip_prefix("shards ") {
            Some(shards) => owned.push(shards.parse().unwrap()),
            None => drop(note(&line, acknowledged)),
        }
    };
    while acknowledged.len() < 100 {
        read(&mut acknowledged, &mut owned);
    }
    assert!(owned.iter().all(|owned| *owned == 16), "it was alone: {owned:?}");
    // Where it is stopped within a write it keeps the file's lock: SQLite then lets nobody else write. A server ends
    // its session after a while.
    while {
        send("-STOP", &child);
        stands_still(&child);
        is_locked(place)
    } {
        send("-CONT", &child);
        read(&mut acknowledged, &mut owned);
    }

    // It has work under way, and now others have its shards.
    let heir = builder(store(place, 0), false).config(short()).open().await.unwrap();
    while heir.shards().len() < 16 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    for id in acknowledged.values() {
        assert_eq!(heir.wait(*id).await.unwrap().status, InstanceStatus::Completed);
    }
    send("-CONT", &child);
    owned.clear();
    while owned.last() != Some(&8) {
        read(&mut acknowledged, &mut owned);
    }
    for id in acknowledged.values() {
        let outcome = heir.wait(*id).await.unwrap();
        assert_eq!(outcome.status, InstanceStatus::Completed);
        assert_eq!(outcome.output["count"], 2);
        results(&heir.history(*id).await.unwrap());
    }
    // First while the other one still starts instances, then when all stands still.
    audit(&heir).await;
    child.kill().unwrap();
    child.wait().unwrap();
    audit(&heir).await;
    heir.shutdown(std::time::Duration::from_secs(10)).await.unwrap();
}
