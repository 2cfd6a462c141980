//! Engines for tests.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use flowwright::base::{InstanceId, Span, Timestamp};
use flowwright::engine::{
    Config, Engine, EngineBuilder, Environment, Outcome, SystemEnvironment, VirtualEnvironment,
};
use flowwright::protocol::{ActivityError, At, Event, InstanceStatus};
use flowwright::store::{InstanceFilter, Page, Store};
use flowwright_store::{Clock, MemoryStore, SqliteOptions, SqliteStore};
use serde_json::{Value, json};

/// A store whose leases are compared on a clock that a test moves, and what must live as long as it.
pub struct Place {
    pub store: Arc<dyn Store>,
    /// The same data, as another process has it.
    pub other: Arc<dyn Store>,
    skew: Arc<AtomicI64>,
    _folder: Option<tempfile::TempDir>,
}

impl Place {
    pub fn memory() -> Self {
        let (clock, skew) = clock();
        let store = MemoryStore::with_clock(clock);
        Self { other: Arc::new(store.reopen()), store: Arc::new(store), skew, _folder: None }
    }

    pub fn sqlite() -> Self {
        let (clock, skew) = clock();
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions { clock, ..SqliteOptions::default() };
        let open = || SqliteStore::open_with(folder.path().join("test.db"), options.clone()).unwrap();
        Self { store: Arc::new(open()), other: Arc::new(open()), skew, _folder: Some(folder) }
    }

    /// A schema of its own; nothing where there is no server, which has been said.
    #[cfg(feature = "postgres")]
    pub fn postgres() -> Option<Self> {
        use flowwright_store::{PostgresOptions, PostgresStore};
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let url = testing_postgres::Server::shared()?.url();
        let (clock, skew) = clock();
        let schema = format!("engine_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let options =
            PostgresOptions { schema, connections: 4, clock: Some(clock), ..PostgresOptions::default() };
        let open = || Arc::new(PostgresStore::lazy(&url, options.clone()).unwrap());
        Some(Self { store: open(), other: open(), skew, _folder: None })
    }

    /// Lets every lease expire.
    pub fn expire(&self) {
        self.skew.fetch_add(3_600_000, Ordering::Relaxed);
    }
}

fn clock() -> (Clock, Arc<AtomicI64>) {
    let skew = Arc::new(AtomicI64::new(0));
    let (environment, added) = (SystemEnvironment::default(), Arc::clone(&skew));
    let now = move || Timestamp::from_millis(environment.now().millis() + added.load(Ordering::Relaxed));
    (Arc::new(now), skew)
}

/// All stores, one after the other.
pub fn places() -> Vec<Place> {
    let places = [Place::memory(), Place::sqlite()].into_iter();
    #[cfg(feature = "postgres")]
    let places = places.chain(Place::postgres());
    places.collect()
}

/// Bounds that fit a test.
pub fn config() -> Config {
    Config { workers: 2, lease: Span::from_secs(5), ..Config::default() }
}

/// An engine with a few handlers: `echo` gives its input back, `add` the sum of a list, `fail` fails for good.
pub fn builder(store: &Arc<dyn Store>) -> EngineBuilder {
    Engine::builder(Arc::clone(store))
        .config(config())
        .activity("echo", |_, input: Value| async move { Ok(input) })
        .activity("add", |_, input: Vec<i64>| async move { Ok(input.iter().sum::<i64>()) })
        .activity("fail", |_, _: Value| async move {
            Err::<Value, _>(ActivityError::fatal("broken", "it is broken"))
        })
}

/// An engine in memory whose time is tokio's: for tests with a paused clock, in which hours pass at once.
pub fn virtual_builder() -> (EngineBuilder, Arc<dyn Store>) {
    let start = Timestamp::from_millis(1_767_225_600_000);
    let environment = Arc::new(VirtualEnvironment::new(start, 1));
    let clock = Arc::clone(&environment);
    let store: Arc<dyn Store> = Arc::new(MemoryStore::with_clock(Arc::new(move || clock.now())));
    let config = Config { lease: Span::from_secs(86_400), poll: Span::from_secs(3_600), ..config() };
    (builder(&store).environment(environment).config(config), store)
}

/// Waits for an end, for not too long.
pub async fn end(engine: &Engine, id: InstanceId) -> Outcome {
    engine.wait_for(id, Duration::from_secs(100 * 86_400)).await.unwrap()
}

/// Runs one instance to its end, and expects that it completes.
pub async fn completes(engine: &Engine, flow: &str, input: Value) -> Value {
    let instance = engine.start(flow, input).await.unwrap();
    let outcome = end(engine, instance.id).await;
    assert_eq!(outcome.status, InstanceStatus::Completed, "{:?}", outcome.error);
    outcome.output.into_value()
}

/// Two additions, one after the other.
pub const SUM: &str = "
flow: sum
steps:
  - {id: first, type: activity, handler: add, with: ['${ input.a }', '${ input.b }']}
  - {id: second, type: activity, handler: add, with: ['${ steps.first.output }', 100], needs: first}
";

pub fn pair(a: i64, b: i64) -> Value {
    json!({"a": a, "b": b})
}

/// Lets other tasks go on until something holds.
pub async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    for _ in 0..30_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("never came true: {what}");
}

/// Waits until a step has a status.
pub async fn until_step(engine: &Engine, id: InstanceId, step: &str, status: &str) {
    until(&format!("{step} is {status}"), || async {
        let view = engine.get(id).await.unwrap();
        view.steps.get(step).is_some_and(|record| record.status.name() == status)
    })
    .await;
}

/// The names of everything that has happened to an instance.
pub async fn names(engine: &Engine, id: InstanceId) -> Vec<&'static str> {
    engine.history(id).await.unwrap().iter().map(|entry| entry.event.name()).collect()
}

/// A number that handlers count up.
#[derive(Clone, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    pub fn add(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// All instances.
pub async fn all(engine: &Engine) -> Vec<InstanceId> {
    let (mut ids, mut page) = (Vec::new(), Page { limit: 500, after: None });
    loop {
        let rows = engine.list(&InstanceFilter::default(), &page).await.unwrap();
        let Some(last) = rows.last() else { return ids };
        page.after = Some(last.instance.to_string());
        ids.extend(rows.iter().map(|row| row.instance));
    }
}

/// Every history folds to what its row says, and records every result once.
pub async fn sound(engine: &Engine) {
    for id in all(engine).await {
        let (_, state) = engine.state(id).await.unwrap();
        let row = engine.summary(id).await.unwrap();
        assert_eq!((state.seq(), state.status()), (row.seq, row.row.status), "{id}");
        let history = engine.history(id).await.unwrap();
        assert!((1..).zip(&history).all(|(seq, entry)| seq == entry.seq), "{id}");
        let mut open: BTreeSet<At> = BTreeSet::new();
        for entry in &history {
            match &entry.event {
                Event::StepActivated { at, .. } => assert!(open.insert(*at), "{id}: {at:?} is active twice"),
                Event::StepCompleted { at, .. }
                | Event::StepFailed { at, .. }
                | Event::StepCancelled { at, .. } => {
                    open.remove(at);
                }
                _ => {}
            }
        }
    }
}
