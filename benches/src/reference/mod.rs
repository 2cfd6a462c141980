//! The physics of the same minute: what the disk and the plain driver can do without an engine.

mod postgres;
mod producers;
mod sqlite;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::Result;
use crate::args::{Plan, StoreKind};
use crate::report::Reference;

/// How long each of the two is measured.
const LENGTH: Duration = Duration::from_millis(1_500);
/// More producers than this do not make groups larger than the disk needs.
const MOST_PRODUCERS: u64 = 10_000;
/// At most this many bytes go into the database: a large row needs no long measurement.
const MOST_BYTES: u64 = 1 << 30;

/// Measures single commits, and groups from so many waiting producers, with rows of this size. None where there is no
/// disk.
///
/// # Errors
/// What the disk and the driver give.
pub async fn measure(
    plan: &Plan,
    folder: &Path,
    producers: u64,
    row_bytes: u64,
) -> Result<Option<Reference>> {
    let row: Arc<[u8]> = vec![b'x'; usize::try_from(row_bytes)?].into();
    let producers = producers.clamp(1, MOST_PRODUCERS);
    let (single, group_rows_per_s) = match (plan.store, &plan.url) {
        (StoreKind::Sqlite, _) => sqlite::measure(folder, &row, producers).await?,
        (StoreKind::Postgres, Some(url)) => postgres::measure(url, &row, producers).await?,
        (StoreKind::Memory | StoreKind::Postgres, _) => return Ok(None),
    };
    Ok(Some(Reference { group_rows_per_s, producers, row_bytes, ..single }))
}
