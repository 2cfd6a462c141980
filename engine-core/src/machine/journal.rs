//! Every step's story, folded from the history: status, attempts, times, result.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::place::Places;
use crate::base::{Payload, Timestamp};
use crate::graph::Graph;
use crate::protocol::{At, Event, Failure, Purpose, StepStatus};

/// What became of one step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct StepRecord {
    /// Where it stands.
    pub status: StepStatus,
    /// How often its region had begun again when it last ran.
    pub iteration: u32,
    /// Attempts of its last run; 0 for a step that is no activity.
    pub attempts: u32,
    /// When it last became active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When it was last settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Its output.
    pub output: Payload,
    /// Its error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// Whether it was compensated.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub compensated: bool,
}

/// The story of an instance, step by step: a fold over its history.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    steps: BTreeMap<At, StepRecord>,
    places: Places,
}

impl Journal {
    /// An empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in an event. Call it with every event in order.
    pub fn see(&mut self, graph: &Graph, event: &Event, at: Timestamp) {
        self.places.see(event);
        match event {
            Event::StepActivated { at: place, doing, .. } => {
                let attempts = u32::from(matches!(doing, crate::protocol::Activation::Activity { .. }));
                self.begin(*place, at, attempts);
            }
            Event::StepQueued { at: place, .. } => self.begin(*place, at, 0),
            Event::AttemptStarted { work, .. } if work.purpose != Purpose::Compensate => {
                let record = self.record(work.at);
                (record.attempts, record.status) = (work.attempt, StepStatus::Active);
            }
            Event::StepIndeterminate { at: place } => self.record(*place).status = StepStatus::Indeterminate,
            Event::StepCompleted { at: place, output, .. } | Event::RunEnded { at: place, output, .. } => {
                let record = self.end(*place, at, StepStatus::Completed);
                (record.output, record.error) = (output.clone(), None);
            }
            Event::StepFailed { at: place, error, .. } => {
                self.end_runs(*place, at);
                self.end(*place, at, StepStatus::Failed).error = Some(error.clone());
            }
            Event::StepSkipped { at: place } => {
                self.end(*place, at, StepStatus::Skipped);
            }
            Event::StepCancelled { at: place, .. } => {
                self.end_runs(*place, at);
                self.end(*place, at, StepStatus::Cancelled);
            }
            Event::RegionRestarted { frame, edge } => {
                if let Some(region) = graph.edges[*edge as usize].back {
                    for step in &graph.regions[region as usize].steps {
                        self.record(At::new(*frame, *step)).iteration += 1;
                    }
                }
            }
            Event::StepCompensated { work, .. } => {
                self.record(At { run: 0, ..work.at }).compensated = true;
            }
            Event::OperatorActed { at: place, .. } => {
                let record = self.record(*place);
                (record.status, record.ended, record.error) = (StepStatus::Active, None, None);
            }
            _ => {}
        }
    }

    fn record(&mut self, at: At) -> &mut StepRecord {
        self.steps.entry(at).or_default()
    }

    /// The other runs of a step with `join: each` end with it.
    fn end_runs(&mut self, at: At, now: Timestamp) {
        let all = At { run: 0, ..at }..=At { run: u32::MAX, ..at };
        let active = self.steps.range(all).filter(|(_, record)| record.status == StepStatus::Active);
        let active: Vec<At> = active.map(|(place, _)| *place).collect();
        for run in active {
            self.end(run, now, StepStatus::Cancelled);
        }
    }

    fn begin(&mut self, at: At, now: Timestamp, attempts: u32) {
        let record = self.record(at);
        record.status = StepStatus::Active;
        record.started = Some(now);
        record.ended = None;
        record.error = None;
        record.attempts = attempts;
    }

    fn end(&mut self, at: At, now: Timestamp, status: StepStatus) -> &mut StepRecord {
        let record = self.record(at);
        record.status = status;
        record.ended = Some(now);
        if matches!(status, StepStatus::Completed | StepStatus::Failed) && record.started.is_none() {
            record.started = Some(now);
        }
        record
    }

    /// The steps by path. Steps of the flow that nothing has happened to are pending.
    pub fn steps(&self, graph: &Graph) -> BTreeMap<String, StepRecord> {
        let mut steps: BTreeMap<String, StepRecord> = BTreeMap::new();
        for step in graph.scopes[0].steps.clone() {
            steps.insert(graph.steps[step as usize].id.to_string(), StepRecord::default());
        }
        for (at, record) in &self.steps {
            let mut path = self.places.path(graph, *at);
            if graph.steps[at.step as usize].join == crate::definition::Join::Each
                && matches!(record.status, StepStatus::Skipped | StepStatus::Cancelled)
                && record.started.is_none()
            {
                path = path.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('#').to_owned();
            }
            steps.insert(path, record.clone());
        }
        steps
    }

    /// Where frames were.
    pub const fn places(&self) -> &Places {
        &self.places
    }
}
