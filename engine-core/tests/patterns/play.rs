//! How each scenario is played: its flow, its stimuli, and what a note of the scenario asks for beyond its table.

use std::sync::Arc;

use flowwright::base::Span;
use flowwright::graph::{self, Graph};
use flowwright::protocol::{Input, Operator};
use flowwright::simulate::{Entry, Report, Script, ScriptedError, Simulation};
use serde_json::{Value, json};

use crate::expect::{Durations, Scenario};
use crate::observe::instance_path;

/// What a scenario's own table does not say, in the engine's terms.
#[derive(Default)]
pub struct Play {
    /// The scenario's id.
    pub id: &'static str,
    /// The flow's file, without its ending.
    pub flow: &'static str,
    signals: Vec<(u64, &'static str, Value)>,
    aborted: Option<u64>,
    fails: Option<&'static str>,
    takes: Vec<(&'static str, u64)>,
    /// A step whose last instances are cancelled where the pattern would let them run on.
    pub rest_cancelled: Option<&'static str>,
    /// What must hold besides.
    pub also: Vec<(&'static str, Check)>,
}

/// A check of what a note says.
pub type Check = fn(&Report) -> bool;

/// A scenario that is played with a flow.
pub fn play(id: &'static str, flow: &'static str) -> Play {
    Play { id, flow, ..Play::default() }
}

impl Play {
    /// A signal arrives.
    pub fn signal(mut self, tick: u64, name: &'static str, payload: Value) -> Self {
        self.signals.push((tick, name, payload));
        self
    }

    /// An operator aborts the instance.
    pub fn abort(mut self, tick: u64) -> Self {
        self.aborted = Some(tick);
        self
    }

    /// A step fails for good.
    pub fn fails(mut self, step: &'static str) -> Self {
        self.fails = Some(step);
        self
    }

    /// One instance of a step, by its path, takes so many ticks.
    pub fn takes(mut self, path: &'static str, ticks: u64) -> Self {
        self.takes.push((path, ticks));
        self
    }

    /// Instances of a step that have not completed by the join are cancelled: less than the pattern asks for.
    pub fn cancels_rest(mut self, step: &'static str) -> Self {
        self.rest_cancelled = Some(step);
        self
    }

    /// Something else must hold.
    pub fn also(mut self, what: &'static str, check: Check) -> Self {
        self.also.push((what, check));
        self
    }

    /// Whether anything reaches the instance from outside.
    pub fn has_stimuli(&self) -> bool {
        !self.signals.is_empty() || self.aborted.is_some()
    }

    fn script(&self, graph: &Arc<Graph>, scenario: &Scenario) -> Script {
        let done = |ticks: u64| Entry::output(Span::from_secs(ticks), Value::Null);
        let mut script = Script::default().default_entry(done(1));
        for (name, durations) in &scenario.dur {
            let numbered = (0u32..).zip(graph.steps()).find(|(_, node)| *node.id == **name);
            let (step, node) =
                numbered.unwrap_or_else(|| panic!("{}: the flow has no step {name}", self.flow));
            match durations {
                Durations::All(ticks) => script = script.step(&*node.path, [done(*ticks)]),
                Durations::ByInstance(list) => {
                    for (instance, ticks) in list.iter().enumerate() {
                        script = script.step(instance_path(graph, step, instance), [done(*ticks)]);
                    }
                }
            }
        }
        for (path, ticks) in &self.takes {
            script = script.step(*path, [done(*ticks)]);
        }
        if let Some(step) = self.fails {
            let node = graph.steps().iter().find(|node| &*node.id == step).expect("a step that fails");
            let error =
                ScriptedError { code: "broken".to_owned(), retryable: Some(false), ..Default::default() };
            let entry = Entry { error: Some(error), ..done(1) };
            script.steps.insert(node.path.to_string(), vec![entry]);
        }
        for (tick, name, payload) in &self.signals {
            script = script.signal(Span::from_secs(*tick), *name, payload.clone());
        }
        match self.aborted {
            Some(tick) => script.input(Span::from_secs(tick), abort()),
            None => script,
        }
    }

    /// Runs the scenario.
    pub fn run(&self, scenario: &Scenario) -> (Arc<Graph>, Report) {
        let graph = load(self.flow);
        let input = if scenario.input.is_null() { json!({}) } else { scenario.input.clone() };
        let input = if self.flow == "22-recursion-unbounded" { json!({"n": 1}) } else { input };
        let script = self.script(&graph, scenario);
        let simulation = Simulation::new(graph.clone()).flow(graph.clone()).input(input).script(script);
        let report = simulation.run().unwrap_or_else(|error| panic!("{}: {error}", self.id));
        (graph, report)
    }
}

/// An operator's abort.
pub fn abort() -> Input {
    Input::Abort { operator: Operator::new("operator", "no longer needed"), compensate: false, force: false }
}

/// Loads a flow of this folder. A warning is as wrong as an error.
fn load(flow: &str) -> Arc<Graph> {
    let path = format!("{}/tests/patterns/flows/{flow}.yaml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let loaded = graph::load(&text);
    assert!(loaded.diagnostics.is_empty(), "{flow}: {:#?}", loaded.diagnostics);
    loaded.graph.expect("no error, so a graph")
}
