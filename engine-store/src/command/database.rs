//! An engine on the database that the arguments name.

use std::future::Future;
use std::sync::Arc;

use flowwright::base::{Error, ErrorKind, Span};
use flowwright::engine::{Config, Engine, EngineBuilder};
use flowwright::store::Store;
use flowwright_store::{PostgresOptions, PostgresStore, SqliteStore};

use super::answer::{Failure, Result};
use super::args::{Database, DatabaseArgs};

/// How long is waited for another process that owns the instance.
const PATIENCE: Span = Span::from_secs(10);

/// How long writing may take at the end.
const GRACE: Span = Span::from_secs(5);

/// What an engine is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It reads, and leaves all instances to others.
    Look,
    /// It changes instances: those that no other process owns are its own for a moment.
    Act,
}

/// Runs async work to its end.
///
/// # Errors
/// What the work gives.
pub fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let failed = |error| Failure::new(ErrorKind::Internal, format!("no runtime can be started: {error}"));
    runtime.map_err(failed)?.block_on(work)
}

/// Does something with an engine on a database that is there, and closes it in good order.
///
/// # Errors
/// `NotFound` if there is no such file or schema; what the work gives.
pub fn with_engine<T>(
    args: &DatabaseArgs,
    purpose: Purpose,
    work: impl AsyncFnOnce(&Engine) -> Result<T>,
) -> Result<T> {
    let absent = || {
        let message = format!("there is no database {}", args.db);
        Failure::new(ErrorKind::NotFound, message).help("`flowwright run FILE --db PATH` creates one")
    };
    let store: Arc<dyn Store> = match &args.db {
        Database::File(path) if !path.exists() => return Err(absent()),
        Database::File(path) => Arc::new(SqliteStore::open(path)?),
        Database::Server(url) => Arc::new(PostgresStore::lazy(
            url,
            PostgresOptions { create: false, ..PostgresOptions::default() },
        )?),
    };
    block_on(async {
        match store.now().await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(absent()),
            answer => answer?,
        };
        let engine = open_engine(&store, purpose, Ok).await?;
        let result = work(&engine).await;
        close(&engine, &store).await?;
        result
    })
}

/// Opens the database, and creates it if it is not there.
///
/// # Errors
/// What the store gives.
pub fn open_store(args: &DatabaseArgs) -> Result<Arc<dyn Store>> {
    Ok(match &args.db {
        Database::File(path) => Arc::new(SqliteStore::open(path)?),
        Database::Server(url) => Arc::new(PostgresStore::lazy(url, PostgresOptions::default())?),
    })
}

/// Opens an engine. `describe` adds handlers; it is called again where the database turns out to have another number of
/// shards.
///
/// # Errors
/// What the engine gives.
pub async fn open_engine(
    store: &Arc<dyn Store>,
    purpose: Purpose,
    describe: impl Fn(EngineBuilder) -> Result<EngineBuilder>,
) -> Result<Engine> {
    let mut config = Config { remote_timeout: PATIENCE, ..Config::default() };
    if purpose == Purpose::Look {
        config.want_shards = Some(0);
    }
    let builder = |config: &Config| describe(Engine::builder(Arc::clone(store)).config(config.clone()));
    match builder(&config)?.open().await {
        Ok(engine) => Ok(engine),
        Err(error) => match shards_of(&error) {
            Some(shards) => Ok(builder(&Config { shards, ..config })?.open().await?),
            None => Err(error.into()),
        },
    }
}

/// The number of shards that the database has, where an error says that it is another one.
fn shards_of(error: &Error) -> Option<u32> {
    let said = error.context().iter().find(|(name, _)| *name == "database")?;
    said.1.parse().ok().filter(|_| error.kind() == ErrorKind::InvalidArgument)
}

/// Stops the engine and closes the database.
///
/// # Errors
/// What the store gives.
pub async fn close(engine: &Engine, store: &Arc<dyn Store>) -> Result<()> {
    engine.shutdown(GRACE).await?;
    Ok(store.close().await?)
}
