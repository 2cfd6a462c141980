//! What must hold for every flow and every life: random flows with random outcomes, order, losses, people and operators.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

use std::collections::BTreeMap;

use flowwright::graph::Graph;
use flowwright::protocol::{At, Event, InstanceStatus};
use flowwright::testing::random::{LifeOptions, live, random_flow};

/// How many random flows are lived, unless `FLOWWRIGHT_FLOWS` says more.
const FLOWS: u64 = 12_000;

fn graph(seed: u64) -> Option<Graph> {
    let definition = random_flow(seed).unwrap_or_else(|wrong| panic!("seed {seed}: {wrong:?}"));
    Graph::compile(definition.into()).ok().map(|compiled| compiled.graph)
}

#[test]
fn random_flows_are_never_stuck_and_fold_to_what_they_left() {
    let flows = std::env::var("FLOWWRIGHT_FLOWS").map_or(FLOWS, |flows| flows.parse().unwrap());
    let (mut lived, mut ends) = (0u64, BTreeMap::<&str, u64>::new());
    let mut seed = 0;
    while lived < flows {
        seed += 1;
        assert!(seed < 3 * flows, "only {lived} of {seed} random flows are valid");
        let Some(graph) = graph(seed) else { continue };
        let life =
            live(&graph, seed, LifeOptions::default()).unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
        settles_once(&graph, seed, &life.history);
        *ends.entry(life.status.name()).or_default() += 1;
        lived += 1;
    }
    println!("{lived} lives of {seed} random flows: {ends:?}");
    for status in [InstanceStatus::Completed, InstanceStatus::Failed, InstanceStatus::Aborted] {
        assert!(
            ends.get(status.name()).is_some_and(|count| *count > 50),
            "hardly any life is {}",
            status.name()
        );
    }
}

#[test]
fn the_same_seed_gives_the_same_history() {
    for seed in 1..400 {
        let Some(graph) = graph(seed) else { continue };
        let one = live(&graph, seed, LifeOptions::default()).unwrap();
        let two = live(&graph, seed, LifeOptions::default()).unwrap();
        assert_eq!(one.history, two.history, "seed {seed}");
    }
}

/// Every step settles once for each iteration, unless an operator takes it up again.
fn settles_once(_: &Graph, seed: u64, history: &[flowwright::protocol::Recorded]) {
    let mut settled: BTreeMap<At, u64> = BTreeMap::new();
    for recorded in history {
        match &recorded.event {
            Event::StepCompleted { at, .. }
            | Event::StepFailed { at, .. }
            | Event::StepSkipped { at }
            | Event::StepCancelled { at, .. } => {
                let place = At { run: 0, ..*at };
                let count = settled.entry(place).or_default();
                *count += 1;
                assert_eq!(*count, 1, "seed {seed}: {place:?} settled twice at event {}", recorded.seq);
            }
            Event::RegionRestarted { .. } | Event::OperatorActed { .. } => settled.clear(),
            _ => {}
        }
    }
}
