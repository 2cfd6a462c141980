//! Compensation.

use uuid::Uuid;

use super::Fold;
use crate::base::Timestamp;
use crate::machine::frame::{Compensation, Phase, StepState, UndoEntry, Undoing};
use crate::machine::state::TimerKey;
use crate::protocol::{Ending, TimerKind, Undo, Work};

impl Fold<'_> {
    pub(super) fn compensation_started(&mut self, frame: u32, then: &Ending) {
        if frame == 0 {
            // How long undoing takes is no matter of the instance's timeout: only force breaks it off.
            self.fired(None, TimerKind::Timeout);
        }
        // What was completed inside steps that failed, and were kept for an operator, is undone too.
        let kept: Vec<StepState> = match self.state.frames.get_mut(&frame) {
            Some(frame) => frame
                .steps
                .iter_mut()
                .filter(|step| step.status.is_settled())
                .map(|step| StepState {
                    active: step.active.take(),
                    runs: step.runs.take(),
                    ..StepState::default()
                })
                .collect(),
            None => return,
        };
        let mut rest: Vec<UndoEntry> = kept.iter().flat_map(|step| self.state.close_inner(step)).collect();
        let Some(frame) = self.state.frames.get_mut(&frame) else { return };
        rest.append(&mut frame.undo);
        rest.sort_by_key(|entry| entry.seq);
        frame.phase = Phase::Compensating(Box::new(Compensation { rest, current: None, then: then.clone() }));
    }

    pub(super) fn compensation(&mut self, frame: u32) -> Option<&mut Compensation> {
        match self.state.frames.get_mut(&frame).map(|frame| &mut frame.phase) {
            Some(Phase::Compensating(compensation)) => Some(compensation),
            _ => None,
        }
    }

    pub(super) fn compensating(&mut self, work: Work, undo: &Undo) {
        self.state.activations = self.state.activations.max(work.activation);
        let Some(compensation) = self.compensation(work.at.frame) else { return };
        let Some(entry) = compensation.rest.pop() else { return };
        let entry = UndoEntry { undo: undo.clone(), ..entry };
        compensation.current =
            Some(Undoing { entry, work, failures: 0, waiting: false, timers: Vec::new(), process: None });
    }

    pub(super) fn undo_timer(&mut self, work: Work, kind: TimerKind, due: Timestamp) {
        let key = TimerKey { due, activation: work.activation, kind };
        self.state.timers.insert(key, work.at);
        if let Some(current) = self.compensation(work.at.frame).and_then(|all| all.current.as_mut()) {
            current.timers.push(key);
        }
    }

    pub(super) fn clear_undo_timers(&mut self, frame: u32) {
        let keys = self
            .compensation(frame)
            .and_then(|all| all.current.as_mut())
            .map(|current| std::mem::take(&mut current.timers))
            .unwrap_or_default();
        for key in keys {
            self.state.timers.remove(&key);
        }
    }

    pub(super) fn undo_attempt(&mut self, work: Work) {
        self.clear_undo_timers(work.at.frame);
        if let Some(current) = self.compensation(work.at.frame).and_then(|all| all.current.as_mut()) {
            (current.work, current.waiting, current.process) = (work, false, None);
        }
    }

    pub(super) fn undo_assigned(&mut self, work: Work, process: Uuid) {
        if let Some(current) = self.compensation(work.at.frame).and_then(|all| all.current.as_mut()) {
            current.process = Some(process);
        }
    }

    pub(super) fn undo_failed(&mut self, work: Work, retry_at: Timestamp) {
        self.clear_undo_timers(work.at.frame);
        if let Some(current) = self.compensation(work.at.frame).and_then(|all| all.current.as_mut()) {
            current.failures += 1;
            current.waiting = true;
        }
        self.undo_timer(work, TimerKind::Retry, retry_at);
    }

    pub(super) fn compensated(&mut self, work: Work) {
        self.clear_undo_timers(work.at.frame);
        if let Some(compensation) = self.compensation(work.at.frame) {
            compensation.current = None;
        }
    }
}
