//! Calls to instances that another process owns: written into the store's inbox, answered through it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};
use uuid::Uuid;

use super::Shared;
use super::mail::{ANSWERS, Answer, Letter, Mail, read_answer};
use crate::base::{Error, ErrorKind, InstanceId, Result, Timestamp};
use crate::store::InboxItem;

/// How long to wait before the first look for an answer, and at most between two looks.
const LOOKS: (Duration, Duration) = (Duration::from_millis(4), Duration::from_millis(100));
/// Answers that nobody took for this long are removed.
const STALE_MILLIS: i64 = 600_000;
/// How often is looked for such answers.
const SWEEP: Duration = Duration::from_secs(600);
/// How many answers are read at once.
const PAGE: usize = 1_000;

/// Calls that wait for another process.
#[derive(Default)]
pub(crate) struct Remote {
    waiting: Mutex<HashMap<Uuid, oneshot::Sender<Result<Answer>>>>,
    wake: Notify,
}

impl Remote {
    /// Asks the owner of an instance, whoever that is.
    ///
    /// # Errors
    /// `WaitTimedOut` when no answer came in time: the request is kept, and will still be decided.
    pub async fn call(&self, shared: &Shared, instance: InstanceId, letter: Letter) -> Result<Answer> {
        let call = shared.env.new_id();
        let mail = Mail { call: Some(call), letter };
        let delivery = mail.to(instance, shared.shards.len(), None)?;
        let (sender, receiver) = oneshot::channel();
        let registered = Registered { remote: self, call };
        self.waiting.lock().insert(call, sender);
        shared.store.deliver(vec![delivery]).await?;
        shared.poke(&[instance.shard(shared.shards.len())]);
        self.wake.notify_one();
        let answer = tokio::time::timeout(shared.config.remote_timeout.to_std(), receiver).await;
        drop(registered);
        match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(super::mailbox::gone(instance)),
            Err(_) => Err(unanswered(shared, instance)),
        }
    }

    /// Looks for answers while anybody waits for one, and now and then for those whose caller is gone.
    pub async fn run(shared: Arc<Shared>) {
        let remote = &shared.remote;
        let (mut after, mut pause, mut more) = (0, LOOKS.0, false);
        loop {
            if remote.waiting.lock().is_empty() && !more {
                if tokio::time::timeout(SWEEP, remote.wake.notified()).await.is_err() {
                    after = 0;
                }
                pause = LOOKS.0;
            }
            tokio::select! {
                biased;
                () = shared.store.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
            match shared.store.inbox(&[ANSWERS], after, PAGE).await {
                Ok(items) if items.is_empty() => (pause, more) = ((pause * 2).min(LOOKS.1), false),
                Ok(items) => {
                    (pause, more) = (LOOKS.0, items.len() >= PAGE);
                    after = items.last().map_or(after, |item| item.id);
                    remote.take(&shared, items).await;
                }
                Err(error) => tracing::warn!(%error, "answers could not be read"),
            }
        }
    }

    /// Hands answers to those who wait for them, and removes what nobody will ever take.
    async fn take(&self, shared: &Shared, items: Vec<InboxItem>) {
        let now = shared.env.now();
        let mut done = Vec::new();
        for item in items {
            let call = item.instance.uuid();
            let waiting = self.waiting.lock().remove(&call);
            if waiting.is_some() || is_stale(call, now) {
                done.push(item.id);
            }
            if let Some(waiting) = waiting {
                let _ = waiting.send(read_answer(call, item.id, &item.input));
            }
        }
        if done.is_empty() {
            return;
        }
        if let Err(error) = shared.store.discard(&done).await {
            tracing::warn!(%error, "answers could not be removed; they are removed later");
        }
    }
}

/// A call that is forgotten when its caller goes away.
struct Registered<'a> {
    remote: &'a Remote,
    call: Uuid,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.remote.waiting.lock().remove(&self.call);
    }
}

fn is_stale(call: Uuid, now: Timestamp) -> bool {
    let drawn = call.get_timestamp().map_or(0, |time| time.to_unix().0.saturating_mul(1_000));
    now.millis() - i64::try_from(drawn).unwrap_or(i64::MAX) > STALE_MILLIS
}

fn unanswered(shared: &Shared, instance: InstanceId) -> Error {
    let message = format!(
        "no process has answered for instance {instance} within {}; the request is kept and will be decided",
        shared.config.remote_timeout
    );
    Error::new(ErrorKind::WaitTimedOut, message).with("instance", instance)
}
