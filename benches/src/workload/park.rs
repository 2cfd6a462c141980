//! Instances that wait: they leave memory, and come back when they are released (w5).

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flowwright::base::{InstanceId, Span};
use flowwright::engine::{Config, Engine};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Done, builder, close, completed, number};
use crate::Result;
use crate::args::Plan;
use crate::measure::{Meter, rss};
use crate::store::Site;

/// How many callers there are.
const CALLERS: usize = 4_096;

/// How long an idle instance stays in memory.
const PARK_AFTER: Span = Span::from_millis(100);

/// A wait, and something that is done after it.
pub(super) const FLOW: &str = "
flow: wait
steps:
  - {id: go, type: signal, name: go}
  - {id: next, type: activity, handler: add, with: '${ input.it }', needs: go}
";

/// Tables of the store, all of whose rows are counted.
const TABLES: [&str; 6] = ["instances", "labels", "history", "snapshots", "subscriptions", "tasks"];

/// Latency: from the call that sends the signal to the news of the end. The time is that of the starts and of the
/// release; the pause in which instances leave memory does not count.
pub async fn run(site: &Site, plan: &Plan) -> Result<Done> {
    let config = Config { park_after: PARK_AFTER, ..Config::default() };
    let engine = builder(site).config(config).open().await?;
    engine.deploy(FLOW).await?;
    let mut ids = Vec::with_capacity(usize::try_from(plan.n)?);
    let before = rss()?;
    let meter = Meter::start(site)?;
    start(&engine, plan, &mut ids).await?;
    let start = meter.begun().elapsed();
    let parked = settled(PARK_AFTER.to_std()).await?;
    let rows = site.file().map(|file| rows(&file)).transpose()?;

    let released = Instant::now();
    let latencies = release(&engine, ids).await?;
    let release = released.elapsed();
    let spent = meter.stop()?;
    close(&engine).await?;
    let each = |bytes: u64| (bytes as f64 / plan.n as f64).round();
    let mut done = Done {
        instances: plan.n,
        steps: 2 * plan.n,
        spent,
        wall: Some(start + release),
        latencies: latencies.into_iter().collect(),
        producers: plan.n,
        ..Done::default()
    };
    for (name, value) in [
        ("start_s", json!(start.as_secs_f64())),
        ("release_s", json!(release.as_secs_f64())),
        ("parked_bytes_per_instance", json!(each(parked.1.saturating_sub(before.1)))),
        ("parked_rss_bytes_per_instance", json!(each(parked.0.saturating_sub(before.0)))),
        ("loads", json!(spent.counts.loads)),
    ] {
        done.extra.insert(name.to_owned(), value);
    }
    if let Some((rows, bytes)) = rows {
        done.extra.insert("rows".to_owned(), rows);
        done.extra.insert("disk_bytes_per_instance".to_owned(), json!(each(bytes)));
    }
    Ok(done)
}

/// Starts n instances, with so many callers.
pub(super) async fn start(engine: &Engine, plan: &Plan, ids: &mut Vec<InstanceId>) -> Result<()> {
    let mut starting = JoinSet::new();
    for n in 0..plan.n {
        if starting.len() == CALLERS
            && let Some(started) = starting.join_next().await
        {
            ids.push(started??);
        }
        let start = engine.start("wait", json!({"it": number(n, plan.payload)}));
        starting.spawn(async move { start.await.map(|instance| instance.id) });
    }
    while let Some(started) = starting.join_next().await {
        ids.push(started??);
    }
    Ok(())
}

/// Sends every instance its signal, and waits for its end.
async fn release(engine: &Engine, ids: Vec<InstanceId>) -> Result<Vec<Duration>> {
    let places = Arc::new(Semaphore::new(CALLERS));
    let mut releasing = JoinSet::new();
    let mut latencies = Vec::with_capacity(ids.len());
    for id in ids {
        let place = Arc::clone(&places).acquire_owned().await?;
        while let Some(released) = releasing.try_join_next() {
            latencies.push(released??);
        }
        let engine = engine.clone();
        releasing.spawn(async move {
            let begun = Instant::now();
            engine.signal(id, "go", json!(null)).await?;
            completed(&engine.wait(id).await?)?;
            drop(place);
            Ok::<_, crate::Trouble>(begun.elapsed())
        });
    }
    while let Some(released) = releasing.join_next().await {
        latencies.push(released??);
    }
    Ok(latencies)
}

/// Waits until memory does not change any more. The answer is what there is then.
async fn settled(park_after: Duration) -> Result<(u64, u64)> {
    tokio::time::sleep(10 * park_after).await;
    let mut last = rss()?;
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = rss()?;
        if now.1.abs_diff(last.1) <= last.1 / 200 {
            return Ok(now);
        }
        last = now;
    }
    Ok(last)
}

/// Rows by table, and the bytes of the file and its log.
fn rows(file: &Path) -> Result<(Value, u64)> {
    let conn = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut rows = serde_json::Map::new();
    for table in TABLES {
        let count: i64 = conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
        if count > 0 {
            rows.insert(table.to_owned(), json!(count));
        }
    }
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
    Ok((Value::Object(rows), size(file) + size(&file.with_extension("db-wal"))))
}
