//! Strongly connected components, without recursion.

use crate::graph::csr::Csr;

const UNSEEN: u32 = u32::MAX;

/// Finds strongly connected components (Tarjan) of parts of one graph, with memory that is used again.
pub(crate) struct Components {
    index: Vec<u32>,
    low: Vec<u32>,
    on_stack: Vec<bool>,
    stack: Vec<u32>,
    calls: Vec<(u32, u32)>,
}

impl Components {
    /// For a graph of `n` nodes.
    pub(crate) fn new(n: usize) -> Self {
        Self {
            index: vec![UNSEEN; n],
            low: vec![0; n],
            on_stack: vec![false; n],
            stack: Vec::new(),
            calls: Vec::new(),
        }
    }

    /// The components of the part that `nodes` are, over those outgoing edges for which `target` gives an end (which
    /// must be in that part). Those that others lead to come first; the nodes of each are ascending.
    pub(crate) fn find(
        &mut self,
        nodes: &[u32],
        outgoing: &Csr,
        target: impl Fn(u32) -> Option<u32>,
    ) -> Vec<Vec<u32>> {
        for &node in nodes {
            self.index[node as usize] = UNSEEN;
        }
        let (mut found, mut next) = (Vec::new(), 0);
        for &root in nodes {
            if self.index[root as usize] == UNSEEN {
                self.open(root, &mut next);
                self.search(outgoing, &target, &mut next, &mut found);
            }
        }
        found
    }

    fn open(&mut self, node: u32, next: &mut u32) {
        self.index[node as usize] = *next;
        self.low[node as usize] = *next;
        *next += 1;
        self.on_stack[node as usize] = true;
        self.stack.push(node);
        self.calls.push((node, 0));
    }

    fn search(
        &mut self,
        outgoing: &Csr,
        target: &impl Fn(u32) -> Option<u32>,
        next: &mut u32,
        found: &mut Vec<Vec<u32>>,
    ) {
        while let Some((node, at)) = self.calls.last_mut() {
            let (node, edge) = (*node, outgoing.of(*node).get(*at as usize).copied());
            *at += 1;
            match edge {
                Some(edge) => {
                    let Some(to) = target(edge) else { continue };
                    if self.index[to as usize] == UNSEEN {
                        self.open(to, next);
                    } else if self.on_stack[to as usize] {
                        let low = &mut self.low[node as usize];
                        *low = (*low).min(self.index[to as usize]);
                    }
                }
                None => self.close(node, found),
            }
        }
    }

    fn close(&mut self, node: u32, found: &mut Vec<Vec<u32>>) {
        self.calls.pop();
        let low = self.low[node as usize];
        if let Some(&(parent, _)) = self.calls.last() {
            let above = &mut self.low[parent as usize];
            *above = (*above).min(low);
        }
        if low == self.index[node as usize] {
            let start = self.stack.iter().rposition(|&other| other == node).unwrap_or(0);
            let mut component = self.stack.split_off(start);
            for &member in &component {
                self.on_stack[member as usize] = false;
            }
            component.sort_unstable();
            found.push(component);
        }
    }
}
