//! The expectations of the scenarios, and the checker: one for all of them.

use std::collections::BTreeMap;

use flowwright::protocol::InstanceStatus;
use flowwright::simulate::Report;
use serde::Deserialize;
use serde_json::Value;

use crate::observe::{Observed, TICK};

/// The file of patterns.
#[derive(Deserialize)]
pub struct Catalogue {
    pub count: usize,
    pub scenario_count: usize,
    pub patterns: Vec<Pattern>,
}

/// A pattern.
#[derive(Deserialize)]
pub struct Pattern {
    pub pattern: u32,
    pub name: String,
    pub scenarios: Vec<Scenario>,
}

/// A scenario of a pattern: what is given and what must come of it.
#[derive(Deserialize)]
pub struct Scenario {
    pub id: String,
    #[serde(default)]
    pub dur: BTreeMap<String, Durations>,
    #[serde(default)]
    pub input: Value,
    #[serde(default)]
    pub stimuli: Vec<String>,
    pub expect: Expect,
    /// One scenario has it here.
    #[serde(default)]
    pub end: Option<i64>,
}

/// Ticks that a step takes: the same for all of its instances, or by instance in the order of their creation.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Durations {
    All(u64),
    ByInstance(Vec<u64>),
}

/// What must come of a scenario.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    pub runs: BTreeMap<String, usize>,
    #[serde(default)]
    pub completions: BTreeMap<String, usize>,
    #[serde(default)]
    pub starts: BTreeMap<String, Vec<i64>>,
    #[serde(default)]
    pub before: Vec<(String, String)>,
    #[serde(default)]
    pub overlap: Vec<(String, String)>,
    #[serde(default)]
    pub no_overlap: Vec<(String, String)>,
    #[serde(default)]
    pub order: Vec<String>,
    #[serde(default)]
    pub one_of_orders: Vec<Vec<String>>,
    #[serde(default)]
    pub end: Option<i64>,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default, rename = "final")]
    pub variables: BTreeMap<String, Value>,
    #[serde(default)]
    pub instances: Option<usize>,
}

impl Scenario {
    /// Everything in which a run differs from what is expected. Not all instances of the step `partly` need complete.
    pub fn check(&self, observed: &Observed, report: &Report, partly: Option<&str>) -> Vec<String> {
        let mut wrong = self.expect.counts(observed, partly);
        wrong.extend(self.expect.times(observed));
        wrong.extend(self.expect.orders(observed));
        wrong.extend(self.expect.result(observed, report));
        if let Some(end) = self.end.or(self.expect.end) {
            compare(&mut wrong, "end", &report.duration.millis(), &((end * TICK) as u64));
        }
        wrong
    }
}

impl Expect {
    fn counts(&self, observed: &Observed, partly: Option<&str>) -> Vec<String> {
        let mut wrong = Vec::new();
        for (step, count) in &self.runs {
            compare(&mut wrong, &format!("runs of {step}"), &observed.of_step(step).count(), count);
        }
        for (step, count) in &self.completions {
            let completed = observed.of_step(step).filter(|run| run.completed).count();
            compare(&mut wrong, &format!("completions of {step}"), &completed, count);
        }
        // "completions: how many completed, where it differs from runs" holds for instances that complete.
        let complete = self.status.as_deref() == Some("completed");
        let other = |step: &str| self.completions.contains_key(step) || partly == Some(step);
        for (step, count) in self.runs.iter().filter(|(step, _)| complete && !other(step)) {
            let completed = observed.of_step(step).filter(|run| run.completed).count();
            compare(&mut wrong, &format!("completions of {step}"), &completed, count);
        }
        wrong
    }

    fn times(&self, observed: &Observed) -> Vec<String> {
        let mut wrong = Vec::new();
        for (step, ticks) in &self.starts {
            let mut starts: Vec<i64> = observed.of_step(step).map(|run| run.start).collect();
            starts.sort_unstable();
            let expected: Vec<i64> = ticks.iter().map(|tick| tick * TICK).collect();
            compare(&mut wrong, &format!("starts of {step}"), &starts, &expected);
        }
        for (first, then) in &self.before {
            let last_end =
                observed.of_step(first).filter(|run| run.completed).filter_map(|run| run.end).max();
            let first_start = observed.of_step(then).map(|run| run.start).min();
            if last_end.zip(first_start).is_none_or(|(end, start)| end > start) {
                wrong.push(format!(
                    "{first} ends at {last_end:?}, not before {then} starts at {first_start:?}"
                ));
            }
        }
        for (expected, pairs) in [(true, &self.overlap), (false, &self.no_overlap)] {
            for (one, other) in pairs {
                let overlap = observed.overlap(one, other);
                compare(&mut wrong, &format!("overlap of {one} and {other}"), &overlap, &expected);
            }
        }
        wrong
    }

    fn orders(&self, observed: &Observed) -> Vec<String> {
        let mut wrong = Vec::new();
        if !self.order.is_empty() {
            let plain = self.order.iter().all(|step| self.runs.contains_key(step));
            let order: Vec<&str> = observed
                .completions
                .iter()
                .map(|&run| &observed.runs[run])
                .map(|run| if plain { run.step.as_str() } else { run.tagged.as_str() })
                .collect();
            compare(&mut wrong, "order", &order, &self.order.iter().map(String::as_str).collect());
        }
        if !self.one_of_orders.is_empty() {
            let named = &self.one_of_orders[0];
            let steps = observed.completions.iter().map(|&run| observed.runs[run].step.clone());
            let order: Vec<String> = steps.filter(|step| named.contains(step)).collect();
            if !self.one_of_orders.contains(&order) {
                wrong.push(format!("order is {order:?}, not one of {:?}", self.one_of_orders));
            }
        }
        wrong
    }

    fn result(&self, observed: &Observed, report: &Report) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Some(status) = &self.status {
            // Where others say cancelled, an instance of ours is aborted.
            let status = if status == "cancelled" { InstanceStatus::Aborted.name() } else { status };
            compare(&mut wrong, "status", &report.status.name(), &status);
        }
        for (name, value) in &self.variables {
            let found = report.vars.get(name).map(|found| (**found).clone());
            compare(&mut wrong, &format!("final {name}"), &found.as_ref(), &Some(value));
        }
        if let Some(instances) = self.instances {
            compare(&mut wrong, "instances", &observed.instances, &instances);
        }
        wrong
    }
}

/// Notes a difference.
fn compare<T: PartialEq + std::fmt::Debug>(wrong: &mut Vec<String>, what: &str, found: &T, expected: &T) {
    if found != expected {
        wrong.push(format!("{what}: {found:?}, not {expected:?}"));
    }
}
