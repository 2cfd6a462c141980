//! One run of a scope: the states of its steps and edges.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::state::TimerKey;
use crate::base::{InstanceId, Payload, Span, Timestamp};
use crate::graph::Graph;
use crate::protocol::{
    At, CancelReason, Ending, Failure, Purpose, StepStatus, TaskStatus, Undo, Work, present,
};

/// What has become of an edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum EdgeState {
    /// Not decided.
    #[default]
    #[serde(rename = "o")]
    Open,
    /// Taken.
    #[serde(rename = "t")]
    Taken,
    /// Dropped.
    #[serde(rename = "d")]
    Dropped,
    /// It entered a region from outside in an earlier pass: it counts no more.
    #[serde(rename = "s")]
    Spent,
}

/// How far a run of a scope is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// On its way.
    #[default]
    Running,
    /// An unhandled failure struck it, and what runs may finish.
    Draining,
    /// An unhandled failure struck it: nothing starts.
    Failing,
    /// What was completed in it is being undone.
    Compensating(Box<Compensation>),
    /// It has failed; kept so that an operator can take it up again.
    Failed,
}

/// A compensation under way: one step at a time, newest completion first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Compensation {
    /// What is still to be undone, oldest first.
    pub rest: Vec<UndoEntry>,
    /// What is being undone.
    pub current: Option<Undoing>,
    /// How the frame ends after it.
    pub then: Ending,
}

/// A completed step that can be undone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct UndoEntry {
    /// The sequence number of its completion.
    pub seq: u64,
    /// The step, for its policies.
    pub step: u32,
    pub undo: Undo,
}

/// The undoing of one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Undoing {
    pub entry: UndoEntry,
    pub work: Work,
    pub failures: u32,
    pub waiting: bool,
    pub timers: Vec<TimerKey>,
    /// The process that is asked to run it, if it is not the one that has the instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Uuid>,
}

/// One run of a scope.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Frame {
    pub scope: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<At>,
    /// Which item or pass.
    pub index: u32,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub item: Option<Payload>,
    /// The item's own variables; none where `set` reaches further out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vars: Option<BTreeMap<Arc<str>, Payload>>,
    pub steps: Vec<StepState>,
    pub edges: Vec<EdgeState>,
    /// Steps that are not settled.
    pub unsettled: u32,
    /// Per region of the scope: steps that are not settled, and whether it is over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<RegionState>,
    /// How often each back edge was taken.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub restarts: BTreeMap<u32, u32>,
    #[serde(default)]
    pub phase: Phase,
    /// The failure that struck it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<UndoEntry>,
}

/// How far a region of a frame is.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct RegionState {
    pub unsettled: u32,
    pub over: bool,
}

/// The state of a step in a frame.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct StepState {
    #[serde(rename = "s", default, skip_serializing_if = "crate::definition::is_default")]
    pub status: StepStatus,
    /// Incoming edges that were taken.
    #[serde(rename = "t", default, skip_serializing_if = "crate::definition::is_default")]
    pub taken: u32,
    /// Incoming edges that are decided, taken or not.
    #[serde(rename = "d", default, skip_serializing_if = "crate::definition::is_default")]
    pub decided: u32,
    /// Incoming edges that are spent.
    #[serde(rename = "p", default, skip_serializing_if = "crate::definition::is_default")]
    pub spent: u32,
    #[serde(rename = "i", default, skip_serializing_if = "crate::definition::is_default")]
    pub iteration: u32,
    #[serde(rename = "a", default, skip_serializing_if = "crate::definition::is_default")]
    pub attempt: u32,
    /// The activation that names the idempotency key, kept over an operator's retry; 0 for none.
    #[serde(rename = "k", default, skip_serializing_if = "crate::definition::is_default")]
    pub key: u32,
    /// The step whose `choose: race` started this one, plus one.
    #[serde(rename = "r", default, skip_serializing_if = "crate::definition::is_default")]
    pub race: u32,
    #[serde(rename = "o", default, skip_serializing_if = "crate::definition::is_default")]
    pub output: Payload,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Box<Failure>>,
    /// Who did it, if it is a user task.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Box<str>>,
    /// Why it was cancelled.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<CancelReason>,
    /// Failed, and no edge took it up.
    #[serde(rename = "u", default, skip_serializing_if = "crate::definition::is_default")]
    pub unhandled: bool,
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub active: Option<Box<Active>>,
    /// The runs of a step with `join: each`.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub runs: Option<BTreeMap<u32, RunState>>,
}

/// One run of a step with `join: each`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct RunState {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<Box<Active>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output: Option<Payload>,
    /// It is the run with which the step failed.
    #[serde(default, skip_serializing_if = "crate::definition::is_default")]
    pub failed: bool,
}

/// What a step keeps while it is active.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Active {
    pub activation: u32,
    /// Since when.
    pub since: Timestamp,
    pub attempt: u32,
    #[serde(default, skip_serializing_if = "crate::definition::is_default")]
    pub failures: u32,
    /// How often its attempt was lost, one after another.
    #[serde(default, skip_serializing_if = "crate::definition::is_default")]
    pub lost: u32,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub heartbeat: Option<Payload>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timers: Vec<TimerKey>,
    pub doing: Doing,
}

/// What an active step does.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Doing {
    /// Waits for pools.
    Queued,
    /// A handler.
    Activity(Box<ActivityState>),
    /// A person.
    Task(Box<TaskState>),
    /// A time.
    Timer {
        due: Timestamp,
    },
    /// A signal.
    Signal {
        correlation: Option<Arc<str>>,
    },
    /// A child instance.
    Call {
        child: InstanceId,
    },
    /// A run of the scope inside.
    Group {
        frame: u32,
    },
    Each(Box<EachState>),
    Loop {
        frame: u32,
        pass: u32,
        output: Payload,
    },
}

/// Where an activity is between its attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ActivityPhase {
    /// An attempt is handed out.
    Running,
    /// Handed out, and no process known has the handler.
    Missing,
    /// Waits for the next attempt.
    Backoff,
    /// The `check` handler is asked.
    Checking,
    /// An operator decides.
    Indeterminate,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ActivityState {
    pub input: Payload,
    pub timeout: Option<Span>,
    pub deadline: Option<Timestamp>,
    pub heartbeat: Option<Span>,
    pub phase: ActivityPhase,
    /// The process that is asked to run the attempt, if it is not the one that has the instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Uuid>,
}

impl ActivityState {
    /// What the attempt that is out is for; none if there is none.
    pub const fn purpose(&self) -> Option<Purpose> {
        match self.phase {
            ActivityPhase::Running | ActivityPhase::Missing => Some(Purpose::Run),
            ActivityPhase::Checking => Some(Purpose::Check),
            ActivityPhase::Backoff | ActivityPhase::Indeterminate => None,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TaskState {
    pub status: TaskStatus,
    pub assignee: Option<String>,
    pub data: Payload,
    pub due: Option<Timestamp>,
    pub excluded: Vec<String>,
    /// Roles that it was escalated to.
    pub escalated: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct EachState {
    pub items: Vec<Payload>,
    /// The next item to start.
    pub next: u32,
    pub completed: u32,
    pub failed: u32,
    /// Frames under way, or failed and kept.
    pub frames: BTreeSet<u32>,
    pub open: u32,
    pub outputs: Vec<Payload>,
    /// The first failure, and its item.
    pub error: Option<(u32, Failure)>,
}

impl Frame {
    /// A run of a scope before anything in it has started.
    pub fn new(graph: &Graph, scope: u32, owner: Option<At>, index: u32, item: Option<Payload>) -> Self {
        let node = &graph.scopes[scope as usize];
        let regions = node
            .regions
            .clone()
            .map(|region| RegionState {
                unsettled: graph.regions[region as usize].steps.len() as u32,
                over: false,
            })
            .collect();
        Self {
            scope,
            owner,
            index,
            vars: item.is_some().then(BTreeMap::new),
            item,
            steps: vec![StepState::default(); node.steps.len()],
            edges: vec![EdgeState::Open; node.edges.len()],
            unsettled: node.steps.len() as u32,
            regions,
            restarts: BTreeMap::new(),
            phase: Phase::Running,
            error: None,
            undo: Vec::new(),
        }
    }

    pub fn step(&self, graph: &Graph, step: u32) -> &StepState {
        &self.steps[(step - graph.scopes[self.scope as usize].steps.start) as usize]
    }

    pub fn step_mut(&mut self, graph: &Graph, step: u32) -> &mut StepState {
        &mut self.steps[(step - graph.scopes[self.scope as usize].steps.start) as usize]
    }

    pub fn edge(&self, graph: &Graph, edge: u32) -> EdgeState {
        self.edges[(edge - graph.scopes[self.scope as usize].edges.start) as usize]
    }

    pub fn edge_mut(&mut self, graph: &Graph, edge: u32) -> &mut EdgeState {
        &mut self.edges[(edge - graph.scopes[self.scope as usize].edges.start) as usize]
    }

    /// Whether steps may start in it.
    pub const fn starts_steps(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::Draining)
    }
}

impl RunState {
    /// Whether the run is under way or over. One that a failure stopped is neither.
    pub const fn begun(&self) -> bool {
        self.active.is_some() || self.output.is_some()
    }
}

impl StepState {
    /// What run `run` keeps while it is active.
    pub fn active(&self, run: u32) -> Option<&Active> {
        match &self.runs {
            Some(runs) => runs.get(&run).and_then(|state| state.active.as_deref()),
            None => self.active.as_deref(),
        }
    }

    pub fn active_mut(&mut self, run: u32) -> Option<&mut Active> {
        match &mut self.runs {
            Some(runs) => runs.get_mut(&run).and_then(|state| state.active.as_deref_mut()),
            None => self.active.as_deref_mut(),
        }
    }

    /// The runs that are active: 0 for a step without `join: each`.
    pub fn active_runs(&self) -> Vec<u32> {
        match &self.runs {
            Some(runs) => runs.iter().filter(|(_, run)| run.active.is_some()).map(|(run, _)| *run).collect(),
            None => self.active.iter().map(|_| 0).collect(),
        }
    }

    pub fn is_active(&self) -> bool {
        matches!(self.status, StepStatus::Active | StepStatus::Indeterminate)
    }
}
