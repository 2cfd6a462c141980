//! A store in memory: the reference implementation, and the model that simulations run on.

mod disk;
mod query;
mod table;

pub use disk::FakeDisk;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use flowwright::base::{InstanceId, Result, TaskId, Timestamp};
use flowwright::store::{
    Commit, CommitOutcome, DefinitionRecord, DefinitionSummary, Delivery, HistoryRow, InboxItem,
    InstanceFilter, InstanceSummary, Lease, LeaseRequest, Loaded, OwnerId, Page, Store, TaskFilter, TaskRow,
};

use crate::Clock;
use disk::{Op, Shared};
use table::Table;

/// A store in memory. It forgets everything when its last handle is dropped.
pub struct MemoryStore {
    shared: Arc<Shared>,
    closed: AtomicBool,
    /// The crashes of the disk before this handle was opened.
    crashes: u64,
    /// How many notices were this handle's own.
    own: AtomicU64,
    /// How many notices of others this handle has passed on.
    seen: AtomicU64,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store that compares leases on the machine's clock.
    pub fn new() -> Self {
        Self::with_clock(crate::system_clock())
    }

    /// An empty store with a clock of its own, so that tests of leases need not wait.
    pub fn with_clock(clock: Clock) -> Self {
        Self::on(Shared::new(clock, false))
    }

    /// Another handle on the same data, as another process has it; also after this one was closed.
    #[must_use]
    pub fn reopen(&self) -> Self {
        Self::on(self.shared.clone())
    }

    fn on(shared: Arc<Shared>) -> Self {
        let (crashes, seen) = (shared.crashes(), shared.notices.count());
        Self {
            shared,
            closed: AtomicBool::new(false),
            crashes,
            own: AtomicU64::new(0),
            seen: AtomicU64::new(seen),
        }
    }

    fn open(&self) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            return Err(query::closed());
        }
        self.shared.alive(self.crashes)
    }

    fn read<T>(&self, question: impl FnOnce(&Table) -> T) -> Result<T> {
        self.open()?;
        Ok(self.shared.read(question))
    }

    async fn write<A: Clone + Send + 'static, T: 'static>(&self, args: A, op: Op<A, T>) -> Result<T> {
        self.open()?;
        let (answer, ticket) = self.shared.write(args, op)?;
        if let Some(ticket) = ticket {
            self.shared.settle(ticket, self.crashes).await?;
        }
        Ok(answer)
    }

    fn tell_others(&self) {
        // First that it is our own: nobody is to take it for another's meanwhile.
        self.own.fetch_add(1, Ordering::AcqRel);
        self.shared.notices.add();
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, batch: Vec<Commit>) -> Result<Vec<CommitOutcome>> {
        let delivers = batch.iter().any(|commit| !commit.outbox.is_empty());
        let outcomes = self.write(batch, |table, batch, _| table.commit(batch)).await?;
        if delivers {
            self.tell_others();
        }
        Ok(outcomes)
    }

    async fn load(&self, instance: InstanceId) -> Result<Option<Loaded>> {
        self.read(|table| table.load(instance))
    }

    async fn summary(&self, instance: InstanceId) -> Result<Option<InstanceSummary>> {
        self.read(|table| table.summary(instance))
    }

    async fn find_by_key(&self, flow: &str, key: &str) -> Result<Option<InstanceId>> {
        self.read(|table| table.keys.get(&(flow.to_owned(), key.to_owned())).copied())
    }

    async fn history(&self, instance: InstanceId, after: u64, limit: usize) -> Result<Vec<HistoryRow>> {
        self.read(|table| table.history(instance, after, limit))
    }

    async fn feed(&self, after: u64, limit: usize) -> Result<Vec<HistoryRow>> {
        self.read(|table| table.feed(after, limit))
    }

    async fn newest(&self) -> Result<u64> {
        self.read(|table| table.history.len() as u64)
    }

    async fn due_after(
        &self,
        shards: &[u32],
        after: Option<(Timestamp, InstanceId)>,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, InstanceId)>> {
        self.read(|table| table.due(shards, after, until, limit))
    }

    async fn next_wake_after(&self, shards: &[u32], after: Timestamp) -> Result<Option<Timestamp>> {
        self.read(|table| table.next_wake_after(shards, after))
    }

    async fn deliver(&self, items: Vec<Delivery>) -> Result<()> {
        items.iter().try_for_each(Delivery::check)?;
        self.write(items, |table, items, _| {
            table.deliver(items);
            Ok(())
        })
        .await?;
        self.tell_others();
        Ok(())
    }

    async fn inbox(&self, shards: &[u32], after: u64, limit: usize) -> Result<Vec<InboxItem>> {
        self.read(|table| table.inbox(shards, after, limit))
    }

    async fn discard(&self, items: &[u64]) -> Result<()> {
        self.write(items.to_vec(), |table, items, _| {
            table.discard(&items);
            Ok(())
        })
        .await
    }

    async fn subscribers(&self, name: &str, correlation: &str) -> Result<Vec<InstanceId>> {
        self.read(|table| table.subscribers(name, correlation))
    }

    async fn instances(&self, filter: &InstanceFilter, page: &Page) -> Result<Vec<InstanceSummary>> {
        self.read(|table| table.instances(filter, page))?
    }

    async fn count(&self, filter: &InstanceFilter) -> Result<u64> {
        self.read(|table| table.count(filter))
    }

    async fn tasks(&self, filter: &TaskFilter, page: &Page) -> Result<Vec<TaskRow>> {
        self.read(|table| table.tasks(filter, page))?
    }

    async fn task(&self, task: TaskId) -> Result<Option<TaskRow>> {
        self.read(|table| table.tasks.get(&task).cloned())
    }

    async fn task_load(&self, users: &[String]) -> Result<Vec<(String, u64)>> {
        self.read(|table| table.task_load(users))
    }

    async fn put_definition(&self, record: &DefinitionRecord) -> Result<u32> {
        self.write(record.clone(), |table, record, _| Ok(table.put_definition(&record))).await
    }

    async fn definition(&self, flow: &str, version: Option<u32>) -> Result<Option<DefinitionRecord>> {
        self.read(|table| table.definition(flow, version))
    }

    async fn labelled(&self, flow: &str, label: &str) -> Result<Option<u32>> {
        self.read(|table| table.labelled(flow, label))
    }

    async fn set_label(&self, flow: &str, version: u32, label: &str) -> Result<()> {
        let args = (flow.to_owned(), version, label.to_owned());
        self.write(args, |table, (flow, version, label), _| table.set_label(&flow, version, &label)).await
    }

    async fn definitions(&self) -> Result<Vec<DefinitionSummary>> {
        self.read(Table::definitions)
    }

    async fn claim(&self, request: &LeaseRequest) -> Result<Vec<Lease>> {
        self.write(request.clone(), |table, request, now| {
            table.shards.check(&request)?;
            Ok(table.shards.claim(&request, now))
        })
        .await
    }

    async fn renew(&self, request: &LeaseRequest) -> Result<Vec<Lease>> {
        self.write(request.clone(), |table, request, now| {
            table.shards.check(&request)?;
            Ok(table.shards.renew(&request, now))
        })
        .await
    }

    async fn release(&self, owner: OwnerId, shards: &[u32]) -> Result<()> {
        self.write((owner, shards.to_vec()), |table, (owner, shards), _| {
            table.shards.release(owner, &shards);
            Ok(())
        })
        .await?;
        self.tell_others();
        Ok(())
    }

    async fn owners(&self) -> Result<Vec<(OwnerId, u32)>> {
        let now = self.now().await?;
        self.read(|table| table.shards.owners(now))
    }

    async fn now(&self) -> Result<Timestamp> {
        self.open()?;
        Ok((self.shared.clock)())
    }

    async fn changed(&self) {
        let notices = &self.shared.notices;
        loop {
            let count = notices.count();
            let others = count.saturating_sub(self.own.load(Ordering::Acquire));
            if self.seen.fetch_max(others, Ordering::AcqRel) < others {
                return;
            }
            notices.other_than(count).await;
        }
    }

    async fn close(&self) -> Result<()> {
        self.closed.store(true, Ordering::Release);
        Ok(())
    }
}
