//! Stopping steps, frames and the instance.

use super::decide::Decider;
use super::frame::Doing;
use super::scope::inner_frames;
use crate::base::TaskId;
use crate::definition::OnCancel;
use crate::graph::Kind;
use crate::protocol::{
    At, CancelReason, ChildOutcome, Command, Ending, Event, StepStatus, Subscription, TaskChange, Work,
};

impl Decider<'_> {
    /// Stops a step and what is inside it, and records it as cancelled. What follows from that is for the caller.
    pub(super) fn stop(&mut self, at: At, reason: CancelReason) {
        let runs = self.step(at).map(super::frame::StepState::active_runs).unwrap_or_default();
        for run in runs {
            let place = At { run, ..at };
            self.stop_inner(place, inside(reason));
            self.withdraw(place);
            self.call_off(place);
        }
        let resources = !self.node(at).resources.is_empty();
        self.record(Event::StepCancelled { at: At { run: 0, ..at }, reason });
        if resources {
            self.later(super::decide::Todo::Pools);
        }
    }

    /// Stops the frames inside an active step.
    pub(super) fn stop_inner(&mut self, at: At, reason: CancelReason) {
        let frames = self.active(at).map(|active| inner_frames(&active.doing)).unwrap_or_default();
        for frame in frames {
            self.stop_frame(frame, reason);
        }
    }

    /// Stops the other runs of a step with `join: each`, one of which has failed.
    pub(super) fn stop_runs(&mut self, at: At) {
        let runs = self.step(at).map(super::frame::StepState::active_runs).unwrap_or_default();
        for run in runs.into_iter().filter(|run| *run != at.run) {
            let place = At { run, ..at };
            self.stop_inner(place, CancelReason::ScopeFailed);
            self.withdraw(place);
            self.call_off(place);
        }
    }

    /// Stops a frame. A frame that is kept for an operator stays; another is taken away.
    pub(super) fn stop_frame(&mut self, frame: u32, reason: CancelReason) {
        self.stop_steps(frame, reason);
        if reason != CancelReason::ScopeFailed {
            self.stop_undoing(frame);
            if self.state.frame(frame).is_some() {
                self.record(Event::FrameCancelled { frame });
            }
        }
    }

    /// Stops every active step of a frame.
    pub(super) fn stop_steps(&mut self, number: u32, reason: CancelReason) {
        let Some(frame) = self.state.frame(number) else { return };
        let first = self.graph.scopes[frame.scope as usize].steps.start;
        let active: Vec<u32> = (first..)
            .zip(&frame.steps)
            .filter(|(_, step)| matches!(step.status, StepStatus::Active | StepStatus::Indeterminate))
            .map(|(step, _)| step)
            .collect();
        for step in active {
            self.stop(At::new(number, step), reason);
        }
    }

    /// Takes back what an active step has offered outside: its task, its subscription.
    pub(super) fn withdraw(&mut self, at: At) {
        let Some(active) = self.active(at) else { return };
        let activation = active.activation;
        match &active.doing {
            Doing::Task(_) => {
                let id = TaskId { instance: self.state.instance(), activation };
                self.commands.push(Command::Task(Box::new(TaskChange::Closed(id))));
            }
            Doing::Signal { correlation: Some(correlation) } => {
                let correlation = correlation.to_string();
                if let Kind::Signal { name, .. } = &self.node(at).kind {
                    let name = name.clone();
                    self.commands.push(Command::Unsubscribe(Subscription { activation, name, correlation }));
                }
            }
            _ => {}
        }
    }

    /// Tells what an active step has set to work that it is not wanted any more: its handler, its child.
    pub(super) fn call_off(&mut self, at: At) {
        let Some(active) = self.active(at) else { return };
        match &active.doing {
            Doing::Activity(activity) => {
                if let Some(purpose) = activity.purpose() {
                    let work = Work { at, activation: active.activation, attempt: active.attempt, purpose };
                    self.commands.push(Command::Stop(work));
                }
            }
            Doing::Call { child } => {
                let child = *child;
                if let Kind::Call { on_cancel: OnCancel::Cancel, .. } = &self.node(at).kind {
                    self.commands.push(Command::AbortChild { child });
                }
            }
            _ => {}
        }
    }

    /// Ends the instance now: what runs is stopped, what was completed is compensated if that is asked for.
    pub(super) fn close_instance(&mut self, ending: Ending, compensate: bool, reason: CancelReason) {
        self.stop_undoing(0);
        self.stop_steps(0, reason);
        if compensate {
            self.begin_compensation(0, ending);
        } else {
            self.finish_instance(ending);
        }
    }

    /// Records the end, and tells the instance that called.
    pub(super) fn finish_instance(&mut self, ending: Ending) {
        let outcome = ChildOutcome {
            status: ending.status,
            output: ending.output.clone(),
            error: ending.error.clone(),
        };
        self.record(Event::InstanceEnded(Box::new(ending)));
        self.todo.clear();
        if let Some(parent) = self.state.parent.clone().filter(|parent| parent.wait) {
            self.commands.push(Command::TellParent { parent, outcome });
        }
    }
}

/// Why what is inside a stopped step is stopped.
const fn inside(reason: CancelReason) -> CancelReason {
    match reason {
        CancelReason::ScopeFailed => CancelReason::ScopeFailed,
        _ => CancelReason::ScopeCancelled,
    }
}
