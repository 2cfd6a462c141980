//! Stores for Flowwright: where instances are kept.
//!
//! * [`MemoryStore`]: nothing outlives the process. The reference implementation, and the model for simulations
//!   ([`FakeDisk`]).
//! * `SqliteStore` (feature `sqlite`): one file, one or many processes on one machine.
//! * `PostgresStore` (feature `postgres`): one database, any number of processes on any number of machines.
//! * [`FaultStore`]: any store, with faults put in.
//!
//! [`open`] takes the choice from a URL. All of them satisfy the contract of [`flowwright::store::Store`], and the
//! suite `flowwright::testing::store_suite` proves it.

mod layer;
mod lease;
mod memory;
mod open;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use layer::{Fault, FaultPlan, FaultRates, FaultStore, WakeRates};
pub use memory::{FakeDisk, MemoryStore};
pub use open::open;
#[cfg(feature = "postgres")]
pub use postgres::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteOptions, SqliteStore};

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use flowwright::base::{Error, ErrorKind, Timestamp};

/// The clock that a store compares leases on.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The machine's clock.
fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    })
}

fn unknown_place(text: &str) -> Error {
    Error::new(
        ErrorKind::InvalidArgument,
        format!("`{text}` is not there (any more): begin with the first page, or page tasks by their cursor"),
    )
}

fn unknown_version(flow: &str, version: u32) -> Error {
    Error::new(ErrorKind::NotFound, format!("flow `{flow}` has no version {version}: deploy it first"))
}
