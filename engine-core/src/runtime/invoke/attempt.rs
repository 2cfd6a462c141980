//! One attempt: the handler's future, its panics caught, its heartbeat watched.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::{ActivityContext, HandlerFuture, Registered};
use crate::base::{Payload, Span};
use crate::protocol::{ActivityError, Input};
use crate::runtime::limit::too_large;

/// A handler at work. A panic is a failed attempt.
pub(super) struct Attempt {
    context: ActivityContext,
    future: HandlerFuture,
}

impl Attempt {
    pub fn begin(handler: &Registered, context: ActivityContext) -> Self {
        let input = context.run().input.clone();
        let span = context.span().clone();
        let called =
            span.in_scope(|| catch_unwind(AssertUnwindSafe(|| handler.handler.call(context.clone(), input))));
        let future = called.unwrap_or_else(|panic| Box::pin(std::future::ready(Err(panicked(&*panic)))));
        Self { context, future }
    }

    pub const fn context(&self) -> &ActivityContext {
        &self.context
    }
}

impl Future for Attempt {
    type Output = Result<Payload, ActivityError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let span = self.context.span().clone();
        let future = &mut self.future;
        span.in_scope(|| catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))))
            .unwrap_or_else(|panic| Poll::Ready(Err(panicked(&*panic))))
    }
}

fn panicked(panic: &(dyn Any + Send)) -> ActivityError {
    let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    ActivityError::retryable("panic", format!("the handler panicked: {text}"))
}

/// What the machine is told about an attempt that came back.
pub(super) fn input(
    context: &ActivityContext,
    result: Result<Payload, ActivityError>,
    limit: usize,
) -> Input {
    let work = context.run().work;
    match result {
        Ok(output) => match too_large(&output, limit) {
            None => Input::ActivityCompleted { work, output },
            Some(why) => {
                let message = format!("the handler's output {why}");
                Input::ActivityFailed { work, error: ActivityError::fatal("payload_too_large", message) }
            }
        },
        Err(mut error) => {
            error.heartbeat = error.heartbeat.or_else(|| context.last_details());
            Input::ActivityFailed { work, error }
        }
    }
}

/// How a first wait for an attempt ended.
pub(super) enum Waited {
    /// It came back.
    Done(Result<Payload, ActivityError>),
    /// It is given up: it took too long, or its heart stopped. It may still come back, too late.
    GivenUp(ActivityError),
    /// It was told to stop, and did not in time.
    Dropped,
}

/// Waits for an attempt that was not done at once.
pub(super) async fn wait(attempt: &mut Attempt, grace: Span) -> Waited {
    let context = attempt.context().clone();
    tokio::select! {
        biased;
        result = attempt => Waited::Done(result),
        error = timeout(&context) => Waited::GivenUp(error),
        error = silence(&context) => Waited::GivenUp(error),
        () = outlived(&context, grace) => Waited::Dropped,
    }
}

/// Tells a given up attempt to stop, and waits for its late result.
pub(super) async fn wait_late(attempt: &mut Attempt, grace: Span) -> Option<Result<Payload, ActivityError>> {
    attempt.context().cancellation().cancel();
    tokio::time::timeout(grace.to_std(), attempt).await.ok()
}

async fn outlived(context: &ActivityContext, grace: Span) {
    context.cancelled().await;
    tokio::time::sleep(grace.to_std()).await;
}

async fn timeout(context: &ActivityContext) -> ActivityError {
    let Some(longest) = context.run().timeout else { return std::future::pending().await };
    tokio::time::sleep_until(context.begun() + longest.to_std()).await;
    ActivityError::retryable("timeout", format!("the attempt took longer than {longest}"))
}

/// Resolves when no heartbeat has come for too long; never for an attempt that owes none.
async fn silence(context: &ActivityContext) -> ActivityError {
    let Some(longest) = context.run().heartbeat else { return std::future::pending().await };
    loop {
        let end = context.last_pulse() + longest.to_std();
        tokio::time::sleep_until(end).await;
        if context.last_pulse() + longest.to_std() <= end {
            return ActivityError::retryable("heartbeat_lost", format!("no heartbeat for {longest}"));
        }
    }
}
