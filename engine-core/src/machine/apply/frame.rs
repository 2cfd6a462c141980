//! Frames: opened, completed, failed, closed.

use super::Fold;
use crate::base::Payload;
use crate::definition::OnFailure;
use crate::machine::frame::{Doing, Frame, Phase, StepState, UndoEntry};
use crate::machine::state::State;
use crate::protocol::{At, Failure};

impl Fold<'_> {
    pub(super) fn frame_opened(&mut self, number: u32, owner: At, index: u32, item: &Option<Payload>) {
        let Some(scope) = self.graph.steps[owner.step as usize].inner else { return };
        let frame = Frame::new(self.graph, scope, Some(owner), index, item.clone());
        self.state.frames.insert(number, Box::new(frame));
        self.state.next_frame = self.state.next_frame.max(number + 1);
        match self.doing(owner) {
            Some(Doing::Group { frame }) => *frame = number,
            Some(Doing::Loop { frame, pass, .. }) => (*frame, *pass) = (number, index),
            Some(Doing::Each(each)) => {
                each.frames.insert(number);
                each.open += 1;
                each.next = index + 1;
            }
            _ => {}
        }
    }

    pub(super) fn frame_completed(&mut self, number: u32, output: &Payload) {
        let place = self.state.frame(number).and_then(|frame| Some((frame.owner?, frame.index)));
        let Some((owner, index)) = place else { return };
        match self.doing(owner) {
            Some(Doing::Each(each)) => {
                each.open -= 1;
                each.completed += 1;
                each.outputs[index as usize] = output.clone();
            }
            Some(Doing::Loop { output: last, .. }) => *last = output.clone(),
            _ => {}
        }
        self.frame_closed(number);
    }

    pub(super) fn frame_failing(&mut self, number: u32, error: &Failure) {
        let graph = self.graph;
        if let Some(frame) = self.state.frames.get_mut(&number) {
            let drains = graph.scopes[frame.scope as usize].on_failure == OnFailure::Drain;
            frame.phase = if drains { Phase::Draining } else { Phase::Failing };
            frame.error.get_or_insert_with(|| error.clone());
        }
    }

    pub(super) fn frame_failed(&mut self, number: u32, error: &Failure) {
        let Some(frame) = self.state.frames.get_mut(&number) else { return };
        let compensated = matches!(frame.phase, Phase::Compensating(_));
        frame.phase = Phase::Failed;
        frame.error.get_or_insert_with(|| error.clone());
        let (owner, index) = (frame.owner, frame.index);
        if let Some(Doing::Each(each)) = owner.and_then(|owner| self.doing(owner)) {
            each.open -= 1;
            each.failed += 1;
            each.error.get_or_insert_with(|| (index, error.clone()));
        }
        if compensated && owner.is_some() {
            self.frame_closed(number);
        }
    }

    /// Takes a frame and what is inside it away; what was completed in it can still be undone by the frame around it.
    pub(super) fn frame_closed(&mut self, number: u32) {
        self.clear_undo_timers(number);
        let Some(mut frame) = self.state.frames.remove(&number) else { return };
        let mut undo = left_to_undo(&mut frame);
        for step in &frame.steps {
            undo.append(&mut self.state.close_inner(step));
        }
        let Some(owner) = frame.owner else { return };
        if let Some(Doing::Each(each)) = self.doing(owner) {
            each.frames.remove(&number);
        }
        if let Some(outer) = self.state.frames.get_mut(&owner.frame) {
            outer.undo.append(&mut undo);
        }
    }
}

impl State {
    /// Takes away the frames that a step keeps, and gives what can be undone in them.
    pub(in crate::machine) fn close_inner(&mut self, step: &StepState) -> Vec<UndoEntry> {
        let mut undo = Vec::new();
        let runs = step.runs.iter().flat_map(|runs| runs.values()).filter_map(|run| run.active.as_deref());
        for active in step.active.as_deref().into_iter().chain(runs) {
            for number in crate::machine::scope::inner_frames(&active.doing) {
                let Some(mut frame) = self.frames.remove(&number) else { continue };
                for inner in &frame.steps {
                    undo.append(&mut self.close_inner(inner));
                }
                undo.append(&mut left_to_undo(&mut frame));
            }
        }
        undo
    }
}

/// What was completed in a frame and is not undone: also what a compensation that is broken off has left.
fn left_to_undo(frame: &mut Frame) -> Vec<UndoEntry> {
    let mut left = std::mem::take(&mut frame.undo);
    if let Phase::Compensating(compensation) = &mut frame.phase {
        left.append(&mut compensation.rest);
        left.extend(compensation.current.take().map(|current| current.entry));
    }
    left
}
