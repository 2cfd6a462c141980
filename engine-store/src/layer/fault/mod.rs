//! A store that fails on purpose.

mod plan;
mod wake;

pub use plan::{Fault, FaultPlan, FaultRates, WakeRates};

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use flowwright::base::{Error, ErrorKind, InstanceId, Result, TaskId, Timestamp};
use flowwright::store::{
    Commit, CommitOutcome, DefinitionRecord, DefinitionSummary, Delivery, HistoryRow, InboxItem,
    InstanceFilter, InstanceSummary, Lease, LeaseRequest, Loaded, OwnerId, Page, Store, TaskFilter, TaskRow,
};
use parking_lot::Mutex;

/// Any store, with faults: drawn by a [`FaultPlan`], or scripted call by call.
pub struct FaultStore {
    inner: Arc<dyn Store>,
    plan: FaultPlan,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    calls: u32,
    writes: u64,
    wakes: u32,
    /// The last word of a change comes once more.
    again: bool,
    script: VecDeque<Option<Fault>>,
    crashed: bool,
    on_crash: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl FaultStore {
    /// Wraps a store.
    pub fn new(inner: Arc<dyn Store>, plan: FaultPlan) -> Self {
        Self { inner, plan, state: Mutex::new(State::default()) }
    }

    /// Decides the fate of the next call that writes and has no fate yet; `None` lets it pass. Scripted calls are not
    /// drawn.
    pub fn script(&self, fate: Option<Fault>) {
        self.state.lock().script.push_back(fate);
    }

    /// What else happens at a crash, for example [`FakeDisk::crash`](crate::FakeDisk::crash).
    pub fn on_crash(&self, hook: impl Fn() + Send + Sync + 'static) {
        self.state.lock().on_crash = Some(Arc::new(hook));
    }

    /// Stops the process, as far as the store can tell: every call fails from now on.
    pub fn crash(&self) {
        let hook = {
            let mut state = self.state.lock();
            state.crashed = true;
            state.on_crash.clone()
        };
        if let Some(hook) = hook {
            hook();
        }
    }

    /// Whether the crash has come.
    pub fn crashed(&self) -> bool {
        self.state.lock().crashed
    }

    /// Ends a crash: the store answers again, and knows what was written.
    pub fn heal(&self) {
        self.state.lock().crashed = false;
    }

    /// How many calls that write were made.
    pub fn writes(&self) -> u64 {
        self.state.lock().writes
    }

    fn fate(&self, writes: bool) -> Result<Option<Fault>> {
        let mut state = self.state.lock();
        if state.crashed {
            return Err(failed("the store was cut off by a crash"));
        }
        state.calls = state.calls.wrapping_add(1);
        if writes {
            state.writes += 1;
            if let Some(fate) = state.script.pop_front() {
                return Ok(fate);
            }
        }
        Ok(self.plan.call(writes, state.calls))
    }

    async fn through<T>(&self, writes: bool, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        match self.fate(writes)? {
            None => call.await,
            Some(Fault::Before) => Err(failed("a fault was put in before the call")),
            Some(Fault::After) => {
                call.await?;
                Err(failed("a fault was put in after the call"))
            }
            Some(Fault::Late(turns)) => {
                let answer = call.await;
                for _ in 0..turns {
                    tokio::task::yield_now().await;
                }
                answer
            }
            Some(Fault::Slow(span)) => {
                tokio::time::sleep(span.to_std()).await;
                call.await
            }
            Some(Fault::CrashBefore) => {
                self.crash();
                Err(failed("the process stopped before the call"))
            }
            Some(Fault::CrashAfter) => {
                let answer = call.await;
                self.crash();
                answer.and_then(|_| Err(failed("the process stopped after the call")))
            }
        }
    }

    async fn write<T>(&self, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        self.through(true, call).await
    }

    async fn read<T>(&self, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        self.through(false, call).await
    }
}

fn failed(message: &str) -> Error {
    Error::new(ErrorKind::StoreUnavailable, message)
}

#[async_trait]
impl Store for FaultStore {
    async fn commit(&self, batch: Vec<Commit>) -> Result<Vec<CommitOutcome>> {
        self.write(self.inner.commit(batch)).await
    }

    async fn load(&self, instance: InstanceId) -> Result<Option<Loaded>> {
        self.read(self.inner.load(instance)).await
    }

    async fn summary(&self, instance: InstanceId) -> Result<Option<InstanceSummary>> {
        self.read(self.inner.summary(instance)).await
    }

    async fn find_by_key(&self, flow: &str, key: &str) -> Result<Option<InstanceId>> {
        self.read(self.inner.find_by_key(flow, key)).await
    }

    async fn history(&self, instance: InstanceId, after: u64, limit: usize) -> Result<Vec<HistoryRow>> {
        self.read(self.inner.history(instance, after, limit)).await
    }

    async fn feed(&self, after: u64, limit: usize) -> Result<Vec<HistoryRow>> {
        self.read(self.inner.feed(after, limit)).await
    }

    async fn newest(&self) -> Result<u64> {
        self.read(self.inner.newest()).await
    }

    async fn due_after(
        &self,
        shards: &[u32],
        after: Option<(Timestamp, InstanceId)>,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, InstanceId)>> {
        self.read(self.inner.due_after(shards, after, until, limit)).await
    }

    async fn next_wake_after(&self, shards: &[u32], after: Timestamp) -> Result<Option<Timestamp>> {
        self.read(self.inner.next_wake_after(shards, after)).await
    }

    async fn deliver(&self, items: Vec<Delivery>) -> Result<()> {
        self.write(self.inner.deliver(items)).await
    }

    async fn inbox(&self, shards: &[u32], after: u64, limit: usize) -> Result<Vec<InboxItem>> {
        self.read(self.inner.inbox(shards, after, limit)).await
    }

    async fn discard(&self, items: &[u64]) -> Result<()> {
        self.write(self.inner.discard(items)).await
    }

    async fn subscribers(&self, name: &str, correlation: &str) -> Result<Vec<InstanceId>> {
        self.read(self.inner.subscribers(name, correlation)).await
    }

    async fn instances(&self, filter: &InstanceFilter, page: &Page) -> Result<Vec<InstanceSummary>> {
        self.read(self.inner.instances(filter, page)).await
    }

    async fn count(&self, filter: &InstanceFilter) -> Result<u64> {
        self.read(self.inner.count(filter)).await
    }

    async fn tasks(&self, filter: &TaskFilter, page: &Page) -> Result<Vec<TaskRow>> {
        self.read(self.inner.tasks(filter, page)).await
    }

    async fn task(&self, task: TaskId) -> Result<Option<TaskRow>> {
        self.read(self.inner.task(task)).await
    }

    async fn task_load(&self, users: &[String]) -> Result<Vec<(String, u64)>> {
        self.read(self.inner.task_load(users)).await
    }

    async fn put_definition(&self, record: &DefinitionRecord) -> Result<u32> {
        self.write(self.inner.put_definition(record)).await
    }

    async fn definition(&self, flow: &str, version: Option<u32>) -> Result<Option<DefinitionRecord>> {
        self.read(self.inner.definition(flow, version)).await
    }

    async fn labelled(&self, flow: &str, label: &str) -> Result<Option<u32>> {
        self.read(self.inner.labelled(flow, label)).await
    }

    async fn set_label(&self, flow: &str, version: u32, label: &str) -> Result<()> {
        self.write(self.inner.set_label(flow, version, label)).await
    }

    async fn definitions(&self) -> Result<Vec<DefinitionSummary>> {
        self.read(self.inner.definitions()).await
    }

    async fn claim(&self, request: &LeaseRequest) -> Result<Vec<Lease>> {
        self.write(self.inner.claim(request)).await
    }

    async fn renew(&self, request: &LeaseRequest) -> Result<Vec<Lease>> {
        self.write(self.inner.renew(request)).await
    }

    async fn release(&self, owner: OwnerId, shards: &[u32]) -> Result<()> {
        self.write(self.inner.release(owner, shards)).await
    }

    async fn owners(&self) -> Result<Vec<(OwnerId, u32)>> {
        self.read(self.inner.owners()).await
    }

    async fn now(&self) -> Result<Timestamp> {
        self.inner.now().await
    }

    async fn changed(&self) {
        self.word().await;
    }

    async fn close(&self) -> Result<()> {
        self.inner.close().await
    }
}
