//! Many instances of three steps: all at once (w1), and one after the other (w2).

use std::sync::Arc;
use std::time::{Duration, Instant};

use flowwright::engine::Engine;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Done, builder, chain_flow, close, completed, number};
use crate::Result;
use crate::args::Plan;
use crate::measure::Meter;
use crate::store::Site;

/// An engine refuses calls when 100,000 wait already: a caller in its right mind stays below.
const MOST_STARTS: usize = 50_000;

/// Steps of an instance.
const STEPS: u64 = 3;

/// w1: all are started at once. Latency: from the call that starts an instance to the news of its end.
pub async fn at_once(site: &Site, plan: &Plan) -> Result<Done> {
    let engine = builder(site).open().await?;
    engine.deploy(chain_flow(STEPS)?).await?;
    let meter = Meter::start(site)?;
    let latencies = start_all(&engine, plan.n, plan.payload).await?;
    let spent = meter.stop()?;
    close(&engine).await?;
    let (instances, steps) = (plan.n, plan.n * STEPS);
    let latencies = latencies.into_iter().collect();
    Ok(Done { instances, steps, spent, latencies, producers: plan.n, ..Done::default() })
}

/// Starts n instances at once, and waits for their ends.
pub async fn start_all(engine: &Engine, n: u64, bytes: usize) -> Result<Vec<Duration>> {
    let places = Arc::new(Semaphore::new(MOST_STARTS));
    let mut running = JoinSet::new();
    for n in 0..n {
        let (engine, places) = (engine.clone(), Arc::clone(&places));
        running.spawn(async move {
            let place = places.acquire().await?;
            let begun = Instant::now();
            let instance = engine.start("chain", json!({"it": number(n, bytes)})).await?;
            drop(place);
            completed(&instance.wait().await?)?;
            Ok::<_, crate::Trouble>(begun.elapsed())
        });
    }
    let mut latencies = Vec::new();
    while let Some(done) = running.join_next().await {
        latencies.push(done??);
    }
    Ok(latencies)
}

/// w2: the next one is started when the one before has ended. Latency: the same.
pub async fn one_by_one(site: &Site, plan: &Plan) -> Result<Done> {
    let engine = builder(site).open().await?;
    engine.deploy(chain_flow(STEPS)?).await?;
    one(&engine, plan).await?;
    let meter = Meter::start(site)?;
    let mut latencies = Vec::new();
    for _ in 0..plan.n {
        latencies.push(one(&engine, plan).await?);
    }
    let spent = meter.stop()?;
    close(&engine).await?;
    let latencies = latencies.into_iter().collect();
    Ok(Done { instances: plan.n, steps: plan.n * STEPS, spent, latencies, producers: 1, ..Done::default() })
}

async fn one(engine: &Engine, plan: &Plan) -> Result<Duration> {
    let input = json!({"it": number(1, plan.payload)});
    let begun = Instant::now();
    completed(&engine.start("chain", input).await?.wait().await?)?;
    Ok(begun.elapsed())
}
