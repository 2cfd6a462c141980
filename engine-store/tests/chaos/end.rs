//! What there is at the end.

use std::collections::BTreeMap;

use flowwright::base::InstanceId;
use flowwright::engine::{Engine, HistoryEntry, Verification};
use flowwright::machine::State;
use flowwright::protocol::{Activation, Event, InstanceStatus};
use flowwright::store::{HistoryRow, InstanceFilter, InstanceSummary, Page, Store};
use flowwright_store::MemoryStore;

use crate::oracle::Told;

/// The statuses of what has not ended.
pub const OPEN: [InstanceStatus; 3] =
    [InstanceStatus::Pending, InstanceStatus::Running, InstanceStatus::Suspended];

/// An instance, as the store has it.
pub struct Life {
    pub summary: InstanceSummary,
    /// From the snapshot and what came after it.
    pub state: State,
    pub history: Vec<HistoryEntry>,
}

/// What there is at the end: what was told, and what is.
pub struct End {
    pub told: Told,
    pub lives: BTreeMap<InstanceId, Life>,
    pub feed: Vec<HistoryRow>,
    pub audit: Verification,
    /// Mail that still waits for an instance.
    pub mail: Vec<InstanceId>,
    pub crashes: usize,
    pub pauses: usize,
}

impl End {
    /// Reads everything.
    pub async fn of(engine: &Engine, store: &MemoryStore, told: Told) -> Self {
        let mut lives = BTreeMap::new();
        for summary in everything(engine, InstanceFilter::default()).await {
            let id = summary.instance;
            let (_, state) = engine.state(id).await.unwrap();
            let history = engine.history(id).await.unwrap();
            lives.insert(id, Life { summary, state, history });
        }
        let shards: Vec<u32> = (0..16).collect();
        let mail = store.inbox(&shards, 0, usize::MAX).await.unwrap();
        Self {
            told,
            lives,
            feed: store.feed(0, usize::MAX).await.unwrap(),
            audit: engine.verify_all().await.unwrap(),
            mail: mail.into_iter().map(|item| item.instance).collect(),
            crashes: 0,
            pauses: 0,
        }
    }

    /// The jobs with their numbers.
    pub fn jobs(&self) -> impl Iterator<Item = (InstanceId, usize, &Life)> {
        self.lives.iter().filter_map(|(id, life)| Some((*id, life.number()?, life)))
    }

    /// What everybody was told to be there.
    pub fn life(&self, id: InstanceId) -> &Life {
        self.lives.get(&id).unwrap_or_else(|| panic!("{id} is lost"))
    }
}

impl Life {
    /// The number of a job.
    pub fn number(&self) -> Option<usize> {
        self.summary.row.key.as_ref().filter(|_| self.summary.row.flow == "job")?.parse().ok()
    }

    /// The children that calls have, with the paths of the calls.
    pub fn children(&self) -> impl Iterator<Item = (InstanceId, &HistoryEntry)> {
        self.history.iter().filter_map(|entry| match &entry.event {
            Event::StepActivated { doing: Activation::Call { child, .. }, .. } => Some((*child, entry)),
            _ => None,
        })
    }

    /// All that happened, for a message.
    pub fn story(&self) -> String {
        self.history.iter().map(|entry| format!("\n  {}", entry.json)).collect()
    }
}

/// The rows of these instances.
pub async fn everything(engine: &Engine, filter: InstanceFilter) -> Vec<InstanceSummary> {
    engine.list(&filter, &Page { limit: 10_000, after: None }).await.unwrap()
}
