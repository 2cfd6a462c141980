//! What a simulation found.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::world::World;
use crate::base::{Payload, Span, Timestamp};
use crate::machine::{EventForm, Explanation, Places, StepRecord, event_json, explain};
use crate::protocol::{Failure, InstanceStatus, Recorded, StepStatus};

/// The outcome of a simulation.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Where the instance stands at the end: `running` if nothing more can happen by itself.
    pub status: InstanceStatus,
    /// Its output.
    pub output: Payload,
    /// Its error.
    pub error: Option<Failure>,
    /// The virtual time that it took, in milliseconds.
    #[serde(rename = "duration_ms")]
    pub duration: Span,
    /// Every step by path.
    pub steps: BTreeMap<String, StepReport>,
    /// The history as JSON: `{seq, at_ms, type, step, …}`.
    #[schemars(with = "Vec<EventForm>")]
    pub events: Vec<Value>,
    /// What it still waits for, if it has not ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Explanation>,
    /// What the script asked for and was refused: when, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<String>,
    /// The variables at the end.
    #[serde(skip)]
    pub vars: BTreeMap<String, Payload>,
    /// The history.
    #[serde(skip)]
    pub history: Vec<Recorded>,
    /// Child instances that were simulated too: the path of the call, and what became of the child.
    #[serde(skip)]
    pub children: Vec<(String, Report)>,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct StepReport {
    /// Where it stands.
    pub status: StepStatus,
    /// How often its region had begun again.
    pub iteration: u32,
    /// Attempts of its last run.
    pub attempts: u32,
    /// When it last became active, in virtual milliseconds.
    pub started_ms: Option<i64>,
    /// When it was last settled.
    pub ended_ms: Option<i64>,
    /// Its output.
    pub output: Payload,
    /// Its error.
    pub error: Option<Failure>,
}

impl StepReport {
    pub(super) fn of(record: StepRecord) -> Self {
        Self {
            status: record.status,
            iteration: record.iteration,
            attempts: record.attempts,
            started_ms: record.started.map(Timestamp::millis),
            ended_ms: record.ended.map(Timestamp::millis),
            output: record.output,
            error: record.error,
        }
    }
}

impl World {
    /// What became of an instance, and with the first one of its children.
    pub(super) fn report(&self, number: usize) -> Report {
        let instance = &self.instances[number];
        let state = &instance.state;
        let closed = state.status().is_closed();
        let ended = state.ended_at().unwrap_or(self.now);
        let mut places = Places::default();
        let events = instance.history.iter().map(|recorded| {
            places.see(&recorded.event);
            event_json(&instance.graph, &places, recorded.seq, recorded.at, &recorded.event)
        });
        let events = events.collect();
        let steps = instance.journal.steps(&instance.graph);
        let children = (number == 0).then(|| {
            (1..self.instances.len()).map(|child| {
                let prefix = self.instances[child].prefix.trim_end_matches('/').to_owned();
                (prefix, self.report(child))
            })
        });
        Report {
            status: state.status(),
            output: state.output(),
            error: state.error().cloned(),
            duration: ended.since(state.started_at()),
            steps: steps.into_iter().map(|(path, record)| (path, StepReport::of(record))).collect(),
            events,
            waiting: (!closed).then(|| explain(&instance.graph, state, self.now)),
            refused: if number == 0 { self.refused.clone() } else { Vec::new() },
            vars: state.vars().iter().map(|(name, value)| (name.to_string(), value.clone())).collect(),
            history: instance.history.clone(),
            children: children.into_iter().flatten().collect(),
        }
    }
}
