//! What follows when a step is settled: edges, joins, races, regions.

use super::apply::drops_edges;
use super::decide::{Decider, Todo};
use super::evaluate::{self, Evaluated};
use super::frame::{EdgeState, Frame, StepState};
use crate::base::Payload;
use crate::definition::{Choose, Join, OnFailure, Outcome};
use crate::graph::{Link, Node};
use crate::protocol::{At, CancelReason, EdgeList, Event, Failure, StepOutcome, StepStatus, Undo};

impl Decider<'_> {
    pub(super) fn node(&self, at: At) -> &'_ Node {
        &self.graph.steps[at.step as usize]
    }

    pub(super) fn step(&self, at: At) -> Option<&StepState> {
        self.state.frame(at.frame).map(|frame| frame.step(self.graph, at.step))
    }

    pub(super) fn active(&self, at: At) -> Option<&super::frame::Active> {
        self.step(at).and_then(|step| step.active(at.run))
    }

    /// A step has its output: sets variables, decides edges. An expression that fails turns it into a failure.
    pub(super) fn complete(&mut self, at: At, output: Payload) {
        let outcome = match self.success(at, &output) {
            Ok(outcome) => outcome,
            Err(failure) => return self.fail(at, *failure),
        };
        self.withdraw(at);
        if self.node(at).join == Join::Each {
            let StepOutcome { set, undo, .. } = outcome;
            let sets = !set.is_empty();
            self.record(Event::RunEnded { at, output, set, undo });
            self.after_run(at, sets);
            return self.runs_over(at);
        }
        self.complete_with(at, output, outcome);
    }

    pub(super) fn complete_with(&mut self, at: At, output: Payload, outcome: StepOutcome) {
        if let Some(edge) = self.exhausted(at, &outcome.taken) {
            let link = &self.graph.edges[edge as usize];
            let message =
                format!("the edge back to `{}` was taken {} times", self.id(link.to), link.max_iterations);
            return self.fail(at, Failure::new("loop_limit", message));
        }
        let sets = !outcome.set.is_empty();
        let taken = outcome.taken.clone();
        self.record(Event::StepCompleted { at, output, outcome });
        self.after_run(at, sets);
        for step in &self.graph.steps[at.step as usize].cancels {
            self.cancel(At::new(at.frame, *step), CancelReason::CancelledBy);
        }
        self.win_race(at);
        self.follow(at, &taken);
    }

    fn after_run(&mut self, at: At, sets: bool) {
        if sets && !self.state.untils.is_empty() {
            self.later(Todo::Untils);
        }
        if !self.node(at).resources.is_empty() {
            self.later(Todo::Pools);
        }
    }

    pub(super) fn id(&self, step: u32) -> &str {
        &self.graph.steps[step as usize].id
    }

    /// What a completed step sets, which edges it takes, and what would undo it.
    fn success(&self, at: At, output: &Payload) -> Evaluated<StepOutcome> {
        let node = self.node(at);
        let mut view = self.view(at.frame);
        view.output = Some(output);
        let set = evaluate::assignments(&view, &node.set)?;
        let undo = self.bind_undo(at, output)?;
        let taken =
            if node.join == Join::Each { EdgeList::new() } else { self.success_edges(at, output, &set)? };
        Ok(StepOutcome { taken, set, undo })
    }

    fn bind_undo(&self, at: At, output: &Payload) -> Evaluated<Option<Box<Undo>>> {
        let Some(undo) = &self.node(at).undo else { return Ok(None) };
        let mut view = self.view(at.frame);
        view.output = Some(output);
        // `steps.ID.output` is the value that is undone, and is not in the state yet: the view answers for it.
        view.own = Some(at.step);
        let input = evaluate::data(&view, "compensate.with", undo.with.as_ref())?;
        let step = super::place::path(self.graph, self.state, at);
        Ok(Some(Box::new(Undo { handler: undo.handler.clone(), input, step })))
    }

    pub(super) fn success_edges(
        &self,
        at: At,
        output: &Payload,
        set: &std::collections::BTreeMap<std::sync::Arc<str>, Payload>,
    ) -> Evaluated<EdgeList> {
        let node = self.node(at);
        let mut taken = EdgeList::new();
        if node.outgoing.is_empty() {
            return Ok(taken);
        }
        let mut view = self.view(at.frame);
        view.output = Some(output);
        view.own = Some(at.step);
        view.set = Some(set);
        for (number, link) in self.links(node) {
            if link.otherwise || !matches!(link.on, Outcome::Success | Outcome::Any) {
                continue;
            }
            if evaluate::holds(&view, link.when.as_ref())? {
                taken.push(number);
                if node.choose == Choose::First {
                    break;
                }
            }
        }
        if !taken.iter().any(|edge| self.graph.edges[*edge as usize].on == Outcome::Success) {
            taken.extend(
                self.links(node)
                    .filter(|(_, link)| link.otherwise)
                    .map(|(number, _)| number)
                    .take(if node.choose == Choose::First && !taken.is_empty() { 0 } else { usize::MAX }),
            );
        }
        Ok(taken)
    }

    fn failure_edges(&self, at: At, failure: &Failure) -> Evaluated<EdgeList> {
        let node = self.node(at);
        let mut taken = EdgeList::new();
        let mut view = self.view(at.frame);
        view.error = Some(failure);
        for (number, link) in self.links(node) {
            if matches!(link.on, Outcome::Failure | Outcome::Any)
                && evaluate::holds(&view, link.when.as_ref())?
            {
                taken.push(number);
                if node.choose == Choose::First {
                    break;
                }
            }
        }
        Ok(taken)
    }

    fn links(&self, node: &Node) -> impl Iterator<Item = (u32, &Link)> {
        node.outgoing.clone().map(|edge| (edge, &self.graph.edges[edge as usize]))
    }

    /// The first back edge among these that has been taken as often as it may.
    fn exhausted(&self, at: At, taken: &[u32]) -> Option<u32> {
        let frame = self.state.frame(at.frame)?;
        taken.iter().copied().find(|edge| {
            let link = &self.graph.edges[*edge as usize];
            link.back.is_some() && frame.restarts.get(edge).copied().unwrap_or(0) >= link.max_iterations
        })
    }

    /// A step failed for good: an edge takes it up, or its scope fails.
    pub(super) fn fail(&mut self, at: At, failure: Failure) {
        let mut failure = self.place_failure(at, failure);
        let whole = At { run: 0, ..at };
        let taken = match self.failure_edges(whole, &failure) {
            Ok(taken) if self.exhausted(whole, &taken).is_none() => taken,
            Ok(_) => EdgeList::new(),
            Err(wrong) => {
                let path = failure.step;
                failure = *wrong;
                failure.step = path;
                EdgeList::new()
            }
        };
        self.withdraw(at);
        self.stop_inner(at, CancelReason::ScopeFailed);
        if self.node(at).join == Join::Each {
            self.stop_runs(at);
        }
        let handled = !taken.is_empty();
        let outcome = StepOutcome { taken: taken.clone(), ..StepOutcome::default() };
        self.record(Event::StepFailed { at, error: failure.clone(), outcome });
        self.after_run(at, false);
        if handled {
            return self.follow(whole, &taken);
        }
        self.strike(at.frame, failure);
        let drains = self.state.frame(at.frame).is_some_and(|frame| {
            self.graph.scopes[frame.scope as usize].on_failure == OnFailure::Drain && frame.starts_steps()
        });
        if drains {
            self.follow(whole, &[]);
        }
    }

    /// Looks at what a settled step leads to, and at what it was part of.
    pub(super) fn follow(&mut self, at: At, taken: &[u32]) {
        // Of several regions that restart at once the outermost counts; it is the largest.
        let outermost =
            taken.iter().filter_map(|edge| Some((*edge, self.graph.edges[*edge as usize].back?))).max_by_key(
                |(edge, region)| (self.graph.regions[*region as usize].steps.len(), std::cmp::Reverse(*edge)),
            );
        let outermost = outermost.map(|(edge, _)| edge);
        if let Some(edge) = outermost {
            self.restart(at.frame, edge);
        }
        self.check_targets(at);
        self.after_settled(at);
    }

    /// Looks at the joins that the edges of a step lead to.
    fn check_targets(&mut self, at: At) {
        for edge in self.graph.steps[at.step as usize].outgoing.clone() {
            let link = &self.graph.edges[edge as usize];
            if link.back.is_none() {
                self.check_join(at.frame, link.to);
            }
        }
    }

    /// Looks at the frame and the regions that a settled step is part of.
    pub(super) fn after_settled(&mut self, at: At) {
        let Some(frame) = self.state.frame(at.frame) else { return };
        let first = self.graph.scopes[frame.scope as usize].regions.start;
        let mut region = self.graph.steps[at.step as usize].region;
        let mut over = smallvec::SmallVec::<[u32; 4]>::new();
        while let Some(number) = region {
            if frame.regions[(number - first) as usize].unsettled == 0 {
                over.push(number);
            }
            region = self.graph.regions[number as usize].parent;
        }
        let done = frame.unsettled == 0;
        for number in over {
            self.later(Todo::Region(at.frame, number));
        }
        if done {
            self.later(Todo::Frame(at.frame));
        }
    }

    pub(super) fn region_over(&mut self, number: u32, region: u32) {
        let Some(frame) = self.state.frame(number) else { return };
        let first = self.graph.scopes[frame.scope as usize].regions.start;
        let state = frame.regions[(region - first) as usize];
        if state.unsettled > 0 || state.over || !frame.starts_steps() {
            return;
        }
        self.record(Event::RegionEnded { frame: number, region });
        for edge in &self.graph.regions[region as usize].exits {
            self.check_join(number, self.graph.edges[*edge as usize].to);
        }
    }

    fn restart(&mut self, frame: u32, edge: u32) {
        let Some(region) = self.graph.edges[edge as usize].back else { return };
        let region = &self.graph.regions[region as usize];
        for step in &region.steps {
            self.cancel(At::new(frame, *step), CancelReason::RegionRestarted);
        }
        self.record(Event::RegionRestarted { frame, edge });
        self.put_in_line(At::new(frame, region.head));
        // A step that only edges from outside lead to is skipped in the passes after the first.
        for step in region.steps.clone() {
            if step != region.head {
                self.check_join(frame, step);
            }
        }
    }

    /// The first of the steps that a race started has completed: the others stop.
    fn win_race(&mut self, at: At) {
        let Some(race) = self.step(at).map(|step| step.race).filter(|race| *race > 0) else { return };
        let source = race - 1;
        for edge in self.graph.steps[source as usize].outgoing.clone() {
            let other = At::new(at.frame, self.graph.edges[edge as usize].to);
            let runs = self.step(other).is_some_and(|step| step.race == race && step.is_active());
            if other.step != at.step && runs {
                self.cancel(other, CancelReason::LostRace);
            }
        }
    }

    /// Stops a step that is active, or withdraws one that has not started, and decides what follows from that.
    pub(super) fn cancel(&mut self, at: At, reason: CancelReason) {
        let Some(step) = self.step(at) else { return };
        if step.status.is_settled() {
            return;
        }
        let pending = step.status == StepStatus::Pending;
        if pending && !matches!(reason, CancelReason::CancelledBy) {
            return;
        }
        self.stop(at, reason);
        if drops_edges(reason) {
            self.follow(at, &[]);
        }
    }

    /// Takes an escalation or signal edge of a step that goes on.
    pub(super) fn take_edge(&mut self, frame: u32, edge: u32) {
        let from = At::new(frame, self.graph.edges[edge as usize].from);
        if self.exhausted(from, &[edge]).is_some() {
            let message = format!(
                "the edge back to `{}` was taken too often",
                self.id(self.graph.edges[edge as usize].to)
            );
            self.call_off(from);
            return self.fail(from, Failure::new("loop_limit", message));
        }
        self.record(Event::EdgeTaken { frame, edge });
        let link = &self.graph.edges[edge as usize];
        if link.back.is_some() {
            self.restart(frame, edge);
        } else {
            self.check_join(frame, link.to);
        }
    }

    /// The edges of a step that listen to an escalation, and are open and hold.
    pub(super) fn escalation_edges(&self, at: At) -> Vec<u32> {
        let Some(frame) = self.state.frame(at.frame) else { return Vec::new() };
        let view = self.view(at.frame);
        self.links(self.node(at))
            .filter(|(number, link)| link.on == Outcome::Escalation && is_open(frame, self.graph, *number))
            .filter(|(_, link)| evaluate::holds(&view, link.when.as_ref()).unwrap_or(false))
            .map(|(number, _)| number)
            .collect()
    }
}

pub(super) fn is_open(frame: &Frame, graph: &crate::graph::Graph, edge: u32) -> bool {
    frame.edge(graph, edge) == EdgeState::Open
}
