//! Steps that every way leads through.

use super::{Dag, Tree};

impl Dag<'_> {
    /// For each step, the nearest other step that every way from a root to it leads through; `None` where there is
    /// none.
    pub fn dominators(&self) -> Vec<Option<u32>> {
        let view = self.view();
        nearest(view.len(), self.order().iter().copied(), |step| view.from(step))
    }

    /// For each step, the nearest other step that every way from it to a leaf leads through; `None` where there is
    /// none.
    pub fn post_dominators(&self) -> Vec<Option<u32>> {
        let view = self.view();
        nearest(view.len(), self.order().iter().rev().copied(), |step| view.to(step))
    }
}

fn nearest<I: Iterator<Item = u32>>(
    steps: usize,
    order: impl Iterator<Item = u32>,
    before: impl Fn(u32) -> I,
) -> Vec<Option<u32>> {
    let tree = grow(steps, order, before);
    (0..steps as u32).map(|step| Some(tree.parent(step)).filter(|&above| above != steps as u32)).collect()
}

/// The tree in which each step hangs from the nearest one that every way to it leads through. Its root is one more than
/// the last step. `order` holds every step after those that are `before` it.
pub(crate) fn grow<I: Iterator<Item = u32>>(
    steps: usize,
    order: impl Iterator<Item = u32>,
    before: impl Fn(u32) -> I,
) -> Tree {
    let root = steps as u32;
    let mut tree = Tree::new(steps + 1, root);
    for step in order {
        let above = before(step).reduce(|a, b| tree.meet(a, b)).unwrap_or(root);
        tree.add(step, above);
    }
    tree
}
