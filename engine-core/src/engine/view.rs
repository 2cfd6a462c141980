//! An instance as people and programs look at it: folded from its history.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::base::{InstanceId, Payload, Result, Timestamp};
use crate::graph::Graph;
use crate::machine::{self, Journal, Places, State, StepRecord};
use crate::protocol::{At, Event, Failure, InstanceStatus, ParentRef, wire};
use crate::store::HistoryRow;

/// Everything about an instance.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct InstanceView {
    /// The instance.
    pub id: InstanceId,
    /// The flow's key.
    pub flow: String,
    /// The version of the flow that it is pinned to.
    pub version: u32,
    /// The caller's own key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Words to find it by.
    pub labels: BTreeMap<String, String>,
    /// The call that started it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<ParentRef>,
    /// Where it stands.
    pub status: InstanceStatus,
    /// When it was started.
    pub started: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Its input, defaults filled in.
    pub input: Payload,
    /// Its variables.
    pub vars: BTreeMap<Arc<str>, Payload>,
    /// Its output; `null` until it has completed.
    pub output: Payload,
    /// Its error, if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// Its steps by path.
    pub steps: BTreeMap<String, StepRecord>,
    /// How many events it has.
    pub seq: u64,
}

impl InstanceView {
    pub(super) fn fold(graph: &Graph, instance: InstanceId, rows: &[HistoryRow]) -> Result<Self> {
        let (mut state, mut journal) = (State::new(), Journal::new());
        for row in rows {
            for recorded in wire::read_events(instance, row.first_seq, &row.events)? {
                machine::apply(graph, &mut state, &recorded.event, recorded.at);
                journal.see(graph, &recorded.event, recorded.at);
            }
        }
        Ok(Self {
            id: instance,
            flow: state.flow().to_owned(),
            version: state.version(),
            key: state.key().map(str::to_owned),
            labels: state.labels().clone(),
            parent: state.parent().cloned(),
            status: state.status(),
            started: state.started_at(),
            ended: state.ended_at(),
            input: state.input().clone(),
            vars: state.vars().clone(),
            output: state.output(),
            error: state.error().cloned(),
            steps: journal.steps(graph),
            seq: state.seq(),
        })
    }
}

/// Something that happened to an instance.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryEntry {
    /// Counts the instance's events, from 1.
    pub seq: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// The path of the step that it happened to, if it happened to one.
    pub step: Option<String>,
    /// What happened.
    pub event: Event,
    /// The same for people and other languages: `{seq, at_ms, type, step, …}`, everything named.
    pub json: Value,
}

impl HistoryEntry {
    pub(super) fn all(graph: &Graph, instance: InstanceId, rows: &[HistoryRow]) -> Result<Vec<Self>> {
        let (mut places, mut entries) = (Places::default(), Vec::new());
        for row in rows {
            for recorded in wire::read_events(instance, row.first_seq, &row.events)? {
                places.see(&recorded.event);
                let json = machine::event_json(graph, &places, recorded.seq, recorded.at, &recorded.event);
                let step = place_of(&recorded.event).map(|at| places.path(graph, at));
                entries.push(Self { seq: recorded.seq, at: recorded.at, step, event: recorded.event, json });
            }
        }
        Ok(entries)
    }
}

/// The step that an event is about.
fn place_of(event: &Event) -> Option<At> {
    match event {
        Event::AttemptStarted { work }
        | Event::AttemptFailed { work, .. }
        | Event::AttemptLost { work }
        | Event::HandlerMissing { work }
        | Event::AttemptAssigned { work, .. }
        | Event::ResultLate { work, .. } => Some(work.at),
        Event::StepQueued { at, .. }
        | Event::StepActivated { at, .. }
        | Event::StepIndeterminate { at }
        | Event::StepCompleted { at, .. }
        | Event::StepFailed { at, .. }
        | Event::StepSkipped { at }
        | Event::StepCancelled { at, .. }
        | Event::RunEnded { at, .. }
        | Event::TaskChanged { at, .. }
        | Event::TaskDone { at, .. }
        | Event::SignalDelivered { at, .. }
        | Event::ItemAdded { at, .. }
        | Event::Emitted { at, .. }
        | Event::OperatorActed { at, .. } => Some(*at),
        Event::FrameOpened { owner, .. } => Some(*owner),
        Event::SlaWarned { at } | Event::SlaMissed { at } => *at,
        _ => None,
    }
}
