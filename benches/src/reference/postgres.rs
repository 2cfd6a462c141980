//! PostgreSQL with its plain driver: statements prepared, rows of a group in one `unnest`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, NoTls};

use super::{LENGTH, MOST_BYTES};
use crate::Result;
use crate::measure::Latencies;
use crate::report::Reference;

/// A row, and whoever waits until it is durable.
type Ask = oneshot::Sender<()>;

pub(super) async fn measure(url: &str, row: &Arc<[u8]>, producers: u64) -> Result<(Reference, f64)> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    client
        .batch_execute(
            "CREATE TABLE IF NOT EXISTS reference \
             (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, instance bigint NOT NULL, events bytea NOT NULL)",
        )
        .await?;
    let single = single(&client, row).await?;
    Ok((single, group(client, row, producers).await?))
}

async fn single(client: &Client, row: &Arc<[u8]>) -> Result<Reference> {
    let insert = client.prepare("INSERT INTO reference (instance, events) VALUES ($1, $2)").await?;
    let begun = Instant::now();
    let mut latencies = Vec::new();
    while begun.elapsed() < LENGTH && (latencies.len() * row.len()) as u64 <= MOST_BYTES {
        let before = Instant::now();
        client.execute(&insert, &[&1_i64, &&**row]).await?;
        latencies.push(before.elapsed());
    }
    let single_commits_per_s = latencies.len() as f64 / begun.elapsed().as_secs_f64();
    let latencies: Latencies = latencies.into_iter().collect();
    let single_commit_p50_ms = latencies.percentile(0.5).unwrap_or_default();
    Ok(Reference { single_commits_per_s, single_commit_p50_ms, ..Reference::default() })
}

/// One connection writes all rows that wait in one statement; every producer waits for its row before it sends the next.
async fn group(client: Client, row: &Arc<[u8]>, producers: u64) -> Result<f64> {
    let (asks, waiting) = mpsc::unbounded_channel();
    let over = Arc::new(AtomicBool::new(false));
    let begun = Instant::now();
    let writer = tokio::spawn(write(client, waiting, Arc::clone(row), Arc::clone(&over)));
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
    writer.await?.map(|()| rate)
}

async fn produce(asks: mpsc::UnboundedSender<Ask>, over: Arc<AtomicBool>) -> u64 {
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

async fn write(
    client: Client,
    mut waiting: mpsc::UnboundedReceiver<Ask>,
    row: Arc<[u8]>,
    over: Arc<AtomicBool>,
) -> Result<()> {
    let insert = client
        .prepare("INSERT INTO reference (instance, events) SELECT * FROM unnest($1::bigint[], $2::bytea[])")
        .await?;
    let begun = Instant::now();
    let (mut bytes, mut group) = (0, Vec::new());
    while waiting.recv_many(&mut group, 10_000).await > 0 {
        let instances: Vec<i64> = (0..group.len() as i64).collect();
        let rows: Vec<&[u8]> = vec![&*row; group.len()];
        client.execute(&insert, &[&instances, &rows]).await?;
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
