//! Durable workloads: the real engine on a real store, with handlers that return their input plus one.

use std::error::Error;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

use flowwright::engine::Engine;
use flowwright::protocol::ActivityError;
use flowwright::store::Store;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::Measured;

/// What is run.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Instances of three steps in sequence, so many at once.
    Sequence {
        /// How many instances.
        instances: u64,
        /// How many at once.
        concurrency: usize,
    },
    /// One instance: a chain of so many steps.
    Chain(u64),
    /// One instance: so many steps side by side, and a join.
    FanOut(u64),
}

impl Shape {
    fn flow(self) -> String {
        let mut flow = String::from("flow: bench\nvars: {n: 1}\nsteps:\n");
        let (steps, wide) = match self {
            Self::Sequence { .. } => (3, false),
            Self::Chain(steps) => (steps, false),
            Self::FanOut(steps) => (steps, true),
        };
        for number in 0..steps {
            let needs = if number == 0 || wide { String::new() } else { format!(", needs: s{}", number - 1) };
            let _ = writeln!(flow, "  - {{id: s{number}, type: activity, handler: add, with: 1{needs}}}");
        }
        if wide {
            let all: Vec<String> = (0..steps).map(|number| format!("s{number}")).collect();
            let _ = writeln!(flow, "  - {{id: join, type: assign, needs: [{}]}}", all.join(", "));
        }
        flow
    }

    const fn runs(self) -> (u64, usize, u64) {
        match self {
            Self::Sequence { instances, concurrency } => (instances, concurrency, 3),
            Self::Chain(steps) | Self::FanOut(steps) => (1, 1, steps),
        }
    }
}

/// Runs a workload on a store, and counts the activities that were done.
///
/// # Errors
/// Whatever the engine answers.
pub async fn run_durable(store: Arc<dyn Store>, shape: Shape) -> Result<Measured, Box<dyn Error>> {
    let engine = Engine::builder(store)
        .activity("add", |_, n: i64| async move { Ok::<_, ActivityError>(n + 1) })
        .open()
        .await?;
    engine.deploy(shape.flow()).await?;
    let (instances, concurrency, steps) = shape.runs();
    let places = Arc::new(Semaphore::new(concurrency));
    let begun = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..instances {
        let place = Arc::clone(&places).acquire_owned().await?;
        let engine = engine.clone();
        running.spawn(async move {
            let instance = engine.start("bench", json!(null)).await?;
            let outcome = instance.wait().await?;
            drop(place);
            Ok::<_, flowwright::base::Error>(outcome.status)
        });
    }
    while let Some(done) = running.join_next().await {
        let status = done??;
        if status.name() != "completed" {
            return Err(format!("an instance is {}", status.name()).into());
        }
    }
    let wall = begun.elapsed();
    engine.shutdown(flowwright::base::Span::from_secs(5)).await?;
    Ok(Measured { steps: instances * steps, wall })
}
