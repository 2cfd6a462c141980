//! A store that counts what is asked of the one inside.

use std::sync::Arc;

use async_trait::async_trait;
use flowwright::base::{InstanceId, Result, TaskId, Timestamp};
use flowwright::store::{
    Commit, CommitOutcome, DefinitionRecord, DefinitionSummary, Delivery, HistoryRow, InboxItem,
    InstanceFilter, InstanceSummary, Lease, LeaseRequest, Loaded, OwnerId, Page, Store, TaskFilter, TaskRow,
};
use parking_lot::Mutex;

/// What was asked of a store.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Calls that write: each is a transaction. Where the store puts several that wait into one, it is fewer.
    pub transactions: u64,
    /// Commits of instances in them.
    pub commits: u64,
    /// Rows of history in them.
    pub rows: u64,
    /// Bytes of events in those.
    pub row_bytes: u64,
    /// Snapshots.
    pub snapshots: u64,
    /// Instances that were read.
    pub loads: u64,
}

impl Counts {
    /// What has come since.
    #[must_use]
    pub const fn since(self, before: Self) -> Self {
        Self {
            transactions: self.transactions - before.transactions,
            commits: self.commits - before.commits,
            rows: self.rows - before.rows,
            row_bytes: self.row_bytes - before.row_bytes,
            snapshots: self.snapshots - before.snapshots,
            loads: self.loads - before.loads,
        }
    }
}

/// Counts, and passes on.
pub struct Counting {
    inner: Arc<dyn Store>,
    counts: Mutex<Counts>,
}

impl Counting {
    /// Around a store.
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner, counts: Mutex::default() }
    }

    /// What was asked so far.
    pub fn counts(&self) -> Counts {
        *self.counts.lock()
    }

    fn writes(&self) -> &dyn Store {
        self.counts.lock().transactions += 1;
        &*self.inner
    }

    fn count(&self, batch: &[Commit]) {
        let mut counts = self.counts.lock();
        counts.transactions += 1;
        counts.commits += batch.len() as u64;
        for commit in batch {
            counts.snapshots += u64::from(commit.snapshot.is_some());
            if let Some(row) = &commit.history {
                counts.rows += 1;
                counts.row_bytes += row.events.len() as u64;
            }
        }
    }
}

#[async_trait]
impl Store for Counting {
    async fn commit(&self, batch: Vec<Commit>) -> Result<Vec<CommitOutcome>> {
        self.count(&batch);
        self.inner.commit(batch).await
    }

    async fn load(&self, instance: InstanceId) -> Result<Option<Loaded>> {
        self.counts.lock().loads += 1;
        self.inner.load(instance).await
    }

    async fn summary(&self, instance: InstanceId) -> Result<Option<InstanceSummary>> {
        self.inner.summary(instance).await
    }

    async fn find_by_key(&self, flow: &str, key: &str) -> Result<Option<InstanceId>> {
        self.inner.find_by_key(flow, key).await
    }

    async fn history(&self, instance: InstanceId, after: u64, limit: usize) -> Result<Vec<HistoryRow>> {
        self.inner.history(instance, after, limit).await
    }

    async fn feed(&self, after: u64, limit: usize) -> Result<Vec<HistoryRow>> {
        self.inner.feed(after, limit).await
    }

    async fn newest(&self) -> Result<u64> {
        self.inner.newest().await
    }

    async fn due_after(
        &self,
        shards: &[u32],
        after: Option<(Timestamp, InstanceId)>,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, InstanceId)>> {
        self.inner.due_after(shards, after, until, limit).await
    }

    async fn next_wake_after(&self, shards: &[u32], after: Timestamp) -> Result<Option<Timestamp>> {
        self.inner.next_wake_after(shards, after).await
    }

    async fn deliver(&self, items: Vec<Delivery>) -> Result<()> {
        self.writes().deliver(items).await
    }

    async fn inbox(&self, shards: &[u32], after: u64, limit: usize) -> Result<Vec<InboxItem>> {
        self.inner.inbox(shards, after, limit).await
    }

    async fn discard(&self, items: &[u64]) -> Result<()> {
        self.writes().discard(items).await
    }

    async fn subscribers(&self, name: &str, correlation: &str) -> Result<Vec<InstanceId>> {
        self.inner.subscribers(name, correlation).await
    }

    async fn instances(&self, filter: &InstanceFilter, page: &Page) -> Result<Vec<InstanceSummary>> {
        self.inner.instances(filter, page).await
    }

    async fn count(&self, filter: &InstanceFilter) -> Result<u64> {
        self.inner.count(filter).await
    }

    async fn tasks(&self, filter: &TaskFilter, page: &Page) -> Result<Vec<TaskRow>> {
        self.inner.tasks(filter, page).await
    }

    async fn task(&self, task: TaskId) -> Result<Option<TaskRow>> {
        self.inner.task(task).await
    }

    async fn task_load(&self, users: &[String]) -> Result<Vec<(String, u64)>> {
        self.inner.task_load(users).await
    }

    async fn put_definition(&self, record: &DefinitionRecord) -> Result<u32> {
        self.writes().put_definition(record).await
    }

    async fn definition(&self, flow: &str, version: Option<u32>) -> Result<Option<DefinitionRecord>> {
        self.inner.definition(flow, version).await
    }

    async fn labelled(&self, flow: &str, label: &str) -> Result<Option<u32>> {
        self.inner.labelled(flow, label).await
    }

    async fn set_label(&self, flow: &str, version: u32, label: &str) -> Result<()> {
        self.writes().set_label(flow, version, label).await
    }

    async fn definitions(&self) -> Result<Vec<DefinitionSummary>> {
        self.inner.definitions().await
    }

    async fn claim(&self, request: &LeaseRequest) -> Result<Vec<Lease>> {
        self.writes().claim(request).await
    }

    async fn renew(&self, request: &LeaseRequest) -> Result<Vec<Lease>> {
        self.writes().renew(request).await
    }

    async fn release(&self, owner: OwnerId, shards: &[u32]) -> Result<()> {
        self.writes().release(owner, shards).await
    }

    async fn owners(&self) -> Result<Vec<(OwnerId, u32)>> {
        self.inner.owners().await
    }

    async fn now(&self) -> Result<Timestamp> {
        self.inner.now().await
    }

    async fn changed(&self) {
        self.inner.changed().await;
    }

    async fn close(&self) -> Result<()> {
        self.inner.close().await
    }
}
