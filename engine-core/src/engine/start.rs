//! Starting instances.

use std::collections::BTreeMap;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;

use super::{Engine, Outcome};
use crate::base::{Error, ErrorKind, InstanceId, Payload, Result};
use crate::definition::VersionRef;
use crate::protocol::Start;
use crate::runtime::{Answer, Ask, Letter};

/// What happens when an instance of the flow has the key already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfExists {
    /// That one is returned.
    #[default]
    Return,
    /// The start is refused as `already_exists`.
    Refuse,
}

/// An instance that was started, or was there already.
#[derive(Clone)]
pub struct InstanceHandle {
    /// The instance.
    pub id: InstanceId,
    /// Whether it was there already.
    pub existing: bool,
    engine: Engine,
}

impl std::fmt::Debug for InstanceHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InstanceHandle").field("id", &self.id).field("existing", &self.existing).finish()
    }
}

impl InstanceHandle {
    /// Waits for the end; see [`Engine::wait`].
    ///
    /// # Errors
    /// See [`Engine::wait`].
    pub async fn wait(&self) -> Result<Outcome> {
        self.engine.wait(self.id).await
    }
}

/// A start that is described, and happens when it is awaited.
#[must_use = "nothing is started until it is awaited"]
pub struct StartBuilder {
    engine: Engine,
    flow: Arc<str>,
    input: Payload,
    key: Option<String>,
    if_exists: IfExists,
    id: Option<InstanceId>,
    labels: BTreeMap<String, String>,
    version: VersionRef,
}

impl Engine {
    /// Starts an instance of a flow; await the answer. When it comes, the instance is durable: it will run to its end
    /// whatever happens to this process.
    ///
    /// # Errors
    /// `NotFound` for a flow, version or label that is not deployed; `InvalidInput` where the input does not satisfy the
    /// flow's schema; `AlreadyExists` for a key that is taken, if asked for ([`IfExists::Refuse`]); `TooLarge`;
    /// `Overloaded`.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use flowwright::engine::{Engine, IfExists};
    /// # use serde_json::json;
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let engine = Engine::builder(Arc::new(flowwright_store::MemoryStore::new())).open().await?;
    /// # engine.deploy("flow: loan\nsteps: [{id: wait, type: timer, delay: 1h}]").await?;
    /// let first = engine.start("loan", json!({"amount": 10})).key("loan-17", IfExists::Return).await?;
    /// let second = engine.start("loan", json!({"amount": 10})).key("loan-17", IfExists::Return).await?;
    /// assert!(second.existing && second.id == first.id);
    /// # Ok::<(), flowwright::base::Error>(()) })?; Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start(&self, flow: &str, input: impl Into<Payload>) -> StartBuilder {
        StartBuilder {
            engine: self.clone(),
            flow: flow.into(),
            input: input.into(),
            key: None,
            if_exists: IfExists::Return,
            id: None,
            labels: BTreeMap::new(),
            version: VersionRef::default(),
        }
    }

    async fn begin(&self, flow: Arc<str>, start: Start) -> Result<Answer> {
        let instance = start.instance;
        if self.shared.shards.owns(instance) {
            let graph = self.shared.catalog.graph(&flow, start.version).await?;
            let ask = Ask::Start { graph, start: Box::new(start.clone()) };
            match self.ask_here(instance, ask).await {
                Err(error) if error.kind() == ErrorKind::LeaseLost => {}
                answer => return answer,
            }
        }
        let letter = Letter::Start { flow, start: Box::new(start) };
        self.shared.remote.call(&self.shared, instance, letter).await
    }
}

impl StartBuilder {
    /// Gives the instance a key of the caller's own, unique in the flow.
    pub fn key(mut self, key: impl Into<String>, if_exists: IfExists) -> Self {
        self.key = Some(key.into());
        self.if_exists = if_exists;
        self
    }

    /// Gives the instance an id that was drawn before. A second start with it returns the first instance.
    pub fn id(mut self, id: InstanceId) -> Self {
        self.id = Some(id);
        self
    }

    /// Adds a word to find the instance by.
    pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(name.into(), value.into());
        self
    }

    /// Adds words to find the instance by.
    pub fn labels(mut self, labels: impl IntoIterator<Item = (String, String)>) -> Self {
        self.labels.extend(labels);
        self
    }

    /// Uses this version of the flow.
    pub fn version(mut self, version: u32) -> Self {
        self.version = VersionRef { version: Some(version), label: None };
        self
    }

    /// Uses the version of the flow that carries a label.
    pub fn version_label(mut self, label: impl Into<String>) -> Self {
        self.version = VersionRef { version: None, label: Some(label.into()) };
        self
    }

    async fn run(self) -> Result<InstanceHandle> {
        let Self { engine, flow, input, key, if_exists, id, labels, version } = self;
        engine.open()?;
        engine.check("the input", &input)?;
        let (version, _) = engine.shared.catalog.resolve(&flow, &version).await?;
        let instance = id.unwrap_or_else(|| engine.shared.shards.new_instance(&*engine.shared.env));
        let taken = key.clone();
        let start = Start { instance, version, key, input, labels, parent: None };
        let answer = engine.begin(flow, start).await?;
        match answer.existing {
            Some(_) if if_exists == IfExists::Refuse => Err(exists(taken)),
            Some(id) => Ok(InstanceHandle { id, existing: true, engine }),
            None => Ok(InstanceHandle { id: instance, existing: false, engine }),
        }
    }
}

fn exists(key: Option<String>) -> Error {
    let key = key.unwrap_or_default();
    Error::new(ErrorKind::AlreadyExists, format!("an instance of the flow has the key `{key}` already"))
}

impl IntoFuture for StartBuilder {
    type Output = Result<InstanceHandle>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
