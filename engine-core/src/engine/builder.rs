//! Describing an engine before it runs.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Engine;
use crate::base::{Payload, Result};
use crate::protocol::ActivityError;
use crate::runtime::{
    ActivityContext, Config, Directory, Environment, Handler, Parts, RawHandler, Shared, SystemEnvironment,
    TypedHandler,
};
use crate::store::Store;

/// Describes an engine: its handlers, pools and bounds. See [`Engine::builder`].
#[must_use = "an engine runs once it is opened"]
pub struct EngineBuilder {
    parts: Parts,
}

impl EngineBuilder {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            parts: Parts {
                store,
                env: Arc::new(SystemEnvironment::default()),
                config: Config::default(),
                handlers: HashMap::new(),
                pools: BTreeMap::new(),
                queues: BTreeMap::new(),
                directory: None,
            },
        }
    }

    /// Registers a function as a handler. Its input and output are types of your own, by `serde`. An input that the type
    /// does not fit fails the step for good, with code `invalid_input`.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use flowwright::{engine::Engine, protocol::ActivityError};
    /// #[derive(serde::Deserialize)]
    /// struct Pull { borrower: String }
    ///
    /// let builder = Engine::builder(Arc::new(flowwright_store::MemoryStore::new()))
    ///     .activity("credit.pull", |context, input: Pull| async move {
    ///         if context.attempt() > 3 {
    ///             return Err(ActivityError::fatal("bureau_down", "gave up"));
    ///         }
    ///         Ok(serde_json::json!({"score": 700, "of": input.borrower}))
    ///     });
    /// # drop(builder);
    /// ```
    pub fn activity<F, Fut, T, U>(self, name: &str, function: F) -> Self
    where
        F: Fn(ActivityContext, T) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<U, ActivityError>> + Send + 'static,
        T: DeserializeOwned + Send + 'static,
        U: Serialize + 'static,
    {
        self.handler(name, Arc::new(TypedHandler::new(function)))
    }

    /// Registers a function that takes and gives JSON as it is.
    pub fn activity_raw<F, Fut>(self, name: &str, function: F) -> Self
    where
        F: Fn(ActivityContext, Payload) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Payload, ActivityError>> + Send + 'static,
    {
        self.handler(name, Arc::new(RawHandler(function)))
    }

    /// Registers a handler. A second one of the same name replaces the first.
    pub fn handler(mut self, name: &str, handler: Arc<dyn Handler>) -> Self {
        self.parts.handlers.insert(name.into(), handler);
        self
    }

    /// Names a resource that activities share (`resources: {api: 1}`), and how much of it there is in this process.
    pub fn pool(mut self, name: &str, size: u32) -> Self {
        self.parts.pools.insert(name.to_owned(), size);
        self
    }

    /// Bounds how many activities of a queue (`queue: mail`) run side by side in this process.
    pub fn queue(mut self, name: &str, side_by_side: u32) -> Self {
        self.parts.queues.insert(name.to_owned(), side_by_side);
        self
    }

    /// Says who belongs to which role and group, so that tasks can be given to people (`routing: least_busy`).
    pub fn directory(mut self, directory: Arc<dyn Directory>) -> Self {
        self.parts.directory = Some(directory);
        self
    }

    /// Sets bounds and pauses.
    pub fn config(mut self, config: Config) -> Self {
        self.parts.config = config;
        self
    }

    /// Puts another clock and another source of ids in, for tests and simulations.
    pub fn environment(mut self, environment: Arc<dyn Environment>) -> Self {
        self.parts.env = environment;
        self
    }

    /// Starts the engine, on the tokio runtime that it is called on. Instances that were under way in a process that
    /// ended go on; this does not wait for them.
    ///
    /// # Errors
    /// `InvalidArgument` for bounds that cannot work, or another number of shards than the database has; what the store
    /// gives.
    pub async fn open(self) -> Result<Engine> {
        Ok(Engine::new(Shared::open(self.parts).await?))
    }
}
