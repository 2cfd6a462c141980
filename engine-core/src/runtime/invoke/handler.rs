//! Handlers: the program's own code that activities call.

use std::future::Future;
use std::pin::Pin;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ActivityContext;
use crate::base::Payload;
use crate::protocol::ActivityError;

/// A handler at work.
pub type HandlerFuture = Pin<Box<dyn Future<Output = Result<Payload, ActivityError>> + Send>>;

/// The code behind a handler's name. Closures become one through
/// [`EngineBuilder::activity`](crate::engine::EngineBuilder::activity); bindings implement it themselves.
///
/// A handler runs at least once for a step, and perhaps again after a crash: it hands
/// [`ActivityContext::idempotency_key`] to whatever it changes outside. It must not block its thread; work that does
/// belongs into `tokio::task::spawn_blocking`.
pub trait Handler: Send + Sync + 'static {
    /// Does the work once.
    fn call(&self, context: ActivityContext, input: Payload) -> HandlerFuture;
}

/// A closure that takes JSON and gives JSON.
pub(crate) struct RawHandler<F>(pub F);

impl<F, Fut> Handler for RawHandler<F>
where
    F: Fn(ActivityContext, Payload) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Payload, ActivityError>> + Send + 'static,
{
    fn call(&self, context: ActivityContext, input: Payload) -> HandlerFuture {
        Box::pin((self.0)(context, input))
    }
}

/// A closure that takes and gives types of its own.
pub(crate) struct TypedHandler<F, T> {
    function: F,
    input: std::marker::PhantomData<fn(T)>,
}

impl<F, T> TypedHandler<F, T> {
    pub(crate) const fn new(function: F) -> Self {
        Self { function, input: std::marker::PhantomData }
    }
}

impl<F, Fut, T, U> Handler for TypedHandler<F, T>
where
    F: Fn(ActivityContext, T) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<U, ActivityError>> + Send + 'static,
    T: DeserializeOwned + Send + 'static,
    U: Serialize + 'static,
{
    fn call(&self, context: ActivityContext, input: Payload) -> HandlerFuture {
        match T::deserialize(&*input) {
            Ok(input) => {
                let work = (self.function)(context, input);
                Box::pin(async move { output(&work.await?) })
            }
            Err(error) => {
                let message =
                    format!("the handler cannot read its input: {error}; mend `with` or the handler's type");
                Box::pin(std::future::ready(Err(ActivityError::fatal("invalid_input", message))))
            }
        }
    }
}

fn output<U: Serialize>(value: &U) -> Result<Payload, ActivityError> {
    serde_json::to_value(value).map(Payload::from).map_err(|error| {
        ActivityError::fatal("invalid_output", format!("what the handler returned is no JSON: {error}"))
    })
}
