//! Following everything that happens, in the order in which it became durable.

use std::collections::VecDeque;

use super::Engine;
use crate::base::{InstanceId, Result, Timestamp};
use crate::protocol::{Event, wire};
use crate::runtime::Follower;
use crate::store::HistoryRow;

/// How many rows are read at once.
const PAGE: usize = 500;

/// Something that happened, and that is durable.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedEvent {
    /// The place among everything that happened. Events of one instance that became durable together share it; see
    /// [`EventStream::position`].
    pub position: u64,
    /// To whom.
    pub instance: InstanceId,
    /// Counts the instance's events, from 1.
    pub seq: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// What.
    pub event: Event,
}

/// Everything that happens, in order. Made by [`Engine::events`].
pub struct EventStream {
    engine: Engine,
    /// Everything up to here was read.
    position: u64,
    ready: VecDeque<PublishedEvent>,
    news: Follower,
}

impl Engine {
    /// Follows everything that happens to all instances of the database, whichever process decides it, beginning behind
    /// a position (0: from the very first). What was there before comes first, then what happens.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use flowwright::engine::Engine;
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let engine = Engine::builder(Arc::new(flowwright_store::MemoryStore::new())).open().await?;
    /// # engine.deploy("flow: short\nsteps: [{id: note, type: assign, set: {x: '1'}}]").await?;
    /// engine.start("short", serde_json::json!({})).await?;
    /// let mut events = engine.events(0);
    /// assert_eq!(events.next().await?.event.name(), "instance_started");
    /// # Ok::<(), flowwright::base::Error>(()) })?; Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn events(&self, after: u64) -> EventStream {
        EventStream {
            engine: self.clone(),
            position: after,
            ready: VecDeque::new(),
            news: self.shared.committer.follow(),
        }
    }

    /// Follows everything that happens from now on.
    ///
    /// # Errors
    /// What the store gives.
    pub async fn events_from_now(&self) -> Result<EventStream> {
        let newest = self.shared.store.newest().await?;
        Ok(self.events(newest))
    }
}

impl EventStream {
    /// The next event; waits for it. Dropping the wait loses nothing.
    ///
    /// # Errors
    /// `ShuttingDown` when the engine stops; `Corrupt`; what the store gives. The stream can be asked again.
    pub async fn next(&mut self) -> Result<PublishedEvent> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            if !self.read().await? {
                self.engine.open()?;
                let poll = self.engine.shared.config.poll.to_std();
                let _ = tokio::time::timeout(poll, self.news.changed()).await;
            }
        }
    }

    /// Everything up to here was handed out: begin there ([`Engine::events`]) to go on after a pause. No event is missed;
    /// those that share a position with the last one come again, and are told apart by instance and `seq`.
    pub fn position(&self) -> u64 {
        self.ready.front().map_or(self.position, |event| event.position - 1)
    }

    /// The next event if there is one already.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn try_next(&mut self) -> Result<Option<PublishedEvent>> {
        if self.ready.is_empty() {
            self.read().await?;
        }
        Ok(self.ready.pop_front())
    }

    /// Reads a page. False if there was nothing.
    async fn read(&mut self) -> Result<bool> {
        self.news.mark_heard();
        let rows = self.engine.shared.store.feed(self.position, PAGE).await?;
        for row in &rows {
            self.ready.extend(events_of(row)?);
            self.position = row.position;
        }
        Ok(!rows.is_empty())
    }
}

fn events_of(row: &HistoryRow) -> Result<Vec<PublishedEvent>> {
    let Some(instance) = row.instance else { return Ok(Vec::new()) };
    let recorded = wire::read_events(instance, row.first_seq, &row.events)?;
    let published = recorded.into_iter().map(|recorded| PublishedEvent {
        position: row.position,
        instance,
        seq: recorded.seq,
        at: recorded.at,
        event: recorded.event,
    });
    Ok(published.collect())
}
