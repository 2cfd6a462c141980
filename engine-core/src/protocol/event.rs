//! The recorded history: what happened, in the past tense.
//!
//! Applying an event decides nothing: whatever a rule had to say is in it. Variants are only ever added.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::fact::{
    Activation, CancelReason, Ending, OperatorAction, StartedEvent, StepOutcome, TaskEvent, Timers, Undo,
};
use super::{ActivityError, Actor, At, Failure, Input, Operator, Signal, Work};
use crate::base::{Payload, Timestamp};

/// An event with its place in the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// Counts the instance's events, from 1.
    pub seq: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The instance began.
    InstanceStarted(Box<StartedEvent>),
    /// A run of a scope began.
    FrameOpened {
        /// Its number.
        frame: u32,
        /// The step that it is a run of.
        owner: At,
        /// Which item or pass.
        index: u32,
        /// The item.
        #[serde(default, deserialize_with = "super::present", skip_serializing_if = "Option::is_none")]
        item: Option<Payload>,
    },
    /// A run of a scope ended well.
    FrameCompleted {
        /// Its number.
        frame: u32,
        /// Its output.
        output: Payload,
    },
    /// An unhandled failure struck a run of a scope: nothing new starts (or, with `drain`, what runs may finish).
    FrameFailing {
        /// Its number.
        frame: u32,
        /// The failure.
        error: Failure,
    },
    /// A run of a scope failed.
    FrameFailed {
        /// Its number.
        frame: u32,
        /// The failure.
        error: Failure,
    },
    /// A run of a scope was stopped.
    FrameCancelled {
        /// Its number.
        frame: u32,
    },
    /// A step waits for resources that others hold.
    StepQueued {
        /// The step.
        at: At,
        /// Counts what the instance has activated.
        activation: u32,
    },
    /// A step became active. An activity's first attempt begins.
    StepActivated {
        /// The step.
        at: At,
        /// Counts what the instance has activated.
        activation: u32,
        /// Timers that begin.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        timers: Timers,
        /// What it waits for or runs.
        doing: Activation,
    },
    /// An activity's next attempt began.
    AttemptStarted {
        /// The attempt.
        work: Work,
    },
    /// An attempt failed, and another will follow.
    AttemptFailed {
        /// The attempt.
        work: Work,
        /// How.
        error: ActivityError,
        /// When the next one begins.
        retry_at: Timestamp,
    },
    /// An attempt was lost with its process.
    AttemptLost {
        /// The attempt.
        work: Work,
    },
    /// No process has the handler; the step waits for one.
    HandlerMissing {
        /// The attempt.
        work: Work,
    },
    /// Another process is asked to run an attempt.
    AttemptAssigned {
        /// The attempt.
        work: Work,
        /// The process.
        process: Uuid,
    },
    /// A result came after its attempt was given up. It changes nothing.
    ResultLate {
        /// The attempt.
        work: Work,
        /// What it returned, if it did.
        #[serde(default, deserialize_with = "super::present", skip_serializing_if = "Option::is_none")]
        output: Option<Payload>,
        /// How it failed, if it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<ActivityError>,
    },
    /// Nobody knows whether an interrupted work was done.
    StepIndeterminate {
        /// The step.
        at: At,
    },
    /// A step completed.
    StepCompleted {
        /// The step.
        at: At,
        /// Its output.
        output: Payload,
        /// What follows.
        #[serde(flatten)]
        outcome: StepOutcome,
    },
    /// A step failed for good.
    StepFailed {
        /// The step.
        at: At,
        /// How.
        error: Failure,
        /// What follows.
        #[serde(flatten)]
        outcome: StepOutcome,
    },
    /// A step's join can no longer be met.
    StepSkipped {
        /// The step.
        at: At,
    },
    /// A step was stopped, or withdrawn before it started.
    StepCancelled {
        /// The step.
        at: At,
        /// Why.
        reason: CancelReason,
    },
    /// One run of a step with `join: each` ended.
    RunEnded {
        /// The step and the run.
        at: At,
        /// Its output.
        output: Payload,
        /// Variables that were set.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        set: BTreeMap<Arc<str>, Payload>,
        /// What undoes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undo: Option<Box<Undo>>,
    },
    /// A back edge was taken: its region begins again.
    RegionRestarted {
        /// The frame.
        frame: u32,
        /// The edge.
        edge: u32,
    },
    /// A region is over: its exits that were not taken are dropped.
    RegionEnded {
        /// The frame.
        frame: u32,
        /// The region's number in the compiled graph.
        region: u32,
    },
    /// An escalation or signal edge was taken while its step went on or was interrupted.
    EdgeTaken {
        /// The frame.
        frame: u32,
        /// The edge.
        edge: u32,
    },
    /// A step's SLA warns.
    SlaWarned {
        /// The step; none for the instance.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<At>,
    },
    /// A step's SLA target passed.
    SlaMissed {
        /// The step; none for the instance.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<At>,
    },
    /// Something happened to a user task.
    TaskChanged {
        /// The step.
        at: At,
        /// What.
        change: TaskEvent,
        /// The caller's id for the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<String>,
    },
    /// A user task was done. The step's completion follows.
    TaskDone {
        /// The step.
        at: At,
        /// Who did it.
        by: Actor,
        /// The caller's id for the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<String>,
    },
    /// A signal arrived that nobody waits for yet. It is kept.
    SignalKept {
        /// The signal.
        signal: Signal,
        /// When it is dropped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Timestamp>,
    },
    /// A signal reached a step.
    SignalDelivered {
        /// The step.
        at: At,
        /// The signal.
        signal: Signal,
        /// Its place among the kept ones, if it came early.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kept: Option<u32>,
    },
    /// A kept signal's time to live passed.
    SignalExpired {
        /// Its place among the kept ones.
        kept: u32,
    },
    /// A signal added an item to a `for_each`.
    ItemAdded {
        /// The step.
        at: At,
        /// The item.
        item: Payload,
        /// The signal's id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signal: Option<String>,
    },
    /// An event was published.
    Emitted {
        /// The step.
        at: At,
        /// The event's name.
        event: Arc<str>,
        /// Its data.
        data: Payload,
    },
    /// The instance was suspended.
    Suspended {
        /// Who, and why.
        operator: Operator,
    },
    /// The instance goes on.
    Resumed {
        /// Who, and why.
        operator: Operator,
    },
    /// Something reached the suspended instance. It is decided on resumption.
    InputDeferred {
        /// What.
        input: Box<Input>,
    },
    /// The deferred inputs are taken up.
    DeferredTaken,
    /// Compensation of a run of a scope began.
    CompensationStarted {
        /// The frame.
        frame: u32,
        /// How the frame, or with frame 0 the instance, will end after it.
        then: Box<Ending>,
    },
    /// The compensation of a step began.
    StepCompensating {
        /// The attempt; its step is the frame's owner or the flow.
        work: Work,
        /// What is done.
        undo: Box<Undo>,
    },
    /// A step was compensated.
    StepCompensated {
        /// The attempt.
        work: Work,
        /// What the handler returned.
        output: Payload,
    },
    /// The compensation of a step failed for good.
    CompensationFailed {
        /// The attempt.
        work: Work,
        /// How.
        error: Failure,
    },
    /// The instance ended.
    InstanceEnded(Box<Ending>),
    /// An operator took up a failed or indeterminate step.
    OperatorActed {
        /// The step.
        at: At,
        /// Who, and why.
        operator: Operator,
        /// What.
        action: OperatorAction,
    },
}

impl Event {
    /// The word for it, as in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::InstanceStarted(_) => "instance_started",
            Self::FrameOpened { .. } => "frame_opened",
            Self::FrameCompleted { .. } => "frame_completed",
            Self::FrameFailing { .. } => "frame_failing",
            Self::FrameFailed { .. } => "frame_failed",
            Self::FrameCancelled { .. } => "frame_cancelled",
            Self::StepQueued { .. } => "step_queued",
            Self::StepActivated { .. } => "step_activated",
            Self::AttemptStarted { .. } => "attempt_started",
            Self::AttemptFailed { .. } => "attempt_failed",
            Self::AttemptLost { .. } => "attempt_lost",
            Self::HandlerMissing { .. } => "handler_missing",
            Self::AttemptAssigned { .. } => "attempt_assigned",
            Self::ResultLate { .. } => "result_late",
            Self::StepIndeterminate { .. } => "step_indeterminate",
            Self::StepCompleted { .. } => "step_completed",
            Self::StepFailed { .. } => "step_failed",
            Self::StepSkipped { .. } => "step_skipped",
            Self::StepCancelled { .. } => "step_cancelled",
            Self::RunEnded { .. } => "run_ended",
            Self::RegionRestarted { .. } => "region_restarted",
            Self::RegionEnded { .. } => "region_ended",
            Self::EdgeTaken { .. } => "edge_taken",
            Self::SlaWarned { .. } => "sla_warned",
            Self::SlaMissed { .. } => "sla_missed",
            Self::TaskChanged { .. } => "task_changed",
            Self::TaskDone { .. } => "task_done",
            Self::SignalKept { .. } => "signal_kept",
            Self::SignalDelivered { .. } => "signal_delivered",
            Self::SignalExpired { .. } => "signal_expired",
            Self::ItemAdded { .. } => "item_added",
            Self::Emitted { .. } => "emitted",
            Self::Suspended { .. } => "suspended",
            Self::Resumed { .. } => "resumed",
            Self::InputDeferred { .. } => "input_deferred",
            Self::DeferredTaken => "deferred_taken",
            Self::CompensationStarted { .. } => "compensation_started",
            Self::StepCompensating { .. } => "step_compensating",
            Self::StepCompensated { .. } => "step_compensated",
            Self::CompensationFailed { .. } => "compensation_failed",
            Self::InstanceEnded(_) => "instance_ended",
            Self::OperatorActed { .. } => "operator_acted",
        }
    }
}
