//! The bare machine: no store, no runtime, one thread.

use std::collections::BTreeMap;
use std::fmt::Write;

use flowwright::base::{InstanceId, Payload, Timestamp};
use flowwright::graph::Graph;
use flowwright::machine::{State, decide};
use flowwright::protocol::{Command, Input, Start};
use uuid::Uuid;

use crate::Result;
use crate::args::Plan;
use crate::measure::Meter;
use crate::store::Site;
use crate::workload::Done;

/// So many transitions a run, or a little less.
const TRANSITIONS: u64 = 300_000;

/// Runs instances of a chain of `n` activities. Its steps are transitions: starts and completions.
///
/// # Errors
/// Where the machine refuses.
pub fn run(site: &Site, plan: &Plan) -> Result<Done> {
    let mut flow = String::from("flow: bench\nsteps:\n");
    for number in 0..plan.n {
        let needs = if number == 0 { String::new() } else { format!(", needs: s{}", number - 1) };
        writeln!(flow, "  - {{id: s{number}, type: activity, handler: add{needs}}}")?;
    }
    let graph = flowwright::graph::load(&flow).graph.ok_or("the bench's flow is not valid")?;
    let instances = (TRANSITIONS / (plan.n + 1)).max(1);
    let meter = Meter::start(site)?;
    let mut steps = 0;
    for number in 0..instances {
        steps += transitions(&graph, number)?;
    }
    Ok(Done { instances, steps, spent: meter.stop()?, ..Done::default() })
}

fn transitions(graph: &Graph, number: u64) -> Result<u64> {
    let output = Payload::from(serde_json::json!(1));
    let mut steps = 0;
    let mut state = State::new();
    let start = Start {
        instance: InstanceId::new(Uuid::from_u128(u128::from(number) + 1)),
        version: 1,
        key: None,
        input: Payload::null(),
        labels: BTreeMap::new(),
        parent: None,
    };
    let mut inputs = vec![Input::Start(Box::new(start))];
    while let Some(input) = inputs.pop() {
        steps += 1;
        let decision = decide(graph, &mut state, input, Timestamp::EPOCH)
            .map_err(|refusal| refusal.message.to_string())?;
        for command in decision.commands {
            if let Command::Run(run) = command {
                inputs.push(Input::ActivityCompleted { work: run.work, output: output.clone() });
            }
        }
    }
    Ok(steps)
}
