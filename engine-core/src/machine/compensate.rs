//! Undoing what was completed: newest completion first, one step at a time.

use super::decide::{Decider, Refusal};
use super::frame::{Phase, Undoing};
use super::retry::failure_of;
use crate::base::{ErrorKind, Payload, Span};
use crate::graph::UndoNode;
use crate::protocol::{
    ActivityError, At, CancelReason, Command, Ending, Event, Failure, InstanceStatus, Operator, Purpose, Work,
};

/// The run number that stands for a frame's compensation in timers and attempts.
pub(super) const UNDO_RUN: u32 = u32::MAX;

impl Decider<'_> {
    /// Begins to undo what was completed in a frame; afterwards the frame ends as said.
    pub(super) fn begin_compensation(&mut self, frame: u32, then: Ending) {
        self.record(Event::CompensationStarted { frame, then: Box::new(then) });
        self.next_undo(frame);
    }

    fn current(&self, frame: u32) -> Option<&Undoing> {
        match &self.state.frame(frame)?.phase {
            Phase::Compensating(compensation) => compensation.current.as_ref(),
            _ => None,
        }
    }

    fn undo_out(&self, work: Work) -> bool {
        self.current(work.at.frame).is_some_and(|current| current.work == work && !current.waiting)
    }

    fn undo_node(&self, step: u32) -> Option<&UndoNode> {
        self.graph.steps[step as usize].undo.as_ref()
    }

    fn next_undo(&mut self, frame: u32) {
        let Some(Phase::Compensating(compensation)) = self.state.frame(frame).map(|frame| &frame.phase)
        else {
            return;
        };
        match compensation.rest.last() {
            Some(entry) => {
                let at = At { frame, step: entry.step, run: UNDO_RUN };
                let undo = Box::new(entry.undo.clone());
                let activation = self.state.activations + 1;
                let work = Work { at, activation, attempt: 1, purpose: Purpose::Compensate };
                self.record(Event::StepCompensating { work, undo });
                self.hand_out_undo(frame);
            }
            None => {
                let then = compensation.then.clone();
                self.after_compensation(frame, then);
            }
        }
    }

    fn hand_out_undo(&mut self, frame: u32) {
        if let Some(command) = super::pending::undo_activity(self.graph, self.state, frame) {
            self.commands.push(Command::Run(Box::new(command)));
        }
    }

    fn after_compensation(&mut self, frame: u32, then: Ending) {
        if frame == 0 {
            return self.finish_instance(then);
        }
        let error = then.error.unwrap_or_else(|| Failure::new("cancelled", "the scope was undone"));
        self.frame_fails(frame, error);
    }

    /// A compensating handler returned.
    pub(super) fn undone(&mut self, work: Work, output: Payload) {
        if !self.undo_out(work) {
            return self.record(Event::ResultLate { work, output: Some(output), error: None });
        }
        self.record(Event::StepCompensated { work, output });
        self.next_undo(work.at.frame);
    }

    /// A compensating handler failed: it is tried again, or the instance fails with both errors.
    pub(super) fn undo_failed(&mut self, work: Work, error: ActivityError) {
        if !self.undo_out(work) {
            return self.record(Event::ResultLate { work, output: None, error: Some(error) });
        }
        self.undo_attempt_failed(work, error);
    }

    fn undo_attempt_failed(&mut self, work: Work, error: ActivityError) {
        let failures = self.current(work.at.frame).map_or(0, |current| current.failures) + 1;
        let pause = match self.undo_node(work.at.step) {
            Some(node) => {
                self.pause(At { run: 0, ..work.at }, work, &node.retry, failures, &error).unwrap_or(None)
            }
            None => None,
        };
        if let Some(pause) = pause {
            let retry_at = self.now + pause;
            self.record(Event::AttemptFailed { work, error, retry_at });
            if pause == Span::ZERO {
                self.next_undo_attempt(work);
            }
            return;
        }
        let step =
            self.current(work.at.frame).map(|current| current.entry.undo.step.clone()).unwrap_or_default();
        let error = Failure { step, attempt: work.attempt, ..failure_of(error) };
        self.record(Event::CompensationFailed { work, error: error.clone() });
        self.compensation_fails(work.at.frame, error);
    }

    fn compensation_fails(&mut self, frame: u32, wrong: Failure) {
        let first = match self.state.frame(frame).map(|frame| &frame.phase) {
            Some(Phase::Compensating(compensation)) => compensation.then.error.clone(),
            _ => None,
        };
        let error = match first {
            Some(first) => {
                let details = serde_json::json!({"error": first.details.clone(), "compensation": wrong});
                Failure { details: Payload::from(details), ..first }
            }
            None => wrong,
        };
        let ending = Ending {
            status: InstanceStatus::Failed,
            output: Payload::null(),
            error: Some(error),
            operator: None,
        };
        self.close_instance(ending, false, CancelReason::ScopeCancelled);
    }

    fn next_undo_attempt(&mut self, work: Work) {
        let work = Work { attempt: work.attempt + 1, ..work };
        self.record(Event::AttemptStarted { work });
        self.hand_out_undo(work.at.frame);
    }

    /// The process that ran a compensation is gone: it is run again.
    pub(super) fn undo_lost(&mut self, work: Work) {
        if self.undo_out(work) {
            self.record(Event::AttemptLost { work });
            self.next_undo_attempt(work);
        }
    }

    /// The pause before the next attempt of a compensation is over.
    pub(super) fn undo_timer(&mut self, at: At) {
        if let Some(work) = self.current(at.frame).map(|current| current.work) {
            self.next_undo_attempt(work);
        }
    }

    /// Breaks off the compensation of a frame.
    pub(super) fn stop_undoing(&mut self, frame: u32) {
        if let Some(work) = self.current(frame).filter(|current| !current.waiting).map(|current| current.work)
        {
            self.commands.push(Command::Stop(work));
        }
    }

    /// A compensation under way is broken off by force only.
    pub(super) fn check_abort(&self, force: bool) -> Result<(), Refusal> {
        let compensating =
            self.state.frame(0).is_some_and(|frame| matches!(frame.phase, Phase::Compensating(_)));
        if compensating && !force {
            let message = "the instance is being compensated; only a forced abort breaks that off";
            return Err(Refusal::new(ErrorKind::Conflict, message));
        }
        Ok(())
    }

    /// Ends the instance as an operator wishes.
    pub(super) fn abort(&mut self, operator: Operator, compensate: bool, force: bool) -> Result<(), Refusal> {
        self.check_abort(force)?;
        let ending = Ending {
            status: InstanceStatus::Aborted,
            output: Payload::null(),
            error: None,
            operator: Some(operator),
        };
        self.close_instance(ending, compensate && !force, CancelReason::Aborted);
        Ok(())
    }
}
