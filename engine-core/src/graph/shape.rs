//! What follows from the edges alone: starts, regions, an order, what is reached.

use super::analysis::topological_order;
use super::layout::Layout;
use super::region::Loops;

/// The structure of all scopes together; no edge leads from one to another.
pub(crate) struct Shape {
    /// The steps that start with their scopes, ascending.
    pub(crate) starts: Vec<u32>,
    /// The same, by step.
    pub(crate) is_start: Vec<bool>,
    pub(crate) loops: Loops,
    /// The steps in an order in which every edge that does not go back leads forward. None where cycles are nested too
    /// deep.
    pub(crate) order: Option<Vec<u32>>,
    /// Whether a start reaches the step.
    pub(crate) reached: Vec<bool>,
}

impl Shape {
    pub(crate) fn of(layout: &Layout<'_>) -> Self {
        let starts = starts(layout);
        let mut is_start = vec![false; layout.steps.len()];
        for &start in &starts {
            is_start[start as usize] = true;
        }
        let marks: Vec<Option<u32>> =
            layout.edges.iter().map(|edge| edge.back.then_some(edge.written)).collect();
        let loops = Loops::find(&layout.ends, &layout.outgoing, &layout.incoming, &starts, &marks);
        let forward = |edge: u32| {
            let to = layout.ends[edge as usize].1;
            loops.back[edge as usize].is_none().then_some(to)
        };
        let order = topological_order(layout.steps.len(), &layout.outgoing, forward);
        let reached = reached(layout, &starts);
        Self { starts, is_start, loops, order, reached }
    }

    /// The edges that lead to a step and do not go back, in the order written.
    pub(crate) fn forward_in<'a>(
        &'a self,
        layout: &'a Layout<'_>,
        step: u32,
    ) -> impl Iterator<Item = u32> + 'a {
        layout.incoming.of(step).iter().copied().filter(|&edge| self.loops.back[edge as usize].is_none())
    }

    /// The edges that leave a step and do not go back, in the order written.
    pub(crate) fn forward_out<'a>(
        &'a self,
        layout: &'a Layout<'_>,
        step: u32,
    ) -> impl Iterator<Item = u32> + 'a {
        layout.outgoing.of(step).iter().copied().filter(|&edge| self.loops.back[edge as usize].is_none())
    }
}

/// The steps without incoming edges; in a scope that has none, its first step.
fn starts(layout: &Layout<'_>) -> Vec<u32> {
    let mut starts = Vec::new();
    for scope in &layout.scopes {
        let before = starts.len();
        starts.extend(scope.steps.clone().filter(|&step| layout.incoming.degree(step) == 0));
        if starts.len() == before && !scope.steps.is_empty() {
            starts.push(scope.steps.start);
        }
    }
    starts
}

fn reached(layout: &Layout<'_>, starts: &[u32]) -> Vec<bool> {
    let mut reached = vec![false; layout.steps.len()];
    let mut stack = starts.to_vec();
    while let Some(step) = stack.pop() {
        if !std::mem::replace(&mut reached[step as usize], true) {
            stack.extend(layout.outgoing.of(step).iter().map(|&edge| layout.ends[edge as usize].1));
        }
    }
    reached
}
