//! Following what happens, from another language.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex as Lock;
use serde_json::Value;
use tokio::sync::Mutex;

use super::answer::told;
use super::told::EventPage;
use crate::base::{Error, ErrorKind, InstanceId, Result};
use crate::engine::{Engine, EventStream, Narrator};

/// Streams by number.
#[derive(Default)]
pub(super) struct Streams {
    open: Lock<Open>,
}

#[derive(Default)]
struct Open {
    last: u64,
    streams: HashMap<u64, Arc<Mutex<Followed>>>,
}

struct Followed {
    events: EventStream,
    narrator: Narrator,
    only: Option<InstanceId>,
}

impl Streams {
    pub async fn follow(&self, engine: &Engine, after: i64, only: Option<InstanceId>) -> Result<Value> {
        let events = match u64::try_from(after) {
            Ok(after) => engine.events(after),
            Err(_) => engine.events_from_now().await?,
        };
        let followed = Followed { events, narrator: Narrator::default(), only };
        let mut open = self.open.lock();
        open.last += 1;
        let number = open.last;
        open.streams.insert(number, Arc::new(Mutex::new(followed)));
        Ok(number.into())
    }

    pub async fn next(&self, engine: &Engine, stream: u64, limit: usize) -> Result<Value> {
        let known = self.open.lock().streams.get(&stream).cloned();
        let Some(followed) = known else {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("there is no stream {stream}; it was ended"),
            ));
        };
        let mut followed = followed.lock().await;
        followed.next(engine, limit.max(1)).await
    }

    pub fn end(&self, stream: u64) -> Value {
        self.open.lock().streams.remove(&stream).is_some().into()
    }
}

impl Followed {
    async fn next(&mut self, engine: &Engine, limit: usize) -> Result<Value> {
        let mut events = Vec::new();
        let mut event = Some(self.events.next().await?);
        while let Some(found) = event {
            if self.only.is_none_or(|only| only == found.instance) {
                events.push(self.narrator.tell(engine, &found).await?);
            }
            if events.len() == limit {
                break;
            }
            event = match self.events.try_next().await? {
                None if events.is_empty() => Some(self.events.next().await?),
                found => found,
            };
        }
        told(&EventPage { events, position: self.events.position() })
    }
}
