//! Handlers that are written in another language.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::outbox::Outbox;
use super::{Delivery, Job};
use crate::base::Payload;
use crate::engine::{ActivityContext, Handler, HandlerFuture};
use crate::protocol::ActivityError;

type Returned = Result<Payload, ActivityError>;

/// Work that the other language has been given.
#[derive(Default)]
pub(super) struct Jobs {
    out: Mutex<Out>,
}

#[derive(Default)]
struct Out {
    last: u64,
    jobs: HashMap<u64, (oneshot::Sender<Returned>, ActivityContext)>,
}

impl Jobs {
    fn begin(&self, context: &ActivityContext) -> (u64, oneshot::Receiver<Returned>) {
        let (sender, receiver) = oneshot::channel();
        let mut out = self.out.lock();
        out.last += 1;
        let id = out.last;
        out.jobs.insert(id, (sender, context.clone()));
        (id, receiver)
    }

    /// Hands a result on. One that nobody waits for any more is dropped.
    pub fn finish(&self, job: u64, returned: Returned) {
        let waiting = self.out.lock().jobs.remove(&job);
        if let Some((sender, _)) = waiting {
            let _unwanted = sender.send(returned);
        }
    }

    /// Passes a sign of life on.
    pub fn beat(&self, job: u64, details: Payload) {
        let context = self.out.lock().jobs.get(&job).map(|(_, context)| context.clone());
        if let Some(context) = context {
            context.heartbeat(details.into_value());
        }
    }

    /// How much work is out.
    pub fn count(&self) -> usize {
        self.out.lock().jobs.len()
    }
}

/// A handler by name.
pub(super) struct Callback {
    pub name: Arc<str>,
    pub jobs: Arc<Jobs>,
    pub outbox: Arc<Outbox>,
}

impl Handler for Callback {
    fn call(&self, context: ActivityContext, input: Payload) -> HandlerFuture {
        let (id, result) = self.jobs.begin(&context);
        self.outbox.push(Delivery::Job(Box::new(Job::new(id, &self.name, &context, input))));
        let given = Given { id, jobs: Arc::clone(&self.jobs), outbox: Arc::clone(&self.outbox), told: false };
        Box::pin(wait(context, given, result))
    }
}

/// Waits for a result, and says so when it is not wanted any more. The engine decides how long it waits after that.
async fn wait(
    context: ActivityContext,
    mut given: Given,
    result: impl Future<Output = Result<Returned, oneshot::error::RecvError>> + Send,
) -> Returned {
    let mut result = std::pin::pin!(result);
    let returned = tokio::select! {
        biased;
        returned = &mut result => returned,
        () = context.cancelled() => {
            given.cancel();
            result.await
        }
    };
    given.told = true;
    returned
        .unwrap_or_else(|_| Err(ActivityError::retryable("host_gone", "the handler's program has stopped")))
}

/// A job that is out. Dropped before its result came, it is called back.
struct Given {
    id: u64,
    jobs: Arc<Jobs>,
    outbox: Arc<Outbox>,
    told: bool,
}

impl Given {
    fn cancel(&mut self) {
        if !std::mem::replace(&mut self.told, true) {
            self.outbox.push(Delivery::Cancel(self.id));
        }
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        self.jobs.out.lock().jobs.remove(&self.id);
        self.cancel();
    }
}
