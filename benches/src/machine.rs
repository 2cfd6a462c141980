//! The bare machine: no store, no runtime, one thread.

use std::collections::BTreeMap;
use std::time::Instant;

use flowwright::base::{InstanceId, Payload, Timestamp};
use flowwright::graph::Graph;
use flowwright::machine::{State, decide};
use flowwright::protocol::{Command, Input, Start};
use uuid::Uuid;

use crate::Measured;

/// Runs `instances` instances of a flow of activities, and counts inputs decided: starts and completions.
///
/// # Panics
/// When the machine refuses an input: the flow has other steps than activities.
#[expect(clippy::panic, reason = "a bench that measures something else must not report a figure")]
pub fn transitions(graph: &Graph, instances: u64) -> Measured {
    let begun = Instant::now();
    let mut steps = 0;
    let output = Payload::from(serde_json::json!(1));
    for number in 0..instances {
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
            let decision = match decide(graph, &mut state, input, Timestamp::EPOCH) {
                Ok(decision) => decision,
                Err(refusal) => panic!("{}", refusal.message),
            };
            for command in decision.commands {
                if let Command::Run(run) = command {
                    inputs.push(Input::ActivityCompleted { work: run.work, output: output.clone() });
                }
            }
        }
    }
    Measured { steps, wall: begun.elapsed() }
}
