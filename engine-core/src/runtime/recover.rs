//! Reading an instance from the store, and folding it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Shared;
use super::mailbox::Message;
use super::slot::Stored;
use crate::base::{Error, ErrorKind, InstanceId, Result};
use crate::graph::Graph;
use crate::machine::{self, State};
use crate::protocol::{Chain, wire};
use crate::store::{Loaded, SnapshotRow};

/// An instance as it was read.
#[derive(Debug)]
pub(crate) struct Restored {
    pub graph: Arc<Graph>,
    pub state: State,
    pub stored: Stored,
    pub chain: Chain,
    /// Its snapshot, without the bytes' content.
    pub snapshot: Option<SnapshotRow>,
}

/// Reads an instance.
///
/// # Errors
/// `Corrupt` where what the store holds does not make sense; what the store gives.
pub(crate) async fn restore(shared: &Shared, instance: InstanceId) -> Result<Option<Restored>> {
    let Some(loaded) = shared.store.load(instance).await? else { return Ok(None) };
    let flow: Arc<str> = loaded.summary.row.flow.as_str().into();
    let graph = shared.catalog.graph(&flow, loaded.summary.row.version).await?;
    let state = catch_unwind(AssertUnwindSafe(|| fold(&graph, instance, &loaded))).unwrap_or_else(|_| {
        let message = format!("the history of instance {instance} cannot be folded; please report it");
        Err(Error::new(ErrorKind::Corrupt, message).with("instance", instance))
    })?;
    let row = &loaded.summary.row;
    let stored = Stored { status: row.status, wake: row.wake };
    let chain = newest_link(shared, instance, &loaded).await?;
    Ok(Some(Restored { graph, state, stored, chain, snapshot: loaded.snapshot }))
}

/// The hash that the history ends with.
async fn newest_link(shared: &Shared, instance: InstanceId, loaded: &Loaded) -> Result<Chain> {
    let seq = loaded.summary.seq;
    let read;
    let last = match loaded.tail.last() {
        Some(last) => Some(last),
        None => {
            read = shared.store.history(instance, seq.saturating_sub(1), 1).await?;
            read.last()
        }
    };
    // A history without its hash goes on with a new chain: to check it is an auditor's affair, and no reason to stand still.
    Ok(last.and_then(|row| Chain::of_row(&row.events)).unwrap_or_else(|| Chain::new(instance)))
}

/// The state that the snapshot and the history after it give.
pub(crate) fn fold(graph: &Graph, instance: InstanceId, loaded: &Loaded) -> Result<State> {
    let mut state = match &loaded.snapshot {
        Some(snapshot) => wire::read("snapshot", instance, snapshot.seq, &snapshot.state)?,
        None => State::new(),
    };
    for row in &loaded.tail {
        for recorded in wire::read_events(instance, row.first_seq, &row.events)? {
            if recorded.seq <= state.seq() {
                continue;
            }
            if recorded.seq != state.seq() + 1 {
                return Err(gap(instance, state.seq() + 1, recorded.seq));
            }
            machine::apply(graph, &mut state, &recorded.event, recorded.at);
        }
    }
    if state.seq() != loaded.summary.seq {
        return Err(gap(instance, state.seq() + 1, loaded.summary.seq));
    }
    Ok(state)
}

fn gap(instance: InstanceId, wanted: u64, found: u64) -> Error {
    let message = format!(
        "the history of instance {instance} has no event {wanted} (but {found}); restore it from a backup"
    );
    Error::new(ErrorKind::Corrupt, message).with("instance", instance).with("position", wanted)
}

/// Reads an instance aside, and brings it to its worker.
pub(crate) fn request(shared: &Arc<Shared>, instance: InstanceId, after: std::time::Duration) {
    let shared = Arc::clone(shared);
    shared.clone().spawn(async move {
        if !after.is_zero() {
            tokio::time::sleep(after).await;
        }
        let Ok(_permit) = shared.loads.acquire().await else { return };
        let result = restore(&shared, instance).await.map(|restored| restored.map(Box::new));
        shared.mailboxes.send_to(instance, Message::Restored { instance, result });
    });
}
