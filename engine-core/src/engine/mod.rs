//! The engine: what a program calls.
//!
//! ```
//! # tokio_test(async {
//! use std::sync::Arc;
//!
//! use flowwright::engine::Engine;
//! use flowwright::protocol::ActivityError;
//! use flowwright_store::MemoryStore;
//! use serde_json::json;
//!
//! let engine = Engine::builder(Arc::new(MemoryStore::new()))
//!     .activity("greet", |_, name: String| async move { Ok::<_, ActivityError>(format!("Hello, {name}!")) })
//!     .open()
//!     .await?;
//! engine.deploy("flow: hello\nsteps:\n  - {id: greet, type: activity, handler: greet, with: '${ input.name }'}\n").await?;
//!
//! let instance = engine.start("hello", json!({"name": "Ada"})).await?;
//! let outcome = instance.wait().await?;
//! assert_eq!(*outcome.output, json!("Hello, Ada!"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! # fn tokio_test<T>(future: impl Future<Output = T>) -> T {
//! #     tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
//! # }
//! ```
//!
//! An [`Engine`] is a handle: cloning it is cheap, and dropping the last one stops the engine (use
//! [`Engine::shutdown`] to stop in good order). Every call that changes something returns when the change is durable.
//! A caller that goes away cancels its wait, never the instance.

mod builder;
mod deploy;
mod events;
mod narrate;
mod operate;
mod query;
mod start;
mod task;
mod verify;
mod view;

pub use builder::EngineBuilder;
#[cfg(feature = "embed")]
pub(crate) use deploy::compile;
pub use deploy::{Deployed, Findings, Source};
pub use events::{EventStream, PublishedEvent};
pub use narrate::Narrator;
pub use operate::{AbortOptions, SignalCall};
pub use query::Outcome;
pub use start::{IfExists, InstanceHandle, StartBuilder};
pub use task::TaskCall;
pub use verify::{Finding, FindingKind, Verification};
pub use view::{HistoryEntry, InstanceView};

#[cfg(feature = "embed")]
pub(crate) use crate::machine::EventForm;
pub use crate::machine::Explanation;
pub use crate::runtime::{
    ActivityContext, Config, Directory, Environment, Handler, HandlerFuture, SystemEnvironment,
    VirtualEnvironment,
};

use std::sync::Arc;

use crate::base::{Error, ErrorKind, InstanceId, Payload, Result, Span};
use crate::protocol::Input;
use crate::runtime::{Answer, Ask, Call, Letter, Message, Reply, Shared, Waiting, gone, too_large};
use crate::store::Store;

/// A running engine.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    _guard: Arc<Guard>,
}

/// Stops the engine when its last handle is dropped.
struct Guard(Arc<Shared>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Engine {
    /// Describes an engine on a store; [`EngineBuilder::open`] starts it.
    pub fn builder(store: Arc<dyn Store>) -> EngineBuilder {
        EngineBuilder::new(store)
    }

    fn new(shared: Arc<Shared>) -> Self {
        Self { _guard: Arc::new(Guard(Arc::clone(&shared))), shared }
    }

    /// Adds or replaces a handler while the engine runs. Work that waited for it starts.
    pub fn register(&self, name: &str, handler: Arc<dyn Handler>) {
        self.shared.invoker.register(name.into(), handler);
        self.shared.offers.look();
    }

    /// Takes no more calls, lets handlers finish for up to `grace`, writes what there is to write, and gives the shards
    /// back, so that another engine goes on at once. Handlers that do not finish are told to stop, and run again
    /// elsewhere. The store stays open.
    ///
    /// # Errors
    /// What the store gives; the engine has stopped all the same.
    pub async fn shutdown(&self, grace: impl Into<Span>) -> Result<()> {
        self.shared.shut_down(grace.into()).await
    }

    /// How many attempts of handlers wait for their turn here, and how many run.
    pub fn load(&self) -> (usize, usize) {
        self.shared.invoker.load()
    }

    /// The shards that this process owns at the moment.
    pub fn shards(&self) -> Vec<u32> {
        self.shared.shards.owned()
    }

    /// Asks an instance, wherever it is.
    async fn ask(&self, instance: InstanceId, input: Input) -> Result<()> {
        self.open()?;
        if self.shared.shards.owns(instance) {
            match self.ask_here(instance, Ask::Input(input.clone())).await {
                Err(error) if error.kind() == ErrorKind::LeaseLost => {}
                answer => return answer.map(drop),
            }
        }
        self.shared.remote.call(&self.shared, instance, Letter::Input { input }).await.map(drop)
    }

    /// Asks an instance of this process.
    async fn ask_here(&self, instance: InstanceId, ask: Ask) -> Result<Answer> {
        let Some((waiting, answer)) = Waiting::new(&self.shared.calls, self.shared.config.calls) else {
            let message = format!("{} calls wait already; try again later", self.shared.config.calls);
            return Err(Error::new(ErrorKind::Overloaded, message));
        };
        let reply = Reply { local: Some(waiting), remote: None, item: None };
        self.shared.mailboxes.send_to(instance, Message::Call(Box::new(Call { instance, ask, reply })));
        answer.await.unwrap_or_else(|_| Err(gone(instance)))
    }

    /// Refuses calls to an engine that shuts down.
    fn open(&self) -> Result<()> {
        if self.shared.is_closing() {
            return Err(Error::new(ErrorKind::ShuttingDown, "the engine is shutting down; ask another one"));
        }
        Ok(())
    }

    /// Refuses a payload that is too large. `what` begins the message.
    fn check(&self, what: &str, payload: &Payload) -> Result<()> {
        match too_large(payload, self.shared.config.payload) {
            Some(why) => Err(Error::new(ErrorKind::TooLarge, format!("{what} {why}"))),
            None => Ok(()),
        }
    }
}

fn unknown_instance(instance: InstanceId) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no instance {instance}")).with("instance", instance)
}
