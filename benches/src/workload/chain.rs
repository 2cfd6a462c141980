//! One instance: a chain of n steps (w4).

use std::sync::Arc;
use std::time::Instant;

use flowwright::engine::Engine;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::{Done, add, chain_flow, close, completed, number};
use crate::Result;
use crate::args::Plan;
use crate::measure::Meter;
use crate::store::Site;

/// Latency: from one handler's beginning to the next one's, which is one advancement.
pub async fn run(site: &Site, plan: &Plan) -> Result<Done> {
    let entered = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&entered);
    let engine = Engine::builder(site.store())
        .activity("add", move |_, input: Value| {
            seen.lock().push(Instant::now());
            async move { add(input) }
        })
        .open()
        .await?;
    engine.deploy(chain_flow(plan.n)?).await?;
    let meter = Meter::start(site)?;
    let instance = engine.start("chain", json!({"it": number(1, plan.payload)})).await?;
    completed(&instance.wait().await?)?;
    let spent = meter.stop()?;
    close(&engine).await?;
    let latencies = entered.lock().windows(2).map(|pair| pair[1].duration_since(pair[0])).collect();
    Ok(Done { instances: 1, steps: plan.n, spent, latencies, producers: 1, ..Done::default() })
}
