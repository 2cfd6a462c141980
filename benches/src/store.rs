//! The store of a workload, in a scratch folder, with a counter around it.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flowwright::store::Store;
use flowwright_store::{MemoryStore, SqliteStore};
use tempfile::TempDir;

use crate::Result;
use crate::args::{Plan, StoreKind};
use crate::counting::{Counting, Counts};

/// The file of the SQLite store.
const FILE: &str = "bench.db";

/// Where a workload keeps its instances. The folder goes when this does.
pub struct Site {
    kind: StoreKind,
    store: Arc<Counting>,
    folder: PathBuf,
    _scratch: Option<TempDir>,
}

impl Site {
    /// A store of its own in a new folder.
    ///
    /// # Errors
    /// What the store and the disk give.
    pub fn new(plan: &Plan) -> Result<Self> {
        let scratch = match &plan.dir {
            Some(dir) => tempfile::tempdir_in(dir)?,
            None => tempfile::tempdir()?,
        };
        let folder = scratch.path().to_owned();
        let store = Arc::new(Counting::new(open(plan, &folder)?));
        Ok(Self { kind: plan.store, store, folder, _scratch: Some(scratch) })
    }

    /// The store that another process has in that folder. The folder stays.
    ///
    /// # Errors
    /// What the store gives.
    pub fn of(plan: &Plan, folder: &Path) -> Result<Self> {
        let store = Arc::new(Counting::new(open(plan, folder)?));
        Ok(Self { kind: plan.store, store, folder: folder.to_owned(), _scratch: None })
    }

    /// The store, counted.
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store) as Arc<dyn Store>
    }

    /// The folder, for files that are nobody else's.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was asked of the store so far.
    pub fn counts(&self) -> Counts {
        self.store.counts()
    }

    /// The file, if there is one.
    pub fn file(&self) -> Option<PathBuf> {
        (self.kind == StoreKind::Sqlite).then(|| self.folder.join(FILE))
    }

    /// How often the log was begun anew: SQLite keeps the number in the log's head. It happens after a checkpoint that
    /// moved everything. 0 where there is no log.
    pub fn log_number(&self) -> u64 {
        let log = self.file().map(|file| file.with_extension("db-wal"));
        log.and_then(|log| number_of(&log).ok()).unwrap_or_default()
    }
}

fn number_of(log: &Path) -> std::io::Result<u64> {
    let mut number = [0; 4];
    let mut file = std::fs::File::open(log)?;
    file.seek(SeekFrom::Start(12))?;
    file.read_exact(&mut number)?;
    Ok(u32::from_be_bytes(number).into())
}

fn open(plan: &Plan, folder: &Path) -> Result<Arc<dyn Store>> {
    Ok(match plan.store {
        StoreKind::Memory => Arc::new(MemoryStore::new()),
        StoreKind::Sqlite => Arc::new(SqliteStore::open(folder.join(FILE))?),
        StoreKind::Postgres => postgres(plan.url.as_deref())?,
    })
}

fn postgres(url: Option<&str>) -> Result<Arc<dyn Store>> {
    Ok(flowwright_store::open(url.ok_or("a PostgreSQL database needs a URL")?)?)
}
