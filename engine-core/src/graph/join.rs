//! Joins: how many of the edges to a step can be taken together, and which branches lose.

use std::collections::BTreeMap;

use super::analysis::{Preorder, Tree, grow};
use super::layout::{EdgeAt, Layout};
use super::shape::Shape;
use crate::definition::{Choose, Join, Losers, Outcome};

/// So many steps are listed as losers of joins, all joins together.
pub(crate) const MOST_LOSERS: usize = 4_000_000;

/// How many edges a join needs, where it needs more than one.
pub(crate) fn needed(join: Join, arity: usize) -> usize {
    match join {
        Join::All | Join::Each => 1,
        Join::Every => arity,
        Join::Count(count) => count as usize,
    }
}

/// Tells how many of the edges that lead to a step can be taken in one run.
///
/// Over the steps and edges without those that go back stands the tree of what every way leads through. Two edges
/// exclude one another if they lie behind two outgoing edges of one step that exclude one another; that step is where
/// they meet in the tree.
pub(crate) struct Exclusion<'a, 'd> {
    layout: &'a Layout<'d>,
    shape: &'a Shape,
    tree: Tree,
    order: Preorder,
}

impl<'a, 'd> Exclusion<'a, 'd> {
    /// For scopes whose cycles are not nested too deep.
    pub(crate) fn of(layout: &'a Layout<'d>, shape: &'a Shape, steps: &[u32]) -> Self {
        let count = layout.steps.len() as u32;
        let nodes = count + layout.edges.len() as u32;
        let order = steps.iter().flat_map(|&step| {
            std::iter::once(step).chain(shape.forward_out(layout, step).map(move |edge| count + edge))
        });
        let before = |node: u32| {
            let (step, edge) = if node < count { (Some(node), None) } else { (None, Some(node - count)) };
            let start = step.filter(|&step| shape.is_start[step as usize]).map(|_| nodes);
            let edges = step
                .into_iter()
                .flat_map(|step| shape.forward_in(layout, step))
                .map(move |edge| count + edge);
            start.into_iter().chain(edges).chain(edge.map(|edge| layout.ends[edge as usize].0))
        };
        let tree = grow(nodes as usize, order, before);
        let order = tree.preorder(nodes);
        Self { layout, shape, tree, order }
    }

    /// The most edges to a step that one run can take; never less than that, sometimes more.
    pub(crate) fn most(&self, step: u32) -> usize {
        let count = self.layout.steps.len() as u32;
        let mut nodes: Vec<u32> = self.shape.forward_in(self.layout, step).map(|edge| count + edge).collect();
        nodes.sort_unstable_by_key(|&node| self.order.at(node));
        let leaves = nodes.clone();
        nodes.extend(leaves.windows(2).map(|pair| self.tree.meet(pair[0], pair[1])));
        nodes.sort_unstable_by_key(|&node| self.order.at(node));
        nodes.dedup();
        let mut below: Vec<Vec<(u32, usize)>> = vec![Vec::new(); nodes.len()];
        let parents = self.parents(&nodes);
        let mut most = 0;
        for (place, &node) in nodes.iter().enumerate().rev() {
            let children = std::mem::take(&mut below[place]);
            most = if children.is_empty() { 1 } else { self.combine(node, &children, step) };
            if let Some(parent) = parents[place] {
                below[parent].push((node, most));
            }
        }
        most
    }

    /// Two edges to a step that exclude one another; looked for among the first ones.
    pub(crate) fn excluding_pair(&self, step: u32) -> Option<(u32, u32)> {
        const LOOKED_AT: usize = 50;
        let count = self.layout.steps.len() as u32;
        let edges: Vec<u32> = self.shape.forward_in(self.layout, step).take(LOOKED_AT).collect();
        let pairs =
            edges.iter().enumerate().flat_map(|(at, &a)| edges[at + 1..].iter().map(move |&b| (a, b)));
        let mut pairs = pairs.filter(|&(a, b)| {
            let (a, b) = (count + a, count + b);
            self.combine(self.tree.meet(a, b), &[(a, 1), (b, 1)], step) < 2
        });
        pairs.next()
    }

    /// For nodes in preorder, with all their meeting points among them: the place of the nearest one above each.
    fn parents(&self, nodes: &[u32]) -> Vec<Option<usize>> {
        let (mut parents, mut above) = (Vec::with_capacity(nodes.len()), Vec::<usize>::new());
        for (place, &node) in nodes.iter().enumerate() {
            while above.last().is_some_and(|&top| !self.tree.is_above(nodes[top], node)) {
                above.pop();
            }
            parents.push(above.last().copied());
            above.push(place);
        }
        parents
    }

    /// How many can be taken behind a node, given how many can be behind those below it.
    fn combine(&self, node: u32, children: &[(u32, usize)], join: u32) -> usize {
        let count = self.layout.steps.len() as u32;
        if node >= count || !self.decides_once(node, join) {
            return children.iter().map(|(_, most)| most).sum();
        }
        let (mut free, mut choices) = (0, Vec::new());
        for &(child, most) in children {
            let first = self.tree.ancestor(child, self.tree.depth(node) + 1);
            match first.checked_sub(count) {
                Some(edge) => choices.push((&self.layout.edges[edge as usize], most)),
                None => free += most,
            }
        }
        free + most_together(self.layout.steps[node as usize].step.choose, &choices)
    }

    /// Whether a step decides its edges only once in what the join sees: not again in a cycle that the join is outside
    /// of.
    fn decides_once(&self, step: u32, join: u32) -> bool {
        let innermost = self.shape.loops.of_step[step as usize];
        innermost.is_none_or(|region| self.shape.loops.contains(region, join))
    }
}

/// Of edges that leave one step, each with a weight, the heaviest that can be taken together.
fn most_together(choose: Choose, edges: &[(&EdgeAt<'_>, usize)]) -> usize {
    let weights = |which: &dyn Fn(&EdgeAt<'_>) -> bool| -> (usize, usize) {
        let chosen = edges.iter().filter(|(edge, _)| which(edge)).map(|(_, weight)| *weight);
        chosen.fold((0, 0), |(sum, most), weight| (sum + weight, most.max(weight)))
    };
    let (plain, plain_most) = weights(&|edge| edge.on == Outcome::Success && !edge.otherwise);
    let (_, otherwise) = weights(&|edge| edge.on == Outcome::Success && edge.otherwise);
    let (any, any_most) = weights(&|edge| edge.on == Outcome::Any);
    let (failure, failure_most) = weights(&|edge| edge.on == Outcome::Failure);
    let ended = if choose == Choose::First {
        plain_most.max(otherwise).max(any_most).max(failure_most)
    } else {
        (plain.max(otherwise) + any).max(failure + any)
    };
    let interrupts = |edge: &EdgeAt<'_>| edge.on == Outcome::Signal && edge.interrupt != Some(false);
    let mut interrupted: BTreeMap<Option<&str>, usize> = BTreeMap::new();
    for (edge, weight) in edges.iter().filter(|(edge, _)| interrupts(edge)) {
        *interrupted.entry(edge.signal).or_default() += weight;
    }
    let interrupted = interrupted.values().copied().max().unwrap_or(0);
    let (besides, _) = weights(&|edge| {
        edge.on == Outcome::Escalation || edge.on == Outcome::Signal && edge.interrupt == Some(false)
    });
    ended.max(interrupted) + besides
}

/// The steps that each join with `losers: cancel` cancels: those from which every way on leads through the join.
/// `None` where they are too many to list.
pub(crate) fn losers(layout: &Layout<'_>, shape: &Shape, order: &[u32]) -> Option<BTreeMap<u32, Vec<u32>>> {
    let cancels = |step: &u32| {
        let step = layout.steps[*step as usize].step;
        step.losers == Losers::Cancel && matches!(step.join, Join::Count(_))
    };
    let joins: Vec<u32> = (0..layout.steps.len() as u32).filter(cancels).collect();
    if joins.is_empty() {
        return Some(BTreeMap::new());
    }
    let next = |step: u32| shape.forward_out(layout, step).map(|edge| layout.ends[edge as usize].1);
    let tree = grow(layout.steps.len(), order.iter().rev().copied(), next);
    let preorder = tree.preorder(layout.steps.len() as u32);
    let (mut all, mut listed) = (BTreeMap::new(), 0);
    for join in joins {
        let below = &preorder.subtree(join)[1..];
        listed += below.len();
        if listed > MOST_LOSERS {
            return None;
        }
        let mut losers = below.to_vec();
        losers.sort_unstable();
        all.insert(join, losers);
    }
    Some(all)
}
