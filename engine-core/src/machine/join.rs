//! Joins: when incoming edges start a step, and when they never can.

use super::decide::{Decider, Todo};
use super::frame::{EdgeState, StepState};
use crate::base::Payload;
use crate::definition::Join;
use crate::graph::Node;
use crate::protocol::{At, CancelReason, Event, StepOutcome, StepStatus};

impl Decider<'_> {
    /// Whether a pending step is ready, or can never be.
    pub(super) fn check_join(&mut self, number: u32, step: u32) {
        let node = &self.graph.steps[step as usize];
        let Some(frame) = self.state.frame(number) else { return };
        if !frame.starts_steps() {
            return;
        }
        let state = frame.step(self.graph, step);
        let at = At::new(number, step);
        if node.join == Join::Each {
            return self.check_each(number, step);
        }
        if state.status != StepStatus::Pending || node.arity == 0 {
            return;
        }
        match verdict(node, state) {
            Verdict::Wait => {}
            Verdict::Ready => self.meet(at),
            Verdict::Never => self.skip(at),
        }
    }

    /// A join is met: its losers stop, if that is asked for, and the step is put in line.
    fn meet(&mut self, at: At) {
        for loser in &self.graph.steps[at.step as usize].losers {
            let active = self.step(At::new(at.frame, *loser)).is_some_and(StepState::is_active);
            if active {
                self.cancel(At::new(at.frame, *loser), CancelReason::LostJoin);
            }
        }
        self.put_in_line(at);
    }

    /// Has a step started, unless its region begins again before its turn comes.
    pub(super) fn put_in_line(&mut self, at: At) {
        if let Some(iteration) = self.step(at).map(|step| step.iteration) {
            self.later(Todo::Start(at, iteration));
        }
    }

    pub(super) fn skip(&mut self, at: At) {
        self.record(Event::StepSkipped { at });
        self.follow(at, &[]);
    }

    /// `join: each`: a run for every edge that was taken.
    fn check_each(&mut self, number: u32, step: u32) {
        let Some(frame) = self.state.frame(number) else { return };
        let state = frame.step(self.graph, step);
        if state.status.is_settled() {
            return;
        }
        let node = &self.graph.steps[step as usize];
        let mut ready = Vec::new();
        for (run, edge) in self.counted_edges(node).enumerate() {
            let begun = state.runs.as_ref().is_some_and(|runs| runs.contains_key(&(run as u32)));
            if !begun && frame.edge(self.graph, edge) == EdgeState::Taken {
                ready.push(At { frame: number, step, run: run as u32 });
            }
        }
        if state.taken == 0 && state.decided >= node.arity - state.spent {
            return self.skip(At::new(number, step));
        }
        for at in ready {
            self.put_in_line(at);
        }
        self.runs_over(At::new(number, step));
    }

    fn counted_edges(&self, node: &Node) -> impl Iterator<Item = u32> {
        let incoming = &self.graph.incoming[node.incoming.start as usize..node.incoming.end as usize];
        incoming.iter().copied().filter(|edge| self.graph.edges[*edge as usize].back.is_none())
    }

    /// Settles a step with `join: each` when every edge is decided and all runs have ended.
    pub(super) fn runs_over(&mut self, at: At) {
        let node = &self.graph.steps[at.step as usize];
        let Some(state) = self.step(at) else { return };
        let Some(runs) = &state.runs else { return };
        let decided = state.decided >= node.arity - state.spent;
        if state.status.is_settled() || !decided || runs.len() < state.taken as usize {
            return;
        }
        if runs.values().any(|run| run.output.is_none()) {
            return;
        }
        let outputs: Vec<_> =
            runs.values().filter_map(|run| run.output.as_ref()).map(|output| (**output).clone()).collect();
        let output = Payload::from(serde_json::Value::Array(outputs));
        let whole = At { run: 0, ..at };
        match self.success_edges(whole, &output, &std::collections::BTreeMap::new()) {
            Ok(taken) => self.complete_with(whole, output, StepOutcome { taken, ..StepOutcome::default() }),
            Err(failure) => self.fail(whole, *failure),
        }
    }
}

/// What a join says.
enum Verdict {
    Wait,
    Ready,
    Never,
}

fn verdict(node: &Node, state: &StepState) -> Verdict {
    let counted = node.arity - state.spent;
    let (ready, never) = match node.join {
        Join::All | Join::Each => {
            let decided = state.decided >= counted;
            (decided && state.taken > 0, decided && state.taken == 0)
        }
        Join::Every => (state.taken >= counted && counted > 0, state.decided > state.taken || counted == 0),
        Join::Count(needed) => (state.taken >= needed, state.taken + (counted - state.decided) < needed),
    };
    match (ready, never) {
        (true, _) => Verdict::Ready,
        (false, true) => Verdict::Never,
        (false, false) => Verdict::Wait,
    }
}
