//! Edges that other edges imply.

use super::Checker;
use crate::definition::{Choose, Diagnostic, Join, OnFailure, Outcome, StepKind};
use crate::graph::analysis::View;
use crate::graph::code;
use crate::graph::compile::Truth;
use crate::graph::finding::Findings;

/// So many edges are looked at; in a flow that needs more the rule says nothing.
const MOST_VISITS: u64 = 20_000_000;

impl Checker<'_, '_> {
    /// Says of which edges the flow would run the same without them: unconditional success edges beside a way of such
    /// edges, over steps that run for certain and go on only by completing.
    pub(super) fn redundant(&self, findings: &mut Findings) {
        let layout = self.layout;
        let forward: Vec<u32> = (0..layout.edges.len() as u32)
            .filter(|&edge| self.shape.loops.back[edge as usize].is_none())
            .collect();
        let ends: Vec<(u32, u32)> = forward.iter().map(|&edge| layout.ends[edge as usize]).collect();
        let certain: Vec<bool> = forward.iter().map(|&edge| self.is_certain(edge)).collect();
        if !self.has_candidates(&ends, &certain) {
            return;
        }
        let cancellable = self.cancellable();
        let Ok(view) = View::new(layout.steps.len(), &ends) else { return };
        let Ok(dag) = view.dag() else { return };
        let through = |step: u32| !cancellable[step as usize] && self.goes_on_by_completing(step);
        let Ok(redundant) = dag.redundant_among(&certain, through, MOST_VISITS) else { return };
        for edge in redundant {
            let edge = &layout.edges[forward[edge as usize] as usize];
            if !matches!(layout.steps[edge.to as usize].step.join, Join::All | Join::Every) {
                continue;
            }
            let message = format!(
                "the edge {} says nothing new: other edges lead from `{}` to `{}` already, and the step waits for all of them",
                layout.edge_name(edge),
                layout.id(edge.from),
                layout.id(edge.to)
            );
            let help = format!("remove it ({})", edge.source);
            findings.push(Diagnostic::warning(code::REDUNDANT_EDGE, edge.source.clone(), message).help(help));
        }
    }

    /// Whether an edge is taken whenever its step completes, within one pass of whatever cycles it is in.
    fn is_certain(&self, number: u32) -> bool {
        let edge = &self.layout.edges[number as usize];
        let from = &self.layout.steps[edge.from as usize];
        let loops = &self.shape.loops;
        edge.on == Outcome::Success
            && !edge.otherwise
            && self.truths[number as usize] == Truth::Always
            && from.step.choose == Choose::All
            && loops.of_step[edge.from as usize] == loops.of_step[edge.to as usize]
            && self.on_failure(from.scope) != OnFailure::Drain
    }

    fn on_failure(&self, scope: u32) -> OnFailure {
        let Some(owner) = self.layout.scopes[scope as usize].owner else { return self.definition.on_failure };
        match &self.layout.steps[owner as usize].step.kind {
            StepKind::Group(group) => group.on_failure,
            StepKind::ForEach(each) => each.on_failure,
            StepKind::Loop(repeat) => repeat.on_failure,
            _ => OnFailure::default(),
        }
    }

    /// Whether there is an edge at all whose first step has another way on and whose second step another way in.
    fn has_candidates(&self, ends: &[(u32, u32)], certain: &[bool]) -> bool {
        let (mut out, mut into) = (vec![0u32; self.layout.steps.len()], vec![0u32; self.layout.steps.len()]);
        let certain = || ends.iter().zip(certain).filter(|(_, certain)| **certain).map(|(ends, _)| *ends);
        for (from, to) in certain() {
            out[from as usize] += 1;
            into[to as usize] += 1;
        }
        certain().any(|(from, to)| out[from as usize] > 1 && into[to as usize] > 1)
    }

    /// Steps that another one may cancel.
    fn cancellable(&self) -> Vec<bool> {
        let layout = self.layout;
        let mut cancellable = vec![false; layout.steps.len()];
        for at in &layout.steps {
            let ids = &layout.scopes[at.scope as usize].ids;
            for &step in at.step.cancels.iter().filter_map(|id| ids.get(id.as_str())) {
                cancellable[step as usize] = true;
            }
        }
        for edge in &layout.edges {
            cancellable[edge.to as usize] |= layout.steps[edge.from as usize].step.choose == Choose::Race;
        }
        for &step in self.losers.into_iter().flat_map(|losers| losers.values()).flatten() {
            cancellable[step as usize] = true;
        }
        cancellable
    }

    /// Whether a step runs once its edges are decided, and then completes or fails its scope.
    fn goes_on_by_completing(&self, step: u32) -> bool {
        let plain = |&edge: &u32| {
            let edge = &self.layout.edges[edge as usize];
            match edge.on {
                Outcome::Success | Outcome::Escalation => true,
                Outcome::Signal => edge.interrupt == Some(false),
                Outcome::Failure | Outcome::Any => false,
            }
        };
        let step_at = &self.layout.steps[step as usize];
        step_at.step.join == Join::All && self.layout.outgoing.of(step).iter().all(plain)
    }
}
