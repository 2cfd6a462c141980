//! Waiting for instances, and asking about them.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::oneshot;

use super::{Engine, HistoryEntry, InstanceView, unknown_instance};
use crate::base::{Error, ErrorKind, InstanceId, Payload, Result, Span};
use crate::graph::Graph;
use crate::machine::{self, Explanation, State};
use crate::protocol::{Ending, Failure, InstanceStatus, Operator, wire};
use crate::runtime::{Message, Watched, gone};
use crate::store::{HistoryRow, InstanceFilter, InstanceSummary, Page, SummaryRow};

/// How many rows of a history are read at once.
const PAGE: usize = 500;

/// How an instance ended.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "InstanceOutcome")]
pub struct Outcome {
    /// Completed, failed or aborted.
    pub status: InstanceStatus,
    /// Its output; `null` unless it completed.
    pub output: Payload,
    /// Its error, if it failed.
    pub error: Option<Failure>,
    /// Who aborted it and why, if somebody did.
    pub operator: Option<Operator>,
}

impl From<Ending> for Outcome {
    fn from(Ending { status, output, error, operator }: Ending) -> Self {
        Self { status, output, error, operator }
    }
}

impl Outcome {
    /// The outcome that a row tells of; none if the instance has not ended. A row does not say who aborted it.
    fn of(instance: InstanceId, row: &SummaryRow) -> Result<Option<Self>> {
        if !row.status.is_closed() {
            return Ok(None);
        }
        let result = row.result.as_deref().map(str::as_bytes);
        let (mut output, mut error) = (Payload::null(), None);
        match (row.status, result) {
            (InstanceStatus::Completed, Some(bytes)) => output = wire::read("output", instance, 0, bytes)?,
            (_, Some(bytes)) => error = Some(wire::read("error", instance, 0, bytes)?),
            (_, None) => {}
        }
        Ok(Some(Self { status: row.status, output, error, operator: None }))
    }
}

impl Engine {
    /// Waits for the end of an instance, for as long as it takes. Dropping the wait changes nothing for the instance.
    ///
    /// # Errors
    /// `NotFound`; `ShuttingDown` when this engine stops first.
    pub async fn wait(&self, instance: InstanceId) -> Result<Outcome> {
        let mut pause = Duration::from_millis(10);
        loop {
            self.open()?;
            let (ended, end) = oneshot::channel();
            let watched = self.watch(instance, ended).await?;
            if watched != Watched::Live
                && let Some(outcome) = self.outcome(instance).await?
            {
                return Ok(outcome);
            }
            if watched == Watched::Elsewhere {
                self.pause(pause).await;
                pause = (pause * 2).min(Duration::from_secs(1));
                continue;
            }
            // Where the shard was lost meanwhile nobody says so: the sender is dropped.
            if let Ok(ending) = end.await {
                return Ok(ending.into());
            }
        }
    }

    /// Waits for the end of an instance for at most so long.
    ///
    /// # Errors
    /// `WaitTimedOut`: the instance goes on. Otherwise as [`wait`](Self::wait).
    ///
    /// ```
    /// # use std::{sync::Arc, time::Duration};
    /// # use flowwright::{base::ErrorKind, engine::Engine};
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let engine = Engine::builder(Arc::new(flowwright_store::MemoryStore::new())).open().await?;
    /// # engine.deploy("flow: long\nsteps: [{id: wait, type: timer, delay: 30d}]").await?;
    /// let instance = engine.start("long", serde_json::json!({})).await?;
    /// let error = engine.wait_for(instance.id, Duration::from_millis(5)).await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::WaitTimedOut);
    /// # Ok::<(), flowwright::base::Error>(()) })?; Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub async fn wait_for(&self, instance: InstanceId, longest: impl Into<Span>) -> Result<Outcome> {
        let longest = longest.into();
        tokio::time::timeout(longest.to_std(), self.wait(instance)).await.unwrap_or_else(|_| {
            let message = format!("instance {instance} has not ended within {longest}; it goes on");
            Err(Error::new(ErrorKind::WaitTimedOut, message))
        })
    }

    async fn watch(&self, instance: InstanceId, ended: oneshot::Sender<Ending>) -> Result<Watched> {
        if !self.shared.shards.owns(instance) {
            return Ok(Watched::Elsewhere);
        }
        let (known, watched) = oneshot::channel();
        self.shared.mailboxes.send_to(instance, Message::Watch { instance, ended, known });
        watched.await.map_err(|_| gone(instance))
    }

    /// Pauses until something may have changed in the store.
    async fn pause(&self, longest: Duration) {
        let mut news = self.shared.committer.follow();
        let _ = tokio::time::timeout(longest, news.changed()).await;
    }

    /// How an instance ended; none if it has not.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn outcome(&self, instance: InstanceId) -> Result<Option<Outcome>> {
        let row = self.summary(instance).await?.row;
        if row.status == InstanceStatus::Aborted {
            let (_, state) = self.state(instance).await?;
            return Ok(state.ending().cloned().map(Outcome::from));
        }
        Outcome::of(instance, &row)
    }

    /// The instance's row: status, key, labels, times.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn summary(&self, instance: InstanceId) -> Result<InstanceSummary> {
        self.shared.store.summary(instance).await?.ok_or_else(|| unknown_instance(instance))
    }

    /// The instance that has this key.
    ///
    /// # Errors
    /// What the store gives.
    pub async fn find(&self, flow: &str, key: &str) -> Result<Option<InstanceId>> {
        self.shared.store.find_by_key(flow, key).await
    }

    /// A page of instances, the one created last first.
    ///
    /// # Errors
    /// `InvalidArgument` for a page that does not exist.
    pub async fn list(&self, filter: &InstanceFilter, page: &Page) -> Result<Vec<InstanceSummary>> {
        self.shared.store.instances(filter, page).await
    }

    /// How many instances match.
    ///
    /// # Errors
    /// What the store gives.
    pub async fn count(&self, filter: &InstanceFilter) -> Result<u64> {
        self.shared.store.count(filter).await
    }

    /// Everything about an instance: where it and each of its steps stand, its variables, its output or error. Read from
    /// its history.
    ///
    /// # Errors
    /// `NotFound`; `Corrupt`.
    pub async fn get(&self, instance: InstanceId) -> Result<InstanceView> {
        let (graph, rows) = self.rows(instance).await?;
        InstanceView::fold(&graph, instance, &rows)
    }

    /// All that has happened to an instance, in order, with the paths of steps.
    ///
    /// # Errors
    /// `NotFound`; `Corrupt`.
    pub async fn history(&self, instance: InstanceId) -> Result<Vec<HistoryEntry>> {
        let (graph, rows) = self.rows(instance).await?;
        HistoryEntry::all(&graph, instance, &rows)
    }

    /// Why an instance is where it is: what it waits for, who could act, and why steps did not run.
    ///
    /// # Errors
    /// `NotFound`; `Corrupt`.
    pub async fn explain(&self, instance: InstanceId) -> Result<Explanation> {
        let (graph, state) = self.state(instance).await?;
        Ok(machine::explain(&graph, &state, self.shared.env.now()))
    }

    /// The state of an instance as the store has it, with its graph: for tools.
    ///
    /// # Errors
    /// `NotFound`; `Corrupt`.
    pub async fn state(&self, instance: InstanceId) -> Result<(Arc<Graph>, State)> {
        let loaded = self.shared.store.load(instance).await?.ok_or_else(|| unknown_instance(instance))?;
        let graph = self.graph_of(&loaded.summary).await?;
        let state = crate::runtime::fold(&graph, instance, &loaded)?;
        Ok((graph, state))
    }

    async fn graph_of(&self, summary: &InstanceSummary) -> Result<Arc<Graph>> {
        self.shared.catalog.graph(&summary.row.flow.as_str().into(), summary.row.version).await
    }

    pub(super) async fn rows(&self, instance: InstanceId) -> Result<(Arc<Graph>, Vec<HistoryRow>)> {
        let graph = self.graph_of(&self.summary(instance).await?).await?;
        let mut rows = Vec::new();
        loop {
            let after = rows.last().map_or(0, |row: &HistoryRow| row.last_seq);
            let page = self.shared.store.history(instance, after, PAGE).await?;
            let last = page.len() < PAGE;
            rows.extend(page);
            if last {
                return Ok((graph, rows));
            }
        }
    }
}
