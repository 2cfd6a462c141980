//! What a handler knows about the work that it does.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Span;

use crate::base::{InstanceId, Payload, Timestamp};
use crate::protocol::{Purpose, RunActivity};

/// What a handler knows about the attempt that it is, and how it reports that it lives.
#[derive(Clone)]
pub struct ActivityContext {
    inner: Arc<Inner>,
}

struct Inner {
    instance: InstanceId,
    run: Box<RunActivity>,
    cancel: CancellationToken,
    span: Span,
    begun: Instant,
    pulse: Mutex<Pulse>,
}

struct Pulse {
    at: Instant,
    details: Option<Payload>,
}

impl ActivityContext {
    pub(crate) fn new(instance: InstanceId, run: Box<RunActivity>, cancel: CancellationToken) -> Self {
        let span = tracing::info_span!(
            "activity",
            instance = %instance,
            step = %run.step,
            handler = %run.handler,
            attempt = run.work.attempt,
        );
        let begun = Instant::now();
        let pulse = Mutex::new(Pulse { at: begun, details: None });
        Self { inner: Arc::new(Inner { instance, run, cancel, span, begun, pulse }) }
    }

    /// The instance.
    pub fn instance(&self) -> InstanceId {
        self.inner.instance
    }

    /// The step's path, for example `each[2]/pay`.
    pub fn step(&self) -> &str {
        &self.inner.run.step
    }

    /// Which attempt this is, from 1.
    pub fn attempt(&self) -> u32 {
        self.inner.run.work.attempt
    }

    /// What the handler is run for: the step's work, a check whether it was done, or its undoing.
    pub fn purpose(&self) -> Purpose {
        self.inner.run.work.purpose
    }

    /// The same in every attempt of the step; another one only where an operator asked for the work to be done anew.
    /// Give it to whatever the handler changes outside, so that the change happens once.
    pub fn idempotency_key(&self) -> &str {
        &self.inner.run.idempotency_key
    }

    /// When all attempts together have to be done. The end of this attempt alone shows in
    /// [`cancelled`](Self::cancelled).
    pub fn deadline(&self) -> Option<Timestamp> {
        self.inner.run.deadline
    }

    /// Triggered when the result is not wanted any more: the step timed out or was cancelled, the instance was
    /// aborted, the engine shuts down. A handler that goes on regardless is dropped after a while.
    pub fn cancellation(&self) -> &CancellationToken {
        &self.inner.cancel
    }

    /// Resolves when the result is not wanted any more.
    pub async fn cancelled(&self) {
        self.inner.cancel.cancelled().await;
    }

    /// Says that the handler lives, and how far it has come. The next attempt reads it with
    /// [`last_heartbeat`](Self::last_heartbeat).
    pub fn heartbeat(&self, details: impl Into<serde_json::Value>) {
        let mut pulse = self.inner.pulse.lock();
        pulse.at = Instant::now();
        pulse.details = Some(Payload::from(details.into()));
    }

    /// What the attempt before this one said with its last heartbeat.
    pub fn last_heartbeat(&self) -> Option<&Payload> {
        self.inner.run.last_heartbeat.as_ref()
    }

    /// The tracing span of the attempt: what the handler logs is under it already; for tasks that it spawns.
    pub fn span(&self) -> &Span {
        &self.inner.span
    }

    pub(crate) fn run(&self) -> &RunActivity {
        &self.inner.run
    }

    /// When the attempt began.
    pub(crate) fn begun(&self) -> Instant {
        self.inner.begun
    }

    /// When the handler last showed that it lives.
    pub(crate) fn last_pulse(&self) -> Instant {
        self.inner.pulse.lock().at
    }

    /// What it said then; else what the attempt before it said.
    pub(crate) fn last_details(&self) -> Option<Payload> {
        self.inner.pulse.lock().details.clone().or_else(|| self.inner.run.last_heartbeat.clone())
    }
}
