//! What activities do: they write down their result before they give it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flowwright::engine::{ActivityContext, EngineBuilder};
use flowwright::protocol::ActivityError;
use serde_json::{Value, json};

use crate::lot::Lot;
use crate::record::{Record, Recorder};

/// Adds handlers: all of them in the first process, and not quite all in others, whose work then goes to those who have
/// them.
pub fn register(builder: EngineBuilder, recorder: &Arc<Recorder>, name: &str, number: u64) -> EngineBuilder {
    let desk =
        Arc::new(Desk { recorder: Arc::clone(recorder), name: name.to_owned(), count: AtomicU64::new(0) });
    let (work, flaky, slow, undo) = (Arc::clone(&desk), Arc::clone(&desk), Arc::clone(&desk), desk);
    let builder = match number % 3 {
        1 => builder,
        _ => builder.activity("undo", move |context, input| Arc::clone(&undo).work(context, input)),
    };
    let builder = match number % 3 {
        2 => builder,
        _ => builder.activity("flaky", move |context, input| Arc::clone(&flaky).flaky(context, input)),
    };
    builder
        .activity("work", move |context, input| Arc::clone(&work).work(context, input))
        .activity("slow", move |context, input| Arc::clone(&slow).slow(context, input))
        .activity("broken", |_, _: Value| async {
            Err::<Value, _>(ActivityError::fatal("broken", "this never works"))
        })
}

struct Desk {
    recorder: Arc<Recorder>,
    name: String,
    count: AtomicU64,
}

impl Desk {
    /// Takes no or little time, and gives something that nobody else gives.
    async fn work(self: Arc<Self>, context: ActivityContext, input: Value) -> Result<Value, ActivityError> {
        let key = context.idempotency_key().to_owned();
        let mut lot = Lot::of(&format!("{key} {}", context.attempt()));
        if lot.below(4) == 0 {
            tokio::time::sleep(Duration::from_millis(lot.below(40))).await;
        }
        let unique = format!("{}/{}", self.name, self.count.fetch_add(1, Ordering::Relaxed));
        self.recorder.write(&Record::Done { key: key.clone(), unique: unique.clone() });
        Ok(json!({"unique": unique, "key": key, "input": input}))
    }

    /// Fails a few times first.
    async fn flaky(self: Arc<Self>, context: ActivityContext, input: Value) -> Result<Value, ActivityError> {
        let failures = Lot::of(context.idempotency_key()).below(4);
        if u64::from(context.attempt()) <= failures {
            return Err(ActivityError::retryable("unlucky", "try again"));
        }
        self.work(context, input).await
    }

    /// Takes too long a few times first: it does its work, and nobody waits for the result any more.
    async fn slow(self: Arc<Self>, context: ActivityContext, input: Value) -> Result<Value, ActivityError> {
        let late = Lot::of(context.idempotency_key()).below(3) >= u64::from(context.attempt());
        let result = self.work(context, input).await?;
        if late {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Ok(result)
    }
}
