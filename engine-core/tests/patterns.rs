//! The 43 workflow control-flow patterns as flows, checked against scenarios in virtual time.
//!
//! The expectations are those of `tests/data/wcp43.json`; one checker reads them off the recorded history. A tick is
//! a second of virtual time.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "patterns/expect.rs"]
mod expect;
#[path = "patterns/observe.rs"]
mod observe;
#[path = "patterns/play.rs"]
mod play;
#[path = "patterns/table.rs"]
mod table;

use std::collections::BTreeMap;

use flowwright::base::Timestamp;
use flowwright::graph::Graph;
use flowwright::machine::{State, apply, decide};
use flowwright::simulate::Report;

use expect::{Catalogue, Pattern, Scenario};
use observe::Observed;
use play::Play;

const CATALOGUE: &str = include_str!("data/wcp43.json");

fn catalogue() -> Catalogue {
    serde_json::from_str(CATALOGUE).unwrap()
}

/// In what a pattern's scenarios differ from what is expected.
fn check(pattern: &Pattern, plays: &BTreeMap<&str, Play>) -> Vec<String> {
    let mut wrong = Vec::new();
    for scenario in &pattern.scenarios {
        let Some(play) = plays.get(scenario.id.as_str()) else {
            wrong.push(format!("{} is not played", scenario.id));
            continue;
        };
        let (graph, report) = play.run(scenario);
        let observed = Observed::of(&graph, &report);
        let mut found = scenario.check(&observed, &report, play.rest_cancelled);
        found.extend(
            play.also.iter().filter(|(_, check)| !check(&report)).map(|(what, _)| format!("not so: {what}")),
        );
        found.extend(report.refused.iter().map(|refusal| format!("refused: {refusal}")));
        wrong.extend(found.into_iter().map(|one| format!("{}: {one}", scenario.id)));
    }
    wrong
}

#[test]
fn every_scenario_of_every_pattern_holds() {
    let catalogue = catalogue();
    let plays: BTreeMap<&str, Play> = table::plays().into_iter().map(|play| (play.id, play)).collect();
    let (mut wrong, mut score) = (Vec::new(), 0.0);
    println!("{:>2}  {:<60} score", "", "pattern");
    for pattern in &catalogue.patterns {
        let found = check(pattern, &plays);
        let workaround = table::WORKAROUNDS.iter().find(|(number, ..)| *number == pattern.pattern);
        let own = workaround.map_or((1.0, ""), |(_, score, why)| (*score, *why));
        let (points, why) = if found.is_empty() { own } else { (0.0, "a scenario does not hold") };
        println!("{:>2}  {:<60} {points:<3} {why}", pattern.pattern, pattern.name);
        score += points;
        wrong.extend(found);
    }
    println!("    {:<60} {score} of {}", "together", catalogue.count);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_is_complete() {
    let catalogue = catalogue();
    let scenarios: Vec<&Scenario> =
        catalogue.patterns.iter().flat_map(|pattern| &pattern.scenarios).collect();
    assert_eq!(catalogue.patterns.len(), catalogue.count);
    assert_eq!(scenarios.len(), catalogue.scenario_count);
    let plays: BTreeMap<&str, Play> = table::plays().into_iter().map(|play| (play.id, play)).collect();
    assert_eq!(plays.len(), catalogue.scenario_count);
    for scenario in scenarios {
        let play = &plays[scenario.id.as_str()];
        assert!(play.flow.starts_with(&play.id[3..5]), "{} is played with {}", play.id, play.flow);
        // The stimulus of 25 comes from the flow itself.
        let stimuli = !scenario.stimuli.is_empty() && scenario.id != "WCP25a";
        assert_eq!(play.has_stimuli(), stimuli, "{}: {:?}", scenario.id, scenario.stimuli);
    }
}

/// A note of 20: "a second cancel is a no-op".
#[test]
fn a_second_abort_changes_nothing() {
    let catalogue = catalogue();
    let cancel = catalogue.patterns.iter().find(|pattern| pattern.pattern == 20).unwrap();
    let play = table::plays().into_iter().find(|play| play.id == "WCP20a").unwrap();
    let (graph, report) = play.run(&cancel.scenarios[0]);
    let mut state = fold(&graph, &report);
    let before = state.seq();
    let again = decide(&graph, &mut state, play::abort(), Timestamp::from_millis(4_000));
    assert!(again.is_err() || again.is_ok_and(|decision| decision.events.is_empty()));
    assert_eq!((state.seq(), state.status()), (before, report.status));
}

/// The same scenario twice gives the same history, and folding it gives the state in which it ended.
#[test]
fn every_run_can_be_repeated_and_replayed() {
    let plays: BTreeMap<&str, Play> = table::plays().into_iter().map(|play| (play.id, play)).collect();
    for scenario in catalogue().patterns.iter().flat_map(|pattern| &pattern.scenarios) {
        let play = &plays[scenario.id.as_str()];
        let (graph, report) = play.run(scenario);
        assert_eq!(play.run(scenario).1.history, report.history, "{}", scenario.id);
        let state = fold(&graph, &report);
        assert_eq!((state.status(), &state.output()), (report.status, &report.output), "{}", scenario.id);
    }
}

/// The state that a history leads to.
fn fold(graph: &Graph, report: &Report) -> State {
    let mut state = State::new();
    for recorded in &report.history {
        apply(graph, &mut state, &recorded.event, recorded.at);
    }
    state
}

/// The checker can say no: a flow of another pattern does not pass for the one that the scenario asks for.
#[test]
fn the_checker_tells_flows_apart() {
    let catalogue = catalogue();
    for (id, flow) in [
        ("WCP29a", "09-structured-discriminator"),
        ("WCP30a", "09-structured-discriminator"),
        ("WCP32a", "30-structured-partial-join"),
        ("WCP35a", "26-cancel-multiple-instance-task"),
        ("WCP24a", "23-transient-trigger"),
    ] {
        let scenarios = catalogue.patterns.iter().flat_map(|pattern| &pattern.scenarios);
        let scenario = scenarios.clone().find(|scenario| scenario.id == id).unwrap();
        let mut play = table::plays().into_iter().find(|play| play.id == id).unwrap();
        play.flow = flow;
        let (graph, report) = play.run(scenario);
        assert!(
            !scenario.check(&Observed::of(&graph, &report), &report, None).is_empty(),
            "{id} passes with {flow}"
        );
    }
}
