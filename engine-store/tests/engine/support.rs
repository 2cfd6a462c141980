//! Engines for tests.

use std::sync::Arc;
use std::time::Duration;

use flowwright::base::Span;
use flowwright::engine::{Config, Engine, EngineBuilder, Outcome};
use flowwright::protocol::{ActivityError, InstanceStatus};
use flowwright::store::Store;
use flowwright_store::{MemoryStore, SqliteStore};
use serde_json::{Value, json};

/// A store, and what must live as long as it.
pub struct Place {
    pub store: Arc<dyn Store>,
    _folder: Option<tempfile::TempDir>,
}

/// Both stores, one after the other.
pub fn places() -> Vec<Place> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteStore::open(folder.path().join("test.db")).unwrap();
    vec![
        Place { store: Arc::new(MemoryStore::new()), _folder: None },
        Place { store: Arc::new(sqlite), _folder: Some(folder) },
    ]
}

pub fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new())
}

/// Bounds that fit a test: short leases, so that nothing waits long.
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

/// Waits for an end, for not too long.
pub async fn end(engine: &Engine, id: flowwright::base::InstanceId) -> Outcome {
    engine.wait_for(id, Duration::from_secs(60)).await.unwrap()
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
