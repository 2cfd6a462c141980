//! A first look at speed: `cargo bench -p flowwright-benches --bench workloads`. Each figure is the median of three runs.
//! An argument picks the workloads whose names contain it.

use std::sync::Arc;

use flowwright::store::Store;
use flowwright_benches::{Measured, Shape, median, run_durable, transitions};
use flowwright_store::{MemoryStore, SqliteStore};

const RUNS: usize = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    println!("{:<44} {:>10} {:>12} {:>12}", "workload", "steps", "wall ms", "steps/s");
    for (name, steps) in [("chain of 3", 3), ("chain of 1,000", 1_000), ("chain of 10,000", 10_000)] {
        let label = format!("machine: {name}");
        if label.contains(&wanted) {
            report(&label, bare(steps)?);
        }
    }
    let sequence = |instances, concurrency| Shape::Sequence { instances, concurrency };
    let shapes = [
        ("3 steps, 1 at a time (500)", sequence(500, 1)),
        ("3 steps, 100 at a time (10,000)", sequence(10_000, 100)),
        ("3 steps, 10,000 at a time (10,000)", sequence(10_000, 10_000)),
        ("3 steps, 10,000 at a time (100,000)", sequence(100_000, 10_000)),
        ("a chain of 1,000", Shape::Chain(1_000)),
        ("a chain of 10,000", Shape::Chain(10_000)),
        ("a fan-out of 1,000", Shape::FanOut(1_000)),
        ("a fan-out of 10,000", Shape::FanOut(10_000)),
    ];
    for (name, shape) in shapes {
        for kind in ["memory", "sqlite"] {
            let label = format!("{kind}: {name}");
            if label.contains(&wanted) {
                report(&label, durable(kind, shape)?);
            }
        }
    }
    Ok(())
}

fn report(label: &str, measured: Measured) {
    let millis = measured.wall.as_secs_f64() * 1_000.0;
    println!("{label:<44} {:>10} {millis:>12.1} {:>12.0}", measured.steps, measured.per_second());
}

/// The bare machine, at about 300,000 transitions a run.
fn bare(steps: u64) -> Result<Measured, Box<dyn std::error::Error>> {
    let lines: Vec<String> = (0..steps)
        .map(|number| {
            let needs = if number == 0 { String::new() } else { format!(", needs: s{}", number - 1) };
            format!("  - {{id: s{number}, type: activity, handler: add{needs}}}")
        })
        .collect();
    let flow = format!("flow: bench\nsteps:\n{}\n", lines.join("\n"));
    let graph = flowwright::graph::load(&flow).graph.ok_or("the bench's flow is not valid")?;
    let runs = (0..RUNS).map(|_| transitions(&graph, 300_000 / (steps + 1))).collect();
    median(runs).ok_or_else(|| "no runs".into())
}

fn durable(kind: &str, shape: Shape) -> Result<Measured, Box<dyn std::error::Error>> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let folder = tempfile::tempdir()?;
        let store: Arc<dyn Store> = match kind {
            "memory" => Arc::new(MemoryStore::new()),
            _ => Arc::new(SqliteStore::open(folder.path().join("bench.db"))?),
        };
        runs.push(runtime.block_on(run_durable(store, shape))?);
    }
    median(runs).ok_or_else(|| "no runs".into())
}
