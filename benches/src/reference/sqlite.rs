//! SQLite with its plain driver.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Instant;

use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::{LENGTH, MOST_BYTES};
use crate::Result;
use crate::measure::Latencies;
use crate::report::Reference;

/// A row, and whoever waits until it is durable.
type Ask = oneshot::Sender<()>;

pub(super) async fn measure(folder: &Path, row: &Arc<[u8]>, producers: u64) -> Result<(Reference, f64)> {
    let single = single(&folder.join("single.db"), row)?;
    Ok((single, group(&folder.join("group.db"), row, producers).await?))
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
    let begun = Instant::now();
    let mut latencies = Vec::new();
    while begun.elapsed() < LENGTH && (latencies.len() * row.len()) as u64 <= MOST_BYTES {
        let before = Instant::now();
        conn.prepare_cached(INSERT)?.execute(params![1, row])?;
        latencies.push(before.elapsed());
    }
    let single_commits_per_s = latencies.len() as f64 / begun.elapsed().as_secs_f64();
    let latencies: Latencies = latencies.into_iter().collect();
    let single_commit_p50_ms = latencies.percentile(0.5).unwrap_or_default();
    Ok(Reference { single_commits_per_s, single_commit_p50_ms, ..Reference::default() })
}

/// One thread writes all rows that wait in one transaction; every producer waits for its row before it sends the next.
async fn group(path: &Path, row: &Arc<[u8]>, producers: u64) -> Result<f64> {
    let conn = open(path)?;
    let (asks, waiting) = channel();
    let over = Arc::new(AtomicBool::new(false));
    let begun = Instant::now();
    let writer = std::thread::spawn({
        let (row, over) = (Arc::clone(row), Arc::clone(&over));
        move || write(&conn, &waiting, &row, &over)
    });
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..producers {
        running.spawn(produce(asks.clone(), Arc::clone(&over)));
    }
    drop(asks);
    let mut rows = 0;
    while let Some(produced) = running.join_next().await {
        rows += produced?;
    }
    let rate = rows as f64 / begun.elapsed().as_secs_f64();
    match writer.join() {
        Ok(written) => written.map(|()| rate),
        Err(_) => Err("the writing thread of the reference has stopped".into()),
    }
}

async fn produce(asks: Sender<Ask>, over: Arc<AtomicBool>) -> u64 {
    let mut rows = 0;
    while !over.load(Ordering::Relaxed) {
        let (ask, durable) = oneshot::channel();
        if asks.send(ask).is_err() || durable.await.is_err() {
            break;
        }
        rows += 1;
    }
    rows
}

fn write(conn: &Connection, waiting: &Receiver<Ask>, row: &[u8], over: &AtomicBool) -> Result<()> {
    let begun = Instant::now();
    let mut bytes = 0;
    let mut group = Vec::new();
    while let Ok(first) = waiting.recv() {
        group.push(first);
        group.extend(waiting.try_iter());
        conn.execute_batch("BEGIN IMMEDIATE")?;
        for instance in 0..group.len() {
            conn.prepare_cached(INSERT)?.execute(params![instance as i64, row])?;
        }
        conn.execute_batch("COMMIT")?;
        bytes += (group.len() * row.len()) as u64;
        if begun.elapsed() > LENGTH || bytes > MOST_BYTES {
            over.store(true, Ordering::Relaxed);
        }
        for ask in group.drain(..) {
            // A producer that is gone needs no answer.
            let _gone = ask.send(());
        }
    }
    Ok(())
}
