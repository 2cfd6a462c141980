//! Settling: outputs, variables, edges.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Fold;
use crate::base::Payload;
use crate::definition::{Choose, Join, OnFailure};
use crate::machine::frame::{Active, EdgeState, UndoEntry};
use crate::protocol::{At, CancelReason, Failure, StepOutcome, StepStatus, Undo};

impl Fold<'_> {
    pub(super) fn set_vars(&mut self, frame: u32, set: &BTreeMap<Arc<str>, Payload>) {
        if set.is_empty() {
            return;
        }
        let values = set.iter().map(|(name, value)| (name.clone(), value.clone()));
        match self.state.vars_frame(frame).and_then(|number| self.state.frames.get_mut(&number)) {
            Some(frame) => frame.vars.get_or_insert_default().extend(values),
            None => self.state.vars.extend(values),
        }
    }

    pub(super) fn add_undo(&mut self, at: At, undo: Option<&Undo>) {
        let Some(undo) = undo else { return };
        let entry = UndoEntry { seq: self.state.seq, step: at.step, undo: undo.clone() };
        if let Some(frame) = self.state.frames.get_mut(&at.frame) {
            frame.undo.push(entry);
        }
    }

    pub(super) fn completed(&mut self, at: At, output: &Payload, outcome: &StepOutcome) {
        let retired = self.retire(at);
        self.close_retired(at, retired);
        self.set_vars(at.frame, &outcome.set);
        self.add_undo(at, outcome.undo.as_deref());
        if let Some(step) = self.step(at) {
            step.output = output.clone();
            step.error = None;
            step.key = 0;
            step.unhandled = false;
            step.runs = None;
        }
        self.settle(at, StepStatus::Completed);
        self.decide_edges(at, &outcome.taken);
    }

    /// Frames that an activation still kept (failed items that were tolerated, cancelled ones) go with it.
    pub(super) fn close_retired(&mut self, at: At, retired: Option<Box<Active>>) {
        let Some(active) = retired else { return };
        let mut undo = Vec::new();
        for number in crate::machine::scope::inner_frames(&active.doing) {
            let Some(frame) = self.state.frames.remove(&number) else { continue };
            for inner in &frame.steps {
                undo.append(&mut self.state.close_inner(inner));
            }
            undo.extend(frame.undo);
        }
        if let Some(frame) = self.state.frames.get_mut(&at.frame) {
            frame.undo.append(&mut undo);
        }
    }

    pub(super) fn failed(&mut self, at: At, error: &Failure, outcome: &StepOutcome) {
        let unhandled = outcome.taken.is_empty();
        let runs = self.step(at).map(|step| step.active_runs()).unwrap_or_default();
        for run in runs {
            let place = At { run, ..at };
            if unhandled && self.graph.steps[at.step as usize].inner.is_some() {
                // Kept for an operator, who may take up a step inside.
                if let Some(active) = self.active(place).cloned() {
                    self.unregister(place, &active);
                }
            } else {
                let retired = self.retire(place);
                self.close_retired(place, retired);
            }
        }
        let graph = self.graph;
        let Some(frame) = self.state.frames.get_mut(&at.frame) else { return };
        let drains = graph.scopes[frame.scope as usize].on_failure == OnFailure::Drain;
        let step = frame.step_mut(graph, at.step);
        step.error = Some(Box::new(error.clone()));
        step.unhandled = unhandled;
        if graph.steps[at.step as usize].join == Join::Each {
            let run = step.runs.get_or_insert_default().entry(at.run).or_default();
            run.failed = run.output.is_none();
        }
        self.settle(at, StepStatus::Failed);
        if !unhandled || drains {
            self.decide_edges(at, &outcome.taken);
        }
    }

    pub(super) fn skipped(&mut self, at: At) {
        self.settle(at, StepStatus::Skipped);
        self.decide_edges(at, &[]);
    }

    pub(super) fn cancelled(&mut self, at: At, reason: CancelReason) {
        if reason == CancelReason::ScopeFailed {
            // Kept, with what is inside, for an operator who takes the instance up again.
            let step = self.step(at).map(|step| (step.active_runs(), step.runs.is_some()));
            for run in step.map(|(runs, _)| runs).unwrap_or_default() {
                let place = At { run, ..at };
                if let Some(active) = self.active(place).cloned() {
                    self.unregister(place, &active);
                }
            }
        } else {
            let runs = self.step(at).map(|step| step.active_runs()).unwrap_or_default();
            for run in runs {
                let place = At { run, ..at };
                let retired = self.retire(place);
                self.close_retired(place, retired);
            }
        }
        if let Some(step) = self.step(at) {
            step.cancelled = Some(reason);
            if reason != CancelReason::ScopeFailed {
                step.runs = None;
                step.key = 0;
            }
        }
        self.settle(at, StepStatus::Cancelled);
        if drops_edges(reason) {
            self.decide_edges(at, &[]);
        }
    }

    pub(super) fn run_ended(
        &mut self,
        at: At,
        output: &Payload,
        set: &BTreeMap<Arc<str>, Payload>,
        undo: Option<&Undo>,
    ) {
        let retired = self.retire(at);
        self.close_retired(at, retired);
        self.set_vars(at.frame, set);
        self.add_undo(at, undo);
        if let Some(step) = self.step(at) {
            step.status = StepStatus::Active;
            step.runs.get_or_insert_default().entry(at.run).or_default().output = Some(output.clone());
        }
    }

    /// Gives a step its last status of the pass, and counts.
    pub(super) fn settle(&mut self, at: At, status: StepStatus) {
        let graph = self.graph;
        let Some(frame) = self.state.frames.get_mut(&at.frame) else { return };
        let step = frame.step_mut(graph, at.step);
        let before = step.status.is_settled();
        step.status = status;
        if before {
            return;
        }
        frame.unsettled -= 1;
        let first = graph.scopes[frame.scope as usize].regions.start;
        let mut region = graph.steps[at.step as usize].region;
        while let Some(number) = region {
            frame.regions[(number - first) as usize].unsettled -= 1;
            region = graph.regions[number as usize].parent;
        }
    }

    /// Decides the edges that leave a step: those taken are named, all others are dropped, but for those that stay
    /// open until their region is over.
    pub(super) fn decide_edges(&mut self, at: At, taken: &[u32]) {
        for edge in self.graph.steps[at.step as usize].outgoing.clone() {
            if taken.contains(&edge) {
                self.take_edge(at.frame, edge);
            } else if self.graph.edges[edge as usize].leaves.is_none() {
                self.drop_edge(at.frame, edge);
            }
        }
        if self.graph.steps[at.step as usize].choose == Choose::Race {
            for edge in taken {
                let to = self.graph.edges[*edge as usize].to;
                if let Some(step) = self.step(At::new(at.frame, to)) {
                    step.race = at.step + 1;
                }
            }
        }
    }

    pub(super) fn take_edge(&mut self, frame: u32, edge: u32) {
        self.decide_edge(frame, edge, EdgeState::Taken);
    }

    pub(super) fn drop_edge(&mut self, frame: u32, edge: u32) {
        self.decide_edge(frame, edge, EdgeState::Dropped);
    }

    pub(super) fn decide_edge(&mut self, frame: u32, edge: u32, to: EdgeState) {
        let graph = self.graph;
        let Some(frame) = self.state.frames.get_mut(&frame) else { return };
        let state = frame.edge_mut(graph, edge);
        if *state != EdgeState::Open {
            return;
        }
        *state = to;
        let link = &graph.edges[edge as usize];
        if link.back.is_none() {
            let target = frame.step_mut(graph, link.to);
            target.decided += 1;
            target.taken += u32::from(to == EdgeState::Taken);
        }
    }
}

/// Whether the edges of a step that was cancelled for this reason are dropped. Where its scope ends as a whole, they
/// stay as they are.
pub(in crate::machine) const fn drops_edges(reason: CancelReason) -> bool {
    matches!(
        reason,
        CancelReason::CancelledBy
            | CancelReason::LostJoin
            | CancelReason::LostRace
            | CancelReason::Interrupted
    )
}
