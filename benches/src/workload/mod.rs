//! The workloads, and what they share: an engine with a trivial handler, and flows that are chains.

mod chain;
mod crowd;
mod fan;
mod many;
mod members;
mod mortgage;
mod park;
mod restart;
mod takeover;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use flowwright::base::Span;
use flowwright::engine::{Engine, EngineBuilder, Outcome};
use flowwright::protocol::ActivityError;
use serde_json::{Value, json};

use crate::Result;
use crate::args::{Plan, Workload};
use crate::measure::{Latencies, Spent};
use crate::store::Site;

/// What a workload did.
#[derive(Debug, Default)]
pub struct Done {
    /// Instances that ended.
    pub instances: u64,
    /// Steps that were done.
    pub steps: u64,
    /// What it took.
    pub spent: Spent,
    /// The time that counts, where that is not all of it.
    pub wall: Option<Duration>,
    /// The latencies that matter for this workload.
    pub latencies: Latencies,
    /// How many wait for the disk independently of one another: so many producers the reference has.
    pub producers: u64,
    /// What else there is to tell.
    pub extra: BTreeMap<String, Value>,
}

/// Runs a workload.
///
/// # Errors
/// What the engine, the store and the system give; an instance that did not complete.
pub async fn run(site: &Site, plan: &Plan) -> Result<Done> {
    match plan.workload {
        Workload::Machine => crate::machine::run(site, plan),
        Workload::W1 => crowd::at_once(site, plan).await,
        Workload::W2 => crowd::one_by_one(site, plan).await,
        Workload::W3 => fan::run(site, plan).await,
        Workload::W4 => chain::run(site, plan).await,
        Workload::W5 => park::run(site, plan).await,
        Workload::W6 => mortgage::run(site, plan).await,
        Workload::W7 => restart::run(plan).await,
        Workload::W8 => many::run(site, plan).await,
        Workload::W9 => takeover::run(site, plan).await,
    }
}

/// In a process that a workload has started: does its part on the database in `folder`.
///
/// # Errors
/// What the engine, the store and the system give.
pub async fn part(plan: &Plan, folder: &std::path::Path) -> Result<()> {
    match plan.workload {
        Workload::W8 => many::member(plan, folder).await,
        Workload::W9 => takeover::member(plan, folder).await,
        _ => restart::fill(plan, folder).await,
    }
}

/// An engine with the handler `add`.
fn builder(site: &Site) -> EngineBuilder {
    Engine::builder(site.store()).activity("add", |_, input: Value| async move { add(input) })
}

/// The input plus one; what travels with it goes on.
fn add(mut input: Value) -> std::result::Result<Value, ActivityError> {
    match &mut input {
        Value::Number(number) => return Ok(json!(number.as_i64().unwrap_or_default() + 1)),
        Value::Object(fields) => {
            if let Some(number) = fields.get_mut("n") {
                *number = json!(number.as_i64().unwrap_or_default() + 1);
            }
        }
        _ => return Err(ActivityError::fatal("no_number", "`add` takes a number, or an object with `n`")),
    }
    Ok(input)
}

/// A number, with so many bytes that travel with it.
fn number(n: u64, bytes: usize) -> Value {
    if bytes == 0 { json!(n) } else { json!({"n": n, "pad": "x".repeat(bytes)}) }
}

/// A flow of `steps` activities, each of which takes what the one before it gave.
fn chain_flow(steps: u64) -> Result<String> {
    let mut flow = String::from("flow: chain\nsteps:\n");
    for step in 0..steps {
        let (needs, with) = match step.checked_sub(1) {
            None => (String::new(), "input.it".to_owned()),
            Some(before) => (format!(", needs: s{before}"), format!("steps.s{before}.output")),
        };
        writeln!(flow, "  - {{id: s{step}, type: activity, handler: add, with: '${{ {with} }}'{needs}}}")?;
    }
    Ok(flow)
}

/// Refuses an end that is none.
fn completed(outcome: &Outcome) -> Result<()> {
    match outcome.status.name() {
        "completed" => Ok(()),
        status => Err(format!("an instance is {status}: {:?}", outcome.error).into()),
    }
}

/// Ends an engine whose work is done.
async fn close(engine: &Engine) -> Result<()> {
    Ok(engine.shutdown(Span::from_secs(5)).await?)
}
