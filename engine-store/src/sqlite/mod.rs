//! A store on one SQLite file.

mod catalog;
mod commit;
mod connect;
mod error;
mod lease;
mod options;
mod query;
mod reader;
mod row;
mod session;
mod task;
mod writer;

pub use options::SqliteOptions;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use flowwright::base::{Error, ErrorKind, InstanceId, Result, Span, TaskId, Timestamp};
use flowwright::store::{
    Commit, CommitOutcome, DefinitionRecord, DefinitionSummary, Delivery, HistoryRow, InboxItem,
    InstanceFilter, InstanceSummary, Lease, LeaseRequest, Loaded, OwnerId, Page, Store, TaskFilter, TaskRow,
};
use rusqlite::Connection;

use crate::Clock;
use error::Trouble;
use reader::Readers;
use session::{Noticed, Session};
use writer::Writer;

/// A store on one SQLite file, for one or many processes on one machine.
///
/// One thread writes: it takes all commits that wait, writes them in one transaction with one `fsync`
/// (`synchronous=FULL` in WAL mode), and answers them together. A few threads read. Several processes may have the file
/// open; they take turns at writing. One that is stopped (SIGSTOP) in the middle of a write keeps the file's lock for as
/// long as it is stopped; one that is killed does not.
///
/// People can look into the file with any SQLite tool, through the views `flowwright_instances`, `flowwright_history`,
/// `flowwright_events`, `flowwright_tasks`, `flowwright_inbox`, `flowwright_definitions` and `flowwright_shards`, whose
/// names and columns are kept from release to release. Encoded values that are text are stored as text, so that
/// `json_each` and its like can be used on them. To copy the file while it is in use, use `VACUUM INTO` or the backup
/// of the SQLite shell, never a plain copy of the file alone.
///
/// [`changed`](Store::changed) looks into the file every [`SqliteOptions::poll`] (20 ms), only while it is awaited.
pub struct SqliteStore {
    path: PathBuf,
    writer: Writer,
    readers: Readers,
    clock: Clock,
    poll: Span,
    noticed: Noticed,
    /// How many notices of others were passed on.
    seen: AtomicU64,
}

impl SqliteStore {
    /// Opens a file, or creates it. Its folder must exist.
    ///
    /// # Errors
    /// See [`open_with`](Self::open_with).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, SqliteOptions::default())
    }

    /// Opens a file, or creates it, and brings an older one to the newest version. Its folder must exist.
    ///
    /// # Errors
    /// `StoreNewer` for a file of a newer release, `StoreForeign` for one of another program, `Corrupt` for a damaged
    /// one, `StoreUnavailable` where it cannot be opened or written, `InvalidArgument` for `:memory:`.
    pub fn open_with(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self> {
        let path = path.as_ref();
        if path.as_os_str() == ":memory:" || path.as_os_str().is_empty() {
            return Err(Error::new(
                ErrorKind::InvalidArgument,
                "SQLite is not used in memory: take the store `memory:` instead, or give a path",
            ));
        }
        Self::start(path, &options).map_err(|trouble| Error::from(trouble).with("file", path.display()))
    }

    fn start(path: &Path, options: &SqliteOptions) -> Result<Self, Trouble> {
        let conn = connect::writer(path, options)?;
        let seen = AtomicU64::new(query::notices(&conn)?);
        let noticed = Noticed::new(AtomicU64::new(0));
        let readers = Readers::start(path, options)?;
        let writer = Writer::start(conn, options.clock.clone(), noticed.clone())?;
        let (clock, poll) = (options.clock.clone(), options.poll);
        Ok(Self { path: path.to_owned(), writer, readers, clock, poll, noticed, seen })
    }

    async fn write<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&mut Session<'_>) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T> {
        self.writer.run(operation).await.map_err(|error| self.place(error))
    }

    async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T> {
        self.readers.ask(question).await.map_err(|error| self.place(error))
    }

    fn place(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::StoreUnavailable | ErrorKind::Corrupt => error.with("file", self.path.display()),
            _ => error,
        }
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::ShuttingDown, "the store is closed")
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, batch: Vec<Commit>) -> Result<Vec<CommitOutcome>> {
        let checked = batch.iter().map(Commit::check).collect::<Result<Vec<_>>>()?;
        self.write(move |session| commit::batch(session, batch, &checked)).await
    }

    async fn load(&self, instance: InstanceId) -> Result<Option<Loaded>> {
        self.read(move |conn| query::load(conn, instance)).await
    }

    async fn summary(&self, instance: InstanceId) -> Result<Option<InstanceSummary>> {
        self.read(move |conn| query::summary(conn, instance)).await
    }

    async fn find_by_key(&self, flow: &str, key: &str) -> Result<Option<InstanceId>> {
        let (flow, key) = (flow.to_owned(), key.to_owned());
        self.read(move |conn| query::find_by_key(conn, &flow, &key)).await
    }

    async fn history(&self, instance: InstanceId, after: u64, limit: usize) -> Result<Vec<HistoryRow>> {
        self.read(move |conn| query::history(conn, instance, after, limit)).await
    }

    async fn feed(&self, after: u64, limit: usize) -> Result<Vec<HistoryRow>> {
        self.read(move |conn| query::feed(conn, after, limit)).await
    }

    async fn newest(&self) -> Result<u64> {
        self.read(|conn| query::newest(conn)).await
    }

    async fn due_after(
        &self,
        shards: &[u32],
        after: Option<(Timestamp, InstanceId)>,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, InstanceId)>> {
        let shards: BTreeSet<_> = shards.iter().copied().collect();
        self.read(move |conn| query::due(conn, &shards, after, until, limit)).await
    }

    async fn next_wake_after(&self, shards: &[u32], after: Timestamp) -> Result<Option<Timestamp>> {
        let shards: BTreeSet<_> = shards.iter().copied().collect();
        self.read(move |conn| query::next_wake(conn, &shards, after)).await
    }

    async fn deliver(&self, items: Vec<Delivery>) -> Result<()> {
        items.iter().try_for_each(Delivery::check)?;
        self.write(move |session| commit::deliver(session, &items)).await
    }

    async fn inbox(&self, shards: &[u32], after: u64, limit: usize) -> Result<Vec<InboxItem>> {
        let shards: BTreeSet<_> = shards.iter().copied().collect();
        self.read(move |conn| query::inbox(conn, &shards, after, limit)).await
    }

    async fn discard(&self, items: &[u64]) -> Result<()> {
        let items = items.to_vec();
        self.write(move |session| commit::discard(session, &items)).await
    }

    async fn subscribers(&self, name: &str, correlation: &str) -> Result<Vec<InstanceId>> {
        let (name, correlation) = (name.to_owned(), correlation.to_owned());
        self.read(move |conn| query::subscribers(conn, &name, &correlation)).await
    }

    async fn instances(&self, filter: &InstanceFilter, page: &Page) -> Result<Vec<InstanceSummary>> {
        let (filter, page) = (filter.clone(), page.clone());
        self.read(move |conn| query::instances(conn, &filter, &page)).await
    }

    async fn count(&self, filter: &InstanceFilter) -> Result<u64> {
        let filter = filter.clone();
        self.read(move |conn| query::count(conn, &filter)).await
    }

    async fn tasks(&self, filter: &TaskFilter, page: &Page) -> Result<Vec<TaskRow>> {
        let (filter, page) = (filter.clone(), page.clone());
        self.read(move |conn| query::tasks(conn, &filter, &page)).await
    }

    async fn task(&self, task: TaskId) -> Result<Option<TaskRow>> {
        self.read(move |conn| query::task(conn, task)).await
    }

    async fn task_load(&self, users: &[String]) -> Result<Vec<(String, u64)>> {
        let users = users.to_vec();
        self.read(move |conn| query::task_load(conn, users)).await
    }

    async fn put_definition(&self, record: &DefinitionRecord) -> Result<u32> {
        let record = record.clone();
        self.write(move |session| catalog::put(session, &record)).await
    }

    async fn definition(&self, flow: &str, version: Option<u32>) -> Result<Option<DefinitionRecord>> {
        let flow = flow.to_owned();
        self.read(move |conn| catalog::get(conn, &flow, version)).await
    }

    async fn labelled(&self, flow: &str, label: &str) -> Result<Option<u32>> {
        let (flow, label) = (flow.to_owned(), label.to_owned());
        self.read(move |conn| catalog::labelled(conn, &flow, &label)).await
    }

    async fn set_label(&self, flow: &str, version: u32, label: &str) -> Result<()> {
        let (flow, label) = (flow.to_owned(), label.to_owned());
        self.write(move |session| catalog::set_label(session, &flow, version, &label)).await
    }

    async fn definitions(&self) -> Result<Vec<DefinitionSummary>> {
        self.read(|conn| catalog::list(conn)).await
    }

    async fn claim(&self, request: &LeaseRequest) -> Result<Vec<Lease>> {
        let request = request.clone();
        self.write(move |session| lease::claim(session, &request)).await
    }

    async fn renew(&self, request: &LeaseRequest) -> Result<Vec<Lease>> {
        let request = request.clone();
        self.write(move |session| lease::renew(session, &request)).await
    }

    async fn release(&self, owner: OwnerId, shards: &[u32]) -> Result<()> {
        let shards = shards.to_vec();
        self.write(move |session| lease::release(session, owner, &shards)).await
    }

    async fn owners(&self) -> Result<Vec<(OwnerId, u32)>> {
        let now = (self.clock)();
        self.read(move |conn| Ok(lease::read(conn)?.owners(now))).await
    }

    async fn now(&self) -> Result<Timestamp> {
        if self.readers.is_closed() { Err(closed()) } else { Ok((self.clock)()) }
    }

    async fn changed(&self) {
        let before = self.seen.load(Ordering::Acquire);
        // A store that is closed, or cannot be read, has no news.
        while let Ok(notices) = self.read(|conn| query::notices(conn)).await {
            let others = notices.saturating_sub(self.noticed.load(Ordering::Acquire));
            if others > before {
                self.seen.fetch_max(others, Ordering::AcqRel);
                return;
            }
            tokio::time::sleep(self.poll.to_std()).await;
        }
        std::future::pending::<()>().await;
    }

    async fn close(&self) -> Result<()> {
        self.readers.close();
        self.writer.close().await;
        Ok(())
    }
}
