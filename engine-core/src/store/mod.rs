//! The persistence port: what a store must do, in sentences, and nothing of what is stored.
//!
//! A store sees ids, sequence numbers, bytes, due times and the few columns by which instances and tasks are found.
//! It never looks into the bytes. [`Store`] is object-safe; every method may be called from many tasks at once.
//! `flowwright::testing::store_suite` proves the sentences; a store author runs it in a few lines.

mod catalog;
mod check;
mod commit;
mod cursor;
mod lease;
mod query;

pub use catalog::{DefinitionRecord, DefinitionSummary};
pub use check::LARGEST_VALUE;
pub use commit::{
    Commit, CommitOutcome, Delivery, HistoryRow, InboxItem, Loaded, Rejection, SnapshotRow, SubscriptionRow,
    SummaryRow, TaskRow, TaskWrite,
};
pub use cursor::TaskCursor;
pub use lease::{FencingToken, Lease, LeaseRequest, OwnerId};
pub use query::{InstanceFilter, InstanceSummary, Page, TaskFilter, TaskSort};
/// The form of ids, for stores that keep them as bytes.
pub use uuid::Uuid;

use async_trait::async_trait;

use crate::base::{InstanceId, Result, TaskId, Timestamp};

/// Where instances are kept.
///
/// # Contract
///
/// 1. *Atomic.* [`commit`](Self::commit) takes a batch. Each commit in it is accepted or rejected on its own and its
///    effects are seen together or not at all. When the call returns, everything accepted is durable: a crash of the
///    process or of the machine does not lose it.
/// 2. *In order.* Commits of one instance in one batch are applied in the order given. A commit is accepted only if
///    `expected_seq` equals the last sequence number of the instance (0: the instance must not exist) and its fence is
///    not older than the newest lease of the instance's shard. Otherwise it is rejected and nothing of it is seen;
///    later commits of the same instance in the batch are then rejected too, for the same reason. The fence is looked
///    at first, then the sequence number, then the key.
/// 3. *Keys.* Two instances of one flow never have the same key: the second insert is rejected as
///    [`Rejection::KeyExists`] with the id of the first.
/// 4. *Inbox.* A delivered item stays until a commit that names it in `consumed` is accepted, or it is discarded. A
///    delivery whose `dedup` was seen before for that instance and is still in the inbox is dropped. Ids ascend with
///    arrival and are never used again. What a commit consumes is gone before what it delivers arrives.
/// 5. *Positions.* Every accepted commit with history gets a position that is larger than those of all commits made
///    durable before it; [`feed`](Self::feed) returns rows in that order and never lets one appear behind a position
///    that it has passed.
/// 6. *Leases.* A shard is leased to at most one owner at a time by the store's own clock. Every new owner of a shard gets a
///    larger fencing token than all owners before it.
/// 7. *Reading.* Reads see every commit that was acknowledged before they began.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Writes a batch; see the contract. The answer has one outcome for each commit, in order.
    ///
    /// # Errors
    /// `StoreUnavailable` when nothing is known to be written: the caller reads the state again before going on.
    /// `InvalidArgument` and `TooLarge` when [`Commit::check`] finds one that cannot be written: nothing is.
    async fn commit(&self, batch: Vec<Commit>) -> Result<Vec<CommitOutcome>>;

    /// All that is needed to go on with an instance: its newest snapshot and the history after it. None if unknown.
    async fn load(&self, instance: InstanceId) -> Result<Option<Loaded>>;

    /// The instance's row. None if unknown.
    async fn summary(&self, instance: InstanceId) -> Result<Option<InstanceSummary>>;

    /// The instance of a flow that has this key.
    async fn find_by_key(&self, flow: &str, key: &str) -> Result<Option<InstanceId>>;

    /// Rows of an instance's history that hold an event with a `seq` above `after`, oldest first, at most `limit` rows.
    async fn history(&self, instance: InstanceId, after: u64, limit: usize) -> Result<Vec<HistoryRow>>;

    /// Rows of all histories with a position above `after`, in order, at most `limit` rows.
    async fn feed(&self, after: u64, limit: usize) -> Result<Vec<HistoryRow>>;

    /// The highest position that `feed` gives; 0 where there is no row.
    async fn newest(&self) -> Result<u64>;

    /// Instances in these shards whose `wake` is at or before `until`, earliest first: `(wake, instance)`.
    async fn due(
        &self,
        shards: &[u32],
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, InstanceId)>> {
        self.due_after(shards, None, until, limit).await
    }

    /// The same, from behind the last one of the page before on. Instances with one `wake` come in the order in which
    /// they were created. An `after` that is not a row any more stands for its time alone.
    async fn due_after(
        &self,
        shards: &[u32],
        after: Option<(Timestamp, InstanceId)>,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, InstanceId)>>;

    /// The earliest `wake` in these shards.
    async fn next_wake(&self, shards: &[u32]) -> Result<Option<Timestamp>> {
        self.next_wake_after(shards, Timestamp::from_millis(i64::MIN)).await
    }

    /// The earliest `wake` in these shards that is later than `after`: with [`Timestamp::EPOCH`], of what is parked.
    async fn next_wake_after(&self, shards: &[u32], after: Timestamp) -> Result<Option<Timestamp>>;

    /// Puts items into the inboxes of instances, durably. Instances need not exist.
    async fn deliver(&self, items: Vec<Delivery>) -> Result<()>;

    /// Items in the inboxes of these shards with an id above `after`, in order of arrival.
    async fn inbox(&self, shards: &[u32], after: u64, limit: usize) -> Result<Vec<InboxItem>>;

    /// Removes items that turned out to be for nobody.
    async fn discard(&self, items: &[u64]) -> Result<()>;

    /// Instances that wait for a message: those subscribed to the name with this correlation key.
    async fn subscribers(&self, name: &str, correlation: &str) -> Result<Vec<InstanceId>>;

    /// A page of instances, the one created last first. [`Page::after`] is the id of an instance.
    async fn instances(&self, filter: &InstanceFilter, page: &Page) -> Result<Vec<InstanceSummary>>;

    /// How many instances match.
    async fn count(&self, filter: &InstanceFilter) -> Result<u64>;

    /// A page of open tasks. [`Page::after`] is a [`TaskCursor`], or the bare id of a task that is still open.
    async fn tasks(&self, filter: &TaskFilter, page: &Page) -> Result<Vec<TaskRow>>;

    /// One open task.
    async fn task(&self, task: TaskId) -> Result<Option<TaskRow>>;

    /// How many open tasks each of these people has.
    async fn task_load(&self, users: &[String]) -> Result<Vec<(String, u64)>>;

    /// Adds a definition. The same digest under the same flow gives the version that has it already; otherwise the
    /// next version. The answer is the version.
    async fn put_definition(&self, record: &DefinitionRecord) -> Result<u32>;

    /// A definition: this version, or the newest.
    async fn definition(&self, flow: &str, version: Option<u32>) -> Result<Option<DefinitionRecord>>;

    /// The version of a flow that carries a label.
    async fn labelled(&self, flow: &str, label: &str) -> Result<Option<u32>>;

    /// Gives a version of a flow a label, taking it from the version that had it.
    async fn set_label(&self, flow: &str, version: u32, label: &str) -> Result<()>;

    /// All definitions without their text, by flow and version.
    async fn definitions(&self) -> Result<Vec<DefinitionSummary>>;

    /// Claims shards: keeps and renews what this owner has, takes free and expired ones up to `request.want`. The answer
    /// is all that the owner now holds, by shard. An owner that holds more than it wants gives them back itself.
    async fn claim(&self, request: &LeaseRequest) -> Result<Vec<Lease>>;

    /// Renews all leases of an owner, also expired ones that nobody took. The answer is what it still holds, by shard.
    async fn renew(&self, request: &LeaseRequest) -> Result<Vec<Lease>>;

    /// Gives leases back. Shards that the owner does not hold are passed over.
    async fn release(&self, owner: OwnerId, shards: &[u32]) -> Result<()>;

    /// The owners that have claimed or renewed within the length that they asked for, and how many shards each holds:
    /// what an owner needs to know its fair share. By owner.
    async fn owners(&self) -> Result<Vec<(OwnerId, u32)>>;

    /// The store's clock.
    async fn now(&self) -> Result<Timestamp>;

    /// Resolves when another process may have written something of interest (an inbox item, a released lease).
    /// May resolve too often; may be late. Stores without such a channel never resolve.
    async fn changed(&self);

    /// Flushes and closes. Later calls fail with `ShuttingDown`.
    async fn close(&self) -> Result<()>;
}
