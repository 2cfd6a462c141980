//! A tree that grows from its root, with nearest common ancestors in logarithmic time.

use crate::graph::csr::Csr;

/// A rooted tree over the nodes `0..n`. Each node keeps its parent and one longer jump (Myers), so that climbing takes
/// logarithmic time and memory stays linear.
pub(crate) struct Tree {
    parent: Vec<u32>,
    jump: Vec<u32>,
    depth: Vec<u32>,
}

impl Tree {
    /// `n` nodes, of which only the root is in the tree yet; the others hang from it until they are added.
    pub(crate) fn new(n: usize, root: u32) -> Self {
        Self { parent: vec![root; n], jump: vec![root; n], depth: vec![0; n] }
    }

    /// Hangs a node under another one that is in the tree already.
    pub(crate) fn add(&mut self, node: u32, parent: u32) {
        let (above, jump) = (parent as usize, self.jump[parent as usize] as usize);
        let even =
            self.depth[above] - self.depth[jump] == self.depth[jump] - self.depth[self.jump[jump] as usize];
        self.parent[node as usize] = parent;
        self.depth[node as usize] = self.depth[above] + 1;
        self.jump[node as usize] = if even { self.jump[jump] } else { parent };
    }

    /// The node above; the root is above itself.
    pub(crate) fn parent(&self, node: u32) -> u32 {
        self.parent[node as usize]
    }

    /// How far below the root a node is.
    pub(crate) fn depth(&self, node: u32) -> u32 {
        self.depth[node as usize]
    }

    /// The ancestor of a node (or itself) at a depth.
    pub(crate) fn ancestor(&self, mut node: u32, depth: u32) -> u32 {
        while self.depth[node as usize] > depth {
            let jump = self.jump[node as usize];
            node = if self.depth[jump as usize] >= depth { jump } else { self.parent[node as usize] };
        }
        node
    }

    /// The nearest node that is above both, or one of them.
    pub(crate) fn meet(&self, a: u32, b: u32) -> u32 {
        let depth = self.depth(a).min(self.depth(b));
        let (mut a, mut b) = (self.ancestor(a, depth), self.ancestor(b, depth));
        while a != b {
            let (ja, jb) = (self.jump[a as usize], self.jump[b as usize]);
            (a, b) = if ja == jb { (self.parent(a), self.parent(b)) } else { (ja, jb) };
        }
        a
    }

    /// Whether `above` is `node` or one of its ancestors.
    pub(crate) fn is_above(&self, above: u32, node: u32) -> bool {
        self.depth(node) >= self.depth(above) && self.ancestor(node, self.depth(above)) == above
    }

    /// The nodes in an order in which every subtree is contiguous, with children in ascending order.
    pub(crate) fn preorder(&self, root: u32) -> Preorder {
        let nodes = self.parent.len();
        let children = Csr::group(nodes, self.parent.iter().copied());
        let (mut order, mut stack) = (Vec::with_capacity(nodes), vec![root]);
        while let Some(node) = stack.pop() {
            order.push(node);
            stack.extend(children.of(node).iter().rev().filter(|&&child| child != root));
        }
        let (mut at, mut size) = (vec![0u32; nodes], vec![1u32; nodes]);
        for (place, &node) in order.iter().enumerate() {
            at[node as usize] = place as u32;
        }
        for &node in order.iter().rev().filter(|&&node| node != root) {
            size[self.parent(node) as usize] += size[node as usize];
        }
        Preorder { order, at, size }
    }
}

/// The nodes of a tree in preorder.
pub(crate) struct Preorder {
    order: Vec<u32>,
    at: Vec<u32>,
    size: Vec<u32>,
}

impl Preorder {
    /// The place of a node in the order.
    pub(crate) fn at(&self, node: u32) -> u32 {
        self.at[node as usize]
    }

    /// A node and all below it.
    pub(crate) fn subtree(&self, node: u32) -> &[u32] {
        let start = self.at[node as usize] as usize;
        &self.order[start..start + self.size[node as usize] as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Tree {
        // 0 ─ 1 ─ 2 ─ … ─ 20, and 100 + i hangs under i.
        let mut tree = Tree::new(121, 0);
        for node in 1..=20 {
            tree.add(node, node - 1);
            tree.add(100 + node, node);
        }
        tree
    }

    #[test]
    fn meeting_points_and_ancestors() {
        let tree = sample();
        for a in 1..=20u32 {
            for b in 1..=20u32 {
                assert_eq!(tree.meet(100 + a, 100 + b), if a == b { 100 + a } else { a.min(b) });
                assert_eq!(tree.is_above(a, 100 + b), a <= b);
                if b <= a {
                    assert_eq!(tree.ancestor(100 + a, b), b);
                }
            }
        }
    }

    #[test]
    fn a_subtree_is_contiguous() {
        let tree = sample();
        let order = tree.preorder(0);
        let mut below: Vec<u32> = order.subtree(18).to_vec();
        below.sort_unstable();
        assert_eq!(below, [18, 19, 20, 118, 119, 120]);
        assert!(order.at(18) < order.at(120));
    }
}
