//! One plan: several runs, each in a process of its own, so that one's memory is not the other's.

use std::process::{Command, Stdio};

use testing_postgres::{Durability, Server};

use crate::Result;
use crate::args::{Plan, StoreKind};
use crate::measure::peak_rss;
use crate::reference;
use crate::report::Report;
use crate::store::Site;
use crate::workload::{self, Done};

/// When a log is begun anew, SQLite has made the log and the file durable, and then the new log's head.
const FSYNCS_OF_A_CHECKPOINT: u64 = 3;

/// Runs a plan in processes of its own; the answer is the run in the middle.
///
/// # Errors
/// What a process says that failed.
pub fn apart(plan: &Plan) -> Result<Report> {
    let runs: Vec<Report> = (0..plan.runs).map(|_| once(plan)).collect::<Result<_>>()?;
    Report::median(runs).ok_or_else(|| "there were no runs".into())
}

fn once(plan: &Plan) -> Result<Report> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--here", "--json", "--workload", plan.workload.name(), "--store", plan.store.name()]);
    let numbers = [
        ("--n", plan.n),
        ("--payload", plan.payload as u64),
        ("--seconds", plan.seconds),
        ("--think", plan.think),
        ("--processes", plan.processes),
    ];
    for (name, number) in numbers {
        command.args([name, &number.to_string()]);
    }
    if let Some(url) = &plan.url {
        command.args(["--url", url]);
    }
    if let Some(dir) = &plan.dir {
        command.arg("--dir").arg(dir);
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!(
            "{} on {} ended with {}",
            plan.workload.name(),
            plan.store.name(),
            output.status
        )
        .into());
    }
    let text = String::from_utf8(output.stdout)?;
    Ok(serde_json::from_str(text.lines().last().ok_or("a run said nothing")?)?)
}

/// Runs a plan once, in this process.
///
/// # Errors
/// What the workload gives.
pub async fn here(plan: &Plan) -> Result<Report> {
    let (server, plan) = with_server(plan)?;
    let plan = &plan;
    let site = Site::new(plan)?;
    let done = workload::run(&site, plan).await?;
    let peak = peak_rss()?;
    let counts = done.spent.counts;
    // Where many steps go into one row it is as if each had a row of its own.
    let row_bytes = counts.row_bytes / counts.rows.max(done.steps).max(1);
    let reference = match done.producers {
        0 => None,
        producers => reference::measure(plan, site.folder(), producers, row_bytes).await?,
    };
    drop(server);
    let machine = done.producers == 0;
    let mut report = report(plan, done, peak);
    report.reference = reference;
    if machine {
        report.store = "none".to_owned();
    }
    Ok(report)
}

/// A server of its own, if one is needed and none is named.
fn with_server(plan: &Plan) -> Result<(Option<Server>, Plan)> {
    if plan.store != StoreKind::Postgres || plan.url.is_some() {
        return Ok((None, plan.clone()));
    }
    let server = Server::start(Durability::Full)?;
    let url = Some(server.url());
    Ok((Some(server), Plan { url, ..plan.clone() }))
}

fn report(plan: &Plan, done: Done, peak: u64) -> Report {
    let spent = done.spent;
    let wall_s = done.wall.unwrap_or(spent.wall).as_secs_f64();
    let fsyncs = match plan.store {
        StoreKind::Memory => Some(0),
        StoreKind::Sqlite => Some(spent.counts.transactions + FSYNCS_OF_A_CHECKPOINT * spent.log_restarts),
        StoreKind::Postgres => None,
    };
    Report {
        workload: plan.workload.name().to_owned(),
        store: plan.store.name().to_owned(),
        n: plan.n,
        payload: plan.payload,
        runs: 1,
        wall_s,
        instances_per_s: done.instances as f64 / wall_s,
        steps_per_s: done.steps as f64 / wall_s,
        p50_ms: done.latencies.percentile(0.5),
        p95_ms: done.latencies.percentile(0.95),
        p99_ms: done.latencies.percentile(0.99),
        cpu_s: spent.cpu_s,
        peak_rss_mb: peak as f64 / 1e6,
        bytes_written: spent.bytes_written,
        commits: spent.counts.transactions,
        fsyncs,
        reference: None,
        extra: done.extra,
    }
}
