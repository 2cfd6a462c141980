//! Auditing what a store holds: every history is whole and unchanged, and all else is what it gives.
//!
//! A history is the truth; snapshots, rows, tasks and subscriptions can be derived from it. An audit walks each history
//! from its first event: the rows stand one behind the other, each carries the right hash of the chain, and folding them
//! gives the snapshot at its event, and at the end what everything else says. Where the history itself is damaged,
//! nothing is compared with what it would give.

mod finding;
mod history;
mod row;

pub use finding::{Finding, FindingKind, Verification};

use std::sync::Arc;

use super::{Engine, unknown_instance};
use crate::base::{ErrorKind, InstanceId, Result};
use crate::graph::Graph;
use crate::protocol::{Event, wire};
use crate::store::{HistoryRow, InstanceFilter, InstanceSummary, Loaded, Page};

use self::history::Walk;

/// How many rows or instances are read at once.
const PAGE: usize = 500;

/// How often an instance that changes while it is looked at is begun anew.
const TRIES: u32 = 10;

impl Engine {
    /// Audits one instance. It may go on meanwhile.
    ///
    /// # Errors
    /// `NotFound`; what the store gives.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use flowwright::engine::Engine;
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let engine = Engine::builder(Arc::new(flowwright_store::MemoryStore::new())).open().await?;
    /// engine.deploy("flow: long\nsteps: [{id: wait, type: timer, delay: 30d}]").await?;
    /// let instance = engine.start("long", serde_json::json!({})).await?;
    /// assert!(engine.verify(instance.id).await?.is_sound());
    /// # Ok::<(), flowwright::base::Error>(()) })?; Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn verify(&self, instance: InstanceId) -> Result<Verification> {
        let mut tries = 0;
        loop {
            tries += 1;
            let (audit, before) = self.audit(instance, tries == TRIES).await?;
            if tries == TRIES || self.summary(instance).await? == before {
                return Ok(audit);
            }
        }
    }

    /// Audits all instances, page by page, the one created last first. What is created meanwhile is not looked at.
    ///
    /// # Errors
    /// What the store gives.
    pub async fn verify_all(&self) -> Result<Verification> {
        let (mut all, mut page) = (Verification::default(), Page { limit: PAGE, after: None });
        loop {
            let rows = self.shared.store.instances(&InstanceFilter::default(), &page).await?;
            let Some(last) = rows.last() else { break };
            page.after = Some(last.instance.to_string());
            for row in rows {
                all.add(self.verify(row.instance).await?);
            }
        }
        all.findings.extend(row::orphans(&*self.shared.store).await?);
        Ok(all)
    }

    /// One look at an instance, and the row that it was held against. `moving`: it does not stand still, only its history
    /// is looked at.
    async fn audit(&self, instance: InstanceId, moving: bool) -> Result<(Verification, InstanceSummary)> {
        let store = &*self.shared.store;
        let Loaded { summary, snapshot, tail } =
            store.load(instance).await?.ok_or_else(|| unknown_instance(instance))?;
        drop(tail);
        let mut audit = Verification { instances: 1, moving: moving.into(), ..Verification::default() };
        let mut page = self.page(&summary, 0).await?;
        let graph = match self.pinned(&summary, page.first()).await? {
            Ok(graph) => Some(graph),
            Err(finding) => {
                audit.findings.push(finding);
                None
            }
        };
        let mut walk = Walk::new(instance, graph.clone(), snapshot.as_ref());
        while let Some(last) = page.last().map(|row| row.last_seq) {
            page.iter().for_each(|row| walk.row(row));
            page = self.page(&summary, last).await?;
        }
        walk.end(summary.seq);
        audit.rows = walk.rows;
        audit.events = walk.events();
        audit.snapshots = snapshot.is_some().into();
        let (folded, state) = (walk.is_folded(), walk.state);
        audit.findings.append(&mut walk.findings);
        if let Some(graph) = graph.filter(|_| folded && !moving) {
            audit.findings.extend(row::check_summary(&summary, &state, &graph)?);
            let (tasks, found) = row::check_tasks(store, instance, &state, &graph).await?;
            audit.tasks = tasks;
            audit.findings.extend(found);
            audit.findings.extend(row::check_subscriptions(store, instance, &state, &graph).await?);
            let shards = self.shared.config.shards;
            audit.findings.extend(row::check_family(store, shards, instance, &state, &graph).await?);
        }
        Ok((audit, summary))
    }

    /// The next rows of a history, up to the event that the instance's row was read with.
    async fn page(&self, summary: &InstanceSummary, after: u64) -> Result<Vec<HistoryRow>> {
        let mut rows = self.shared.store.history(summary.instance, after, PAGE).await?;
        rows.retain(|row| row.last_seq <= summary.seq);
        Ok(rows)
    }

    /// The definition that the instance says it began with; its row may have been changed.
    async fn pinned(
        &self,
        summary: &InstanceSummary,
        first: Option<&HistoryRow>,
    ) -> Result<Result<Arc<Graph>, Finding>> {
        let (mut flow, mut version) = (Arc::from(summary.row.flow.as_str()), summary.row.version);
        let events = first.map(|row| wire::read_events(summary.instance, row.first_seq, &row.events));
        if let Some(Event::InstanceStarted(started)) =
            events.and_then(Result::ok).as_ref().and_then(|events| events.first()).map(|first| &first.event)
        {
            (flow, version) = (Arc::clone(&started.flow), started.version);
        }
        let error = match self.shared.catalog.graph(&flow, version).await {
            Ok(graph) => return Ok(Ok(graph)),
            Err(error) => error,
        };
        let kind = match error.kind() {
            ErrorKind::NotFound => FindingKind::DefinitionMissing,
            ErrorKind::Corrupt => FindingKind::DefinitionBroken,
            _ => return Err(error),
        };
        let expected = format!("version {version} of flow `{flow}`");
        Ok(Err(Finding::new(kind, summary.instance, expected, error.message())))
    }
}
