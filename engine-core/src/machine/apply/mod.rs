//! Folding events into the state. Nothing is decided here: whatever a rule had to say is in the event.

mod frame;
mod people;
mod region;
mod settle;
mod step;
mod undo;

pub(in crate::machine) use settle::drops_edges;

use crate::base::{Payload, Timestamp};
use crate::graph::Graph;
use crate::machine::frame::{ActivityPhase, Frame};
use crate::machine::state::{Kept, State, TimerKey};
use crate::protocol::{At, Event, InstanceStatus, StartedEvent, TimerKind};

/// Changes the state by an event that happened at a time.
///
/// Folding the events that [`decide`](super::decide) gave, in order, gives the state that it left. Events of another
/// graph or of another instance leave the state in no defined shape, but never panic on a graph of the same size.
pub fn apply(graph: &Graph, state: &mut State, event: &Event, at: Timestamp) {
    state.seq += 1;
    Fold { graph, state, now: at }.event(event);
}

struct Fold<'a> {
    graph: &'a Graph,
    state: &'a mut State,
    now: Timestamp,
}

impl Fold<'_> {
    fn event(&mut self, event: &Event) {
        match event {
            Event::InstanceStarted(started) => self.started(started),
            Event::FrameOpened { frame, owner, index, item } => {
                self.frame_opened(*frame, *owner, *index, item)
            }
            Event::FrameCompleted { frame, output } => self.frame_completed(*frame, output),
            Event::FrameFailing { frame, error } => self.frame_failing(*frame, error),
            Event::FrameFailed { frame, error } => self.frame_failed(*frame, error),
            Event::FrameCancelled { frame } => self.frame_closed(*frame),
            Event::StepQueued { at, activation } => self.queued(*at, *activation),
            Event::StepActivated { at, activation, timers, doing } => {
                self.activated(*at, *activation, timers, doing);
            }
            Event::AttemptStarted { work } => self.attempt_started(*work),
            Event::AttemptFailed { work, error, retry_at } => self.attempt_failed(*work, error, *retry_at),
            Event::AttemptLost { work } => self.attempt_lost(*work),
            Event::HandlerMissing { work } => self.phase(work.at, ActivityPhase::Missing),
            Event::AttemptAssigned { work, process } => self.attempt_assigned(*work, *process),
            Event::ResultLate { .. } | Event::Emitted { .. } => {}
            Event::SlaWarned { at } => self.fired(*at, TimerKind::SlaWarn),
            Event::SlaMissed { at } => self.fired(*at, TimerKind::SlaTarget),
            Event::StepIndeterminate { at } => self.indeterminate(*at),
            Event::StepCompleted { at, output, outcome } => self.completed(*at, output, outcome),
            Event::StepFailed { at, error, outcome } => self.failed(*at, error, outcome),
            Event::StepSkipped { at } => self.skipped(*at),
            Event::StepCancelled { at, reason } => self.cancelled(*at, *reason),
            Event::RunEnded { at, output, set, undo } => self.run_ended(*at, output, set, undo.as_deref()),
            Event::RegionRestarted { frame, edge } => self.region_restarted(*frame, *edge),
            Event::RegionEnded { frame, region } => self.region_ended(*frame, *region),
            Event::EdgeTaken { frame, edge } => self.take_edge(*frame, *edge),
            Event::TaskChanged { at, change, request } => self.task_changed(*at, change, request.as_deref()),
            Event::TaskDone { at, by, request } => self.task_done(*at, &by.id, request.as_deref()),
            Event::SignalKept { signal, expires } => {
                self.state.kept_count += 1;
                let number = self.state.kept_count;
                self.see(signal.id.as_deref());
                self.state.kept.push(Kept { number, signal: signal.clone(), expires: *expires });
                if let Some(due) = *expires {
                    let key = TimerKey { due, activation: number, kind: TimerKind::SignalExpiry };
                    self.state.timers.insert(key, At::new(0, 0));
                }
            }
            Event::SignalDelivered { signal, kept, .. } => match kept {
                Some(number) => self.forget_kept(*number),
                None => self.see(signal.id.as_deref()),
            },
            Event::SignalExpired { kept } => self.forget_kept(*kept),
            Event::ItemAdded { at, item, signal } => {
                self.see(signal.as_deref());
                if let Some(each) = self.each(*at) {
                    each.items.push(item.clone());
                    each.outputs.push(Payload::null());
                }
            }
            Event::Suspended { .. } => {
                self.state.status = InstanceStatus::Suspended;
                self.state.suspended_at = Some(self.now);
            }
            Event::Resumed { .. } => self.resumed(),
            Event::InputDeferred { input } => self.state.deferred.push((**input).clone()),
            Event::DeferredTaken => self.state.deferred.clear(),
            Event::CompensationStarted { frame, then } => self.compensation_started(*frame, then),
            Event::StepCompensating { work, undo } => self.compensating(*work, undo),
            Event::StepCompensated { work, .. } | Event::CompensationFailed { work, .. } => {
                self.compensated(*work);
            }
            Event::InstanceEnded(ending) => {
                self.state.status = ending.status;
                self.state.ended_at = Some(self.now);
                self.state.ending = Some(ending.clone());
                self.state.timers.clear();
                self.state.waiters.clear();
                self.state.kept.clear();
                self.state.queue.clear();
                self.state.untils.clear();
                if ending.status != InstanceStatus::Failed {
                    self.state.frames.clear();
                }
            }
            Event::OperatorActed { at, action, .. } => {
                crate::machine::reopen::operator_acted(self.graph, self.state, *at, action)
            }
        }
    }

    fn started(&mut self, started: &StartedEvent) {
        let state = &mut *self.state;
        state.status = InstanceStatus::Running;
        state.instance = Some(started.instance);
        state.flow = Some(started.flow.clone());
        state.version = started.version;
        state.key.clone_from(&started.key);
        state.labels.clone_from(&started.labels);
        state.parent.clone_from(&started.parent);
        state.input = started.input.clone();
        state.vars.clone_from(&started.vars);
        state.started_at = self.now;
        state.pools = vec![0; self.graph.pools.len()];
        state.frames.insert(0, Box::new(Frame::new(self.graph, 0, None, 0, None)));
        state.next_frame = 1;
        let timers = [
            (TimerKind::Timeout, started.timeout),
            (TimerKind::SlaWarn, started.warn),
            (TimerKind::SlaTarget, started.target),
        ];
        for (kind, due) in timers {
            if let Some(due) = due {
                state.timers.insert(TimerKey { due, activation: 0, kind }, At::new(0, 0));
            }
        }
    }
}
