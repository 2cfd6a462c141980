//! SQLite with its plain driver.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rusqlite::{Connection, params};

use super::producers::{Group, Singles, rows_per_s};
use crate::Result;
use crate::report::Reference;

pub(super) async fn measure(folder: &Path, row: &Arc<[u8]>, producers: u64) -> Result<(Reference, f64)> {
    let single = single(&folder.join("single.db"), row)?;
    let conn = open(&folder.join("group.db"))?;
    let row = Arc::clone(row);
    let start = |group| async move { tokio::task::spawn_blocking(move || write(&conn, group, &row)).await? };
    Ok((single, rows_per_s(producers, start).await?))
}

/// A file with the pragmas and the table that matter: as the SQLite store has them.
fn open(path: &Path) -> Result<Connection> {
    let conn = Connection::open(path)?;
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    conn.pragma_update(None, "cache_size", -(64 << 10))?;
    conn.execute_batch(
        "CREATE TABLE history (position INTEGER PRIMARY KEY, instance INTEGER NOT NULL, events BLOB NOT NULL)",
    )?;
    Ok(conn)
}

const INSERT: &str = "INSERT INTO history (instance, events) VALUES (?1, ?2)";

fn single(path: &Path, row: &[u8]) -> Result<Reference> {
    let conn = open(path)?;
    let mut singles = Singles::default();
    while singles.go_on(row.len()) {
        let begun = Instant::now();
        conn.prepare_cached(INSERT)?.execute(params![1, row])?;
        singles.done(begun);
    }
    Ok(singles.reference())
}

/// One thread writes all rows that wait in one transaction.
fn write(conn: &Connection, mut group: Group, row: &[u8]) -> Result<()> {
    let mut asks = Vec::new();
    while group.waiting.blocking_recv_many(&mut asks, 10_000) > 0 {
        conn.execute_batch("BEGIN IMMEDIATE")?;
        for instance in 0..asks.len() {
            conn.prepare_cached(INSERT)?.execute(params![instance as i64, row])?;
        }
        conn.execute_batch("COMMIT")?;
        group.written(&mut asks, row.len());
    }
    Ok(())
}
