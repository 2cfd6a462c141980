//! Signals, messages, and what operators do.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use super::Engine;
use crate::base::{InstanceId, Payload, Result, Span};
use crate::protocol::{Input, Operator, Signal};

/// How an instance is aborted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AbortOptions {
    /// Whether what was completed is compensated first.
    pub compensate: bool,
    /// Whether a compensation that is under way is broken off.
    pub force: bool,
}

/// A signal that is described, and sent when it is awaited.
#[must_use = "nothing is sent until it is awaited"]
pub struct SignalCall {
    engine: Engine,
    instance: InstanceId,
    signal: Signal,
}

impl SignalCall {
    /// The sender's id for the signal: a second one with the same id changes nothing.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.signal.id = Some(id.into());
        self
    }

    /// The correlation key, for steps that ask for one.
    pub fn correlation(mut self, key: impl Into<String>) -> Self {
        self.signal.correlation = Some(key.into());
        self
    }

    /// How long it is kept when nobody waits for it yet.
    pub fn ttl(mut self, ttl: impl Into<Span>) -> Self {
        self.signal.ttl = Some(ttl.into());
        self
    }
}

impl IntoFuture for SignalCall {
    type Output = Result<()>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { engine, instance, signal } = self;
        Box::pin(async move {
            engine.check("the signal's payload", &signal.payload)?;
            engine.ask(instance, Input::Signal(signal)).await
        })
    }
}

impl Engine {
    /// Sends a signal to an instance; await the answer. One that it does not wait for yet is kept until it does.
    ///
    /// # Errors
    /// `NotFound`; `InstanceClosed`; `LimitReached` when too many are kept; `TooLarge`.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use flowwright::engine::Engine;
    /// # use serde_json::json;
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let engine = Engine::builder(Arc::new(flowwright_store::MemoryStore::new())).open().await?;
    /// # engine.deploy("flow: wait\nsteps: [{id: docs, type: signal, name: documents}]").await?;
    /// let instance = engine.start("wait", json!({})).await?;
    /// engine.signal(instance.id, "documents", json!({"pages": 3})).id("upload-1").await?;
    /// assert_eq!(*instance.wait().await?.output, json!({"pages": 3}));
    /// # Ok::<(), flowwright::base::Error>(()) })?; Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn signal(&self, instance: InstanceId, name: &str, payload: impl Into<Payload>) -> SignalCall {
        let signal =
            Signal { id: None, name: name.to_owned(), correlation: None, payload: payload.into(), ttl: None };
        SignalCall { engine: self.clone(), instance, signal }
    }

    /// Sends a message to every instance that waits for one with this name and correlation key. The answer says who has
    /// got it; an instance that has ended or moved on meanwhile is not among them.
    ///
    /// # Errors
    /// `TooLarge`; what the store gives.
    pub async fn message(
        &self,
        name: &str,
        correlation: &str,
        payload: impl Into<Payload>,
    ) -> Result<Vec<InstanceId>> {
        let payload = payload.into();
        self.check("the message's payload", &payload)?;
        let mut reached = Vec::new();
        for instance in self.shared.store.subscribers(name, correlation).await? {
            match self.signal(instance, name, payload.clone()).correlation(correlation).await {
                Ok(()) => reached.push(instance),
                Err(error) if error.retryable() => return Err(error),
                Err(error) => tracing::debug!(%instance, %error, "a message was refused"),
            }
        }
        Ok(reached)
    }

    /// Holds an instance: it starts nothing until it is resumed.
    ///
    /// # Errors
    /// `NotFound`; `InstanceClosed`.
    pub async fn suspend(&self, instance: InstanceId, operator: Operator) -> Result<()> {
        self.ask(instance, Input::Suspend(operator)).await
    }

    /// Lets a suspended instance go on from exactly where it was.
    ///
    /// # Errors
    /// `NotFound`; `InstanceClosed`.
    pub async fn resume(&self, instance: InstanceId, operator: Operator) -> Result<()> {
        self.ask(instance, Input::Resume(operator)).await
    }

    /// Ends an instance: what is active is cancelled, and what was completed is compensated if asked for.
    ///
    /// # Errors
    /// `NotFound`; `InstanceClosed`.
    pub async fn abort(&self, instance: InstanceId, operator: Operator, options: AbortOptions) -> Result<()> {
        let AbortOptions { compensate, force } = options;
        self.ask(instance, Input::Abort { operator, compensate, force }).await
    }

    /// Does a failed or indeterminate step again, with the same idempotency key, or `anew` with another one.
    ///
    /// # Errors
    /// `NotFound` for the instance or the step; `StepState` if the step is neither failed nor indeterminate.
    pub async fn retry(
        &self,
        instance: InstanceId,
        step: &str,
        operator: Operator,
        anew: bool,
    ) -> Result<()> {
        self.ask(instance, Input::Retry { operator, step: step.to_owned(), anew }).await
    }

    /// Passes over a failed or indeterminate step, as if it had completed with `null`.
    ///
    /// # Errors
    /// As [`retry`](Self::retry).
    pub async fn skip(&self, instance: InstanceId, step: &str, operator: Operator) -> Result<()> {
        self.ask(instance, Input::Skip { operator, step: step.to_owned() }).await
    }

    /// Gives a failed or indeterminate step its output.
    ///
    /// # Errors
    /// As [`retry`](Self::retry); `TooLarge`.
    pub async fn complete_step(
        &self,
        instance: InstanceId,
        step: &str,
        operator: Operator,
        output: impl Into<Payload>,
    ) -> Result<()> {
        let output = output.into();
        self.check("the output", &output)?;
        self.ask(instance, Input::Complete { operator, step: step.to_owned(), output }).await
    }
}
