//! n instances of three steps, started at once by several processes on one database (w8).

use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::crowd;
use super::members::{Member, say, told};
use super::{Done, builder, chain_flow, close};
use crate::Result;
use crate::args::Plan;
use crate::measure::{Latencies, Meter, Spent};
use crate::store::Site;

/// Steps of an instance.
const STEPS: u64 = 3;
/// Every process waits until it has had so long to get its share of the shards.
const SETTLE: Duration = Duration::from_secs(4);

/// What a process has done.
#[derive(Serialize, Deserialize)]
struct Part {
    latencies_us: Vec<u64>,
    cpu_s: f64,
    bytes_written: u64,
    transactions: u64,
    rows: u64,
    row_bytes: u64,
}

/// A process of several.
///
/// # Errors
/// What the engine and the store give.
pub async fn member(plan: &Plan, folder: &Path) -> Result<()> {
    let site = Site::of(plan, folder)?;
    let engine = builder(&site).open().await?;
    engine.deploy(chain_flow(STEPS)?).await?;
    tokio::time::sleep(SETTLE).await;
    say("ready")?;
    told().await?;
    let meter = Meter::start(&site)?;
    let latencies = crowd::start_all(&engine, plan.n / plan.processes, plan.payload).await?;
    let spent = meter.stop()?;
    let part = Part {
        latencies_us: latencies.iter().map(|latency| latency.as_micros() as u64).collect(),
        cpu_s: spent.cpu_s,
        bytes_written: spent.bytes_written,
        transactions: spent.counts.transactions,
        rows: spent.counts.rows,
        row_bytes: spent.counts.row_bytes,
    };
    say(&serde_json::to_string(&part)?)?;
    // The others are not held up by one that leaves.
    told().await?;
    close(&engine).await
}

/// Latency: from the call that starts an instance to the news of its end.
///
/// # Errors
/// What the processes say.
pub async fn run(site: &Site, plan: &Plan) -> Result<Done> {
    let mut members: Vec<Member> =
        (0..plan.processes).map(|_| Member::start(plan, site.folder())).collect::<Result<_>>()?;
    for member in &mut members {
        member.hear()?;
    }
    let begun = Instant::now();
    for member in &mut members {
        member.tell("go")?;
    }
    let mut spent = Spent::default();
    let mut latencies = Vec::new();
    for member in &mut members {
        let part: Part = serde_json::from_str(&member.hear()?)?;
        spent.cpu_s += part.cpu_s;
        spent.bytes_written += part.bytes_written;
        spent.counts.transactions += part.transactions;
        spent.counts.rows += part.rows;
        spent.counts.row_bytes += part.row_bytes;
        latencies.extend(part.latencies_us.into_iter().map(Duration::from_micros));
    }
    spent.wall = begun.elapsed();
    let instances = latencies.len() as u64;
    let latencies: Latencies = latencies.into_iter().collect();
    let mut done = Done { instances, steps: instances * STEPS, spent, latencies, ..Done::default() };
    done.producers = instances;
    done.extra.insert("processes".to_owned(), json!(plan.processes));
    Ok(done)
}
