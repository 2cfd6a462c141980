//! A store in a PostgreSQL database.

mod catalog;
mod connect;
mod core;
mod error;
mod flight;
mod gather;
mod ground;
mod lease;
mod link;
mod listen;
mod migrate;
mod options;
mod param;
mod plan;
mod query;
mod row;
mod schema;
mod task;
mod tls;
mod url;
mod write;
mod writer;

pub use options::PostgresOptions;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use flowwright::base::{Error, ErrorKind, InstanceId, Result, TaskId, Timestamp};
use flowwright::store::{
    Commit, CommitOutcome, DefinitionRecord, DefinitionSummary, Delivery, HistoryRow, InboxItem,
    InstanceFilter, InstanceSummary, Lease, LeaseRequest, Loaded, OwnerId, Page, Store, TaskFilter, TaskRow,
};
use tokio::sync::OnceCell;

use self::core::Core;
use connect::{Connections, Target};
use error::Trouble;
use gather::Gather;
use writer::{Call, Writer};

/// A store in a PostgreSQL database (version 14 or later), for any number of processes on any number of machines.
///
/// It runs on the tokio runtime that calls it, which needs its I/O and its timers.
///
/// Everything is in one schema, which several programs may have next to each other in one database. What waits to be
/// written is written in one transaction, in two round trips; several processes write at once, except for the moment in
/// which positions are given out. Leases are compared on the database's clock.
///
/// # In the URL
///
/// `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, and behind a `?` what PostgreSQL's own programs know
/// (`connect_timeout`, `application_name`, `options`, …), and besides:
///
/// * `schema=NAME`: see [`PostgresOptions::schema`].
/// * `sslmode`: `disable`, `prefer` (default: encrypted where the server can), `require`, `verify-ca`, `verify-full`;
///   `sslrootcert=PATH` (or `system`, the default: the authorities that the machine trusts); `sslcert=PATH` and
///   `sslkey=PATH` for a certificate of one's own. They mean what they mean to PostgreSQL's own programs: only
///   `verify-full` keeps somebody on the way from posing as the server. Sockets of the machine are never encrypted.
/// * `pooler=transaction` and `direct=HOST:PORT`: see below.
///
/// A password that is not in the URL is taken from `PGPASSWORD`.
///
/// # Behind a pooler
///
/// A pooler in session mode needs nothing. One in transaction mode, such as PgBouncer with `pool_mode = transaction`,
/// is told of with `pooler=transaction`: every transaction then begins with its own settings, nothing is prepared, and
/// nothing is expected to be there in the next one. It costs some of the server's time, and no round trip more. Notices
/// between processes cannot come through such a pooler: `direct=HOST:PORT` names the server itself, for the one
/// connection of each process that listens. Without it all goes on, only that processes learn of each other's
/// deliveries when the engine polls.
///
/// # For people who ask with SQL
///
/// The views have names and columns that are kept from release to release; new columns come at the end. The tables
/// behind them may change. Times are `timestamptz`, and JSON is `jsonb`.
///
/// | view | one row for each | columns |
/// | --- | --- | --- |
/// | `flowwright_instances` | instance | `id`, `flow`, `version`, `key`, `status`, `seq`, `shard`, `wake`, `started`, `ended`, `parent`, `error_code`, `labels`, `result` |
/// | `flowwright_steps` | activation of a step, and step that was skipped | `instance`, `flow`, `version`, `step`, `type`, `frame`, `run`, `activation`, `status`, `activated`, `ended`, `output`, `error`, `seq` |
/// | `flowwright_tasks` | open task | `id`, `instance`, `flow`, `step`, `assignee`, `candidates`, `excluded`, `priority`, `due`, `created`, `view` |
/// | `flowwright_events` | event | `position`, `instance`, `seq`, `at`, `type`, `event` |
/// | `flowwright_history` | commit | `position`, `instance`, `first_seq`, `last_seq`, `at`, `events` |
/// | `flowwright_inbox` | input that waits to be taken up | `id`, `instance`, `shard`, `dedup`, `input` |
/// | `flowwright_definitions` | version of a flow | `flow`, `version`, `deployed`, `digest`, `document`, `labels` |
/// | `flowwright_definition_steps` | step of a version | `flow`, `version`, `number`, `step`, `type` |
/// | `flowwright_shards` | shard | `shard`, `owner`, `fence`, `expires` |
///
/// ```sql
/// SELECT id, result->>'total' FROM flowwright.flowwright_instances WHERE labels @> '{"region": "north"}';
/// SELECT step, avg(ended - activated) FROM flowwright.flowwright_steps WHERE flow = 'order' GROUP BY step;
/// ```
///
/// The functions behind the views are immutable, so that one may make an index of one's own for a question that is
/// asked often: `CREATE INDEX ON flowwright.instances USING gin (flowwright.flowwright_json(labels))`.
///
/// # Releases side by side
///
/// The first process of a newer release brings the schema up to date, in one transaction, while others that come wait
/// for it. A step of the schema only adds, and what a release no longer needs is removed by the one after it, so that two
/// neighbouring releases work on one schema at the same time.
pub struct PostgresStore {
    target: Target,
    pool: Connections,
    core: OnceCell<Arc<Core>>,
    writer: Writer,
    closed: AtomicBool,
}

impl PostgresStore {
    /// Connects to a database, and makes what is missing there. See [`connect_with`](Self::connect_with).
    ///
    /// # Errors
    /// See [`connect_with`](Self::connect_with).
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_with(url, PostgresOptions::default()).await
    }

    /// Connects to a database (`postgres://USER:PASSWORD@HOST:PORT/DATABASE`), and brings its schema to the newest
    /// version. The database must be there; `?schema=NAME` in the URL is stronger than the option.
    ///
    /// # Errors
    /// `InvalidArgument` for a URL that cannot be read and a database that is not in UTF-8, `StoreUnavailable` where it
    /// cannot be reached or written, `StoreNewer` for a schema of a newer release, `StoreForeign` for one of another
    /// program.
    pub async fn connect_with(url: &str, options: PostgresOptions) -> Result<Self> {
        let store = Self::lazy(url, options)?;
        store.core().await?;
        Ok(store)
    }

    /// A store that connects when it is first used; each call that finds it not connected tries to.
    ///
    /// # Errors
    /// `InvalidArgument` for a URL that cannot be read. The other errors of [`connect_with`](Self::connect_with) come
    /// from the calls.
    pub fn lazy(url: &str, options: PostgresOptions) -> Result<Self> {
        let target = Target::new(url, options)?;
        let pool = target.pool()?;
        let (core, closed) = (OnceCell::new(), AtomicBool::new(false));
        Ok(Self { target, pool, core, writer: Writer::default(), closed })
    }

    async fn core(&self) -> Result<&Arc<Core>> {
        if self.closed.load(Ordering::Acquire) {
            return Err(closed());
        }
        let open = async || Ok(Arc::new(Core::open(self.target.clone(), self.pool.clone()).await?));
        self.core.get_or_try_init(open).await.map_err(|trouble| self.place(trouble))
    }

    async fn write(&self, call: Call) -> Result<Vec<CommitOutcome>> {
        let core = self.core().await?;
        self.writer.run(core, call).await.map_err(|error| self.place(Trouble::Refused(error)))
    }

    async fn run<T>(&self, operation: impl AsyncFnOnce(&Core) -> Result<T, Trouble>) -> Result<T> {
        let core = self.core().await?;
        operation(core).await.map_err(|trouble| self.place(trouble))
    }

    fn place(&self, trouble: Trouble) -> Error {
        let error = Error::from(trouble);
        match error.kind() {
            ErrorKind::StoreUnavailable
            | ErrorKind::Corrupt
            | ErrorKind::StoreNewer
            | ErrorKind::StoreForeign => {
                error.with("database", self.target.place()).with("schema", &self.target.options.schema)
            }
            _ => error,
        }
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::ShuttingDown, "the store is closed")
}

#[async_trait]
impl Store for PostgresStore {
    async fn commit(&self, batch: Vec<Commit>) -> Result<Vec<CommitOutcome>> {
        let checked = batch.iter().map(Commit::check).collect::<Result<Vec<_>>>()?;
        self.write(Call { commits: batch, checked, ..Call::default() }).await
    }

    async fn load(&self, instance: InstanceId) -> Result<Option<Loaded>> {
        self.run(async |core| query::load(core, instance).await).await
    }

    async fn summary(&self, instance: InstanceId) -> Result<Option<InstanceSummary>> {
        let core = self.core().await?;
        Gather::summary(core, instance).await.map_err(|error| self.place(Trouble::Refused(error)))
    }

    async fn find_by_key(&self, flow: &str, key: &str) -> Result<Option<InstanceId>> {
        self.run(async |core| query::find_by_key(core, flow, key).await).await
    }

    async fn history(&self, instance: InstanceId, after: u64, limit: usize) -> Result<Vec<HistoryRow>> {
        self.run(async |core| query::history(core, instance, after, limit).await).await
    }

    async fn feed(&self, after: u64, limit: usize) -> Result<Vec<HistoryRow>> {
        self.run(async |core| query::feed(core, after, limit).await).await
    }

    async fn newest(&self) -> Result<u64> {
        self.run(async |core| query::newest(core).await).await
    }

    async fn due_after(
        &self,
        shards: &[u32],
        after: Option<(Timestamp, InstanceId)>,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, InstanceId)>> {
        self.run(async |core| query::due(core, shards, after, until, limit).await).await
    }

    async fn next_wake_after(&self, shards: &[u32], after: Timestamp) -> Result<Option<Timestamp>> {
        self.run(async |core| query::next_wake(core, shards, after).await).await
    }

    async fn deliver(&self, items: Vec<Delivery>) -> Result<()> {
        items.iter().try_for_each(Delivery::check)?;
        self.write(Call { deliver: items, ..Call::default() }).await.map(drop)
    }

    async fn inbox(&self, shards: &[u32], after: u64, limit: usize) -> Result<Vec<InboxItem>> {
        self.run(async |core| query::inbox(core, shards, after, limit).await).await
    }

    async fn discard(&self, items: &[u64]) -> Result<()> {
        self.write(Call { discard: items.to_vec(), ..Call::default() }).await.map(drop)
    }

    async fn subscribers(&self, name: &str, correlation: &str) -> Result<Vec<InstanceId>> {
        self.run(async |core| query::subscribers(core, name, correlation).await).await
    }

    async fn instances(&self, filter: &InstanceFilter, page: &Page) -> Result<Vec<InstanceSummary>> {
        self.run(async |core| query::instances(core, filter, page).await).await
    }

    async fn count(&self, filter: &InstanceFilter) -> Result<u64> {
        self.run(async |core| query::count(core, filter).await).await
    }

    async fn tasks(&self, filter: &TaskFilter, page: &Page) -> Result<Vec<TaskRow>> {
        self.run(async |core| task::tasks(core, filter, page).await).await
    }

    async fn task(&self, task: TaskId) -> Result<Option<TaskRow>> {
        self.run(async |core| task::task(core, task).await).await
    }

    async fn task_load(&self, users: &[String]) -> Result<Vec<(String, u64)>> {
        self.run(async |core| task::load(core, users).await).await
    }

    async fn put_definition(&self, record: &DefinitionRecord) -> Result<u32> {
        self.run(async |core| catalog::put(core, record).await).await
    }

    async fn definition(&self, flow: &str, version: Option<u32>) -> Result<Option<DefinitionRecord>> {
        self.run(async |core| catalog::get(core, flow, version).await).await
    }

    async fn labelled(&self, flow: &str, label: &str) -> Result<Option<u32>> {
        self.run(async |core| catalog::labelled(core, flow, label).await).await
    }

    async fn set_label(&self, flow: &str, version: u32, label: &str) -> Result<()> {
        self.run(async |core| catalog::set_label(core, flow, version, label).await).await
    }

    async fn definitions(&self) -> Result<Vec<DefinitionSummary>> {
        self.run(async |core| catalog::list(core).await).await
    }

    async fn claim(&self, request: &LeaseRequest) -> Result<Vec<Lease>> {
        self.run(async |core| lease::claim(core, request).await).await
    }

    async fn renew(&self, request: &LeaseRequest) -> Result<Vec<Lease>> {
        self.run(async |core| lease::renew(core, request).await).await
    }

    async fn release(&self, owner: OwnerId, shards: &[u32]) -> Result<()> {
        self.run(async |core| lease::release(core, owner, shards).await).await
    }

    async fn owners(&self) -> Result<Vec<(OwnerId, u32)>> {
        self.run(async |core| lease::owners(core).await).await
    }

    async fn now(&self) -> Result<Timestamp> {
        self.run(async |core| core.now().await).await
    }

    async fn changed(&self) {
        // A store that is closed, or cannot be reached, has no news.
        match self.core().await {
            Ok(core) => core.news.changed().await,
            Err(_) => std::future::pending().await,
        }
    }

    async fn close(&self) -> Result<()> {
        self.closed.store(true, Ordering::Release);
        self.writer.close().await;
        if let Some(core) = self.core.get() {
            core.news.close();
        }
        self.pool.close();
        Ok(())
    }
}
