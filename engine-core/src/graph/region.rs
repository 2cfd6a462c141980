//! Regions: cycles, nested or apart, each with one head.

use super::analysis::Components;
use super::csr::Csr;

/// Cycles nested deeper than this are refused.
pub(crate) const MAX_DEPTH: u32 = 64;

/// A cycle: a maximal set of steps that all reach one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopRegion {
    /// The region around it, by its place in the list.
    pub parent: Option<u32>,
    /// Where a pass begins. Where no entry can be told it is the first of the steps.
    pub head: u32,
    /// The steps that a start, or an edge from outside, reaches, ascending. More than one, where no edge is marked, is
    /// an error in a flow.
    pub entries: Vec<u32>,
    /// The steps, those of inner regions too, ascending.
    pub steps: Vec<u32>,
    /// How the head was found.
    pub found: Head,
}

/// How the head of a region was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// It is the only entry.
    OnlyEntry,
    /// It is the target of this edge, which is marked as going back.
    Marked(u32),
    /// This edge is marked as going back, but its target is no entry.
    MarkedNoEntry(u32),
    /// There are several entries, and no edge inside is marked.
    Unmarked,
    /// Nothing reaches the region.
    Unreachable,
}

/// The regions of a graph, and what they make of its steps and edges.
#[derive(Debug)]
pub(crate) struct Loops {
    /// Outer ones before the ones they contain, otherwise by their first step.
    pub(crate) regions: Vec<LoopRegion>,
    /// How many regions are around each region.
    pub(crate) depth: Vec<u32>,
    /// The innermost region of each step.
    pub(crate) of_step: Vec<Option<u32>>,
    /// The region that each edge restarts, if it goes back.
    pub(crate) back: Vec<Option<u32>>,
    /// A number for each step: one that can reach another, which cannot reach it, has the higher one.
    pub(crate) rank: Vec<u32>,
    /// The first region in which cycles are nested too deep, if there is one. It was not looked into.
    pub(crate) too_deep: Option<u32>,
}

/// A set of steps that waits to be made a region.
struct Found {
    region: LoopRegion,
    mark: u32,
    depth: u32,
}

struct Search<'a> {
    edges: &'a [(u32, u32)],
    outgoing: &'a Csr,
    incoming: &'a Csr,
    starts: Vec<bool>,
    marks: &'a [Option<u32>],
    components: Components,
    /// The innermost set that each step was found in.
    set: Vec<u32>,
    sets: u32,
}

const NOWHERE: u32 = u32::MAX;

impl Loops {
    /// Finds the regions. `marks` holds, for each edge that its author marked as going back, its place in the order
    /// written. Linear for each level of nesting.
    pub(crate) fn find(
        edges: &[(u32, u32)],
        outgoing: &Csr,
        incoming: &Csr,
        starts: &[u32],
        marks: &[Option<u32>],
    ) -> Self {
        let steps = incoming.groups();
        let mut is_start = vec![false; steps];
        for &start in starts {
            is_start[start as usize] = true;
        }
        let mut search = Search {
            edges,
            outgoing,
            incoming,
            starts: is_start,
            marks,
            components: Components::new(steps),
            set: vec![0; steps],
            sets: 0,
        };
        search.run(steps)
    }

    /// The region and those around it, from the inside out.
    pub(crate) fn around(&self, region: Option<u32>) -> impl Iterator<Item = u32> {
        std::iter::successors(region, |&at| self.regions[at as usize].parent)
    }

    /// Whether a step is inside a region.
    pub(crate) fn contains(&self, region: u32, step: u32) -> bool {
        self.around(self.of_step[step as usize]).any(|at| at == region)
    }

    /// The innermost region that contains both regions.
    pub(crate) fn meet(&self, a: Option<u32>, b: Option<u32>) -> Option<u32> {
        let (mut a, mut b) = (a?, b?);
        while a != b {
            let (da, db) = (self.depth[a as usize], self.depth[b as usize]);
            if da >= db {
                a = self.regions[a as usize].parent?;
            } else {
                b = self.regions[b as usize].parent?;
            }
        }
        Some(a)
    }

    /// The outermost region that an edge leaves.
    pub(crate) fn leaves(&self, (from, to): (u32, u32)) -> Option<u32> {
        let from = self.of_step[from as usize];
        let common = self.meet(from, self.of_step[to as usize]);
        self.around(from).take_while(|&region| Some(region) != common).last()
    }
}

impl Search<'_> {
    fn run(&mut self, steps: usize) -> Loops {
        let mut loops = Loops {
            regions: Vec::new(),
            depth: Vec::new(),
            of_step: vec![None; steps],
            back: vec![None; self.edges.len()],
            rank: vec![0; steps],
            too_deep: None,
        };
        let all: Vec<u32> = (0..steps as u32).collect();
        let found = self.components.find(&all, self.outgoing, |edge| Some(self.edges[edge as usize].1));
        for (rank, component) in found.iter().enumerate() {
            for &step in component {
                loops.rank[step as usize] = rank as u32;
            }
        }
        let mut waiting = self.cycles(found, None, 0, &loops.back);
        while let Some(found) = waiting.pop() {
            self.settle(found, &mut loops, &mut waiting);
        }
        loops
    }

    /// Makes a found set a region, and looks for the regions inside it.
    fn settle(&mut self, found: Found, loops: &mut Loops, waiting: &mut Vec<Found>) {
        let Found { region, mark, depth } = found;
        let number = loops.regions.len() as u32;
        for &step in &region.steps {
            loops.of_step[step as usize] = Some(number);
        }
        for &edge in self.incoming.of(region.head) {
            if self.set[self.edges[edge as usize].0 as usize] == mark {
                loops.back[edge as usize] = Some(number);
            }
        }
        let inside = self.components.find(&region.steps, self.outgoing, |edge| {
            let to = self.edges[edge as usize].1;
            (self.set[to as usize] == mark && to != region.head).then_some(to)
        });
        let inner = self.cycles(inside, Some(number), depth + 1, &loops.back);
        if depth + 1 < MAX_DEPTH {
            waiting.extend(inner);
        } else if !inner.is_empty() {
            loops.too_deep.get_or_insert(number);
        }
        loops.regions.push(region);
        loops.depth.push(depth);
    }

    /// Those components that are cycles, the one with the first step last.
    fn cycles(
        &mut self,
        components: Vec<Vec<u32>>,
        parent: Option<u32>,
        depth: u32,
        back: &[Option<u32>],
    ) -> Vec<Found> {
        let mut cycles: Vec<(u32, Vec<u32>)> = Vec::new();
        for steps in components {
            if steps.len() > 1 || self.loops_to_itself(steps[0], back) {
                self.sets += 1;
                for &step in &steps {
                    self.set[step as usize] = self.sets;
                }
                cycles.push((self.sets, steps));
            } else if parent.is_some() {
                // A step of the region around that is in no inner cycle: keep it apart from the inner ones.
                self.set[steps[0] as usize] = NOWHERE;
            }
        }
        cycles.sort_unstable_by_key(|(_, steps)| std::cmp::Reverse(steps[0]));
        let found = cycles.into_iter().map(|(mark, steps)| {
            let region = self.region(steps, mark, parent);
            Found { region, mark, depth }
        });
        found.collect()
    }

    fn loops_to_itself(&self, step: u32, back: &[Option<u32>]) -> bool {
        let mut edges = self.outgoing.of(step).iter();
        edges.any(|&edge| self.edges[edge as usize].1 == step && back[edge as usize].is_none())
    }

    fn region(&self, steps: Vec<u32>, mark: u32, parent: Option<u32>) -> LoopRegion {
        let is_entry = |step: u32| {
            let mut sources = self.incoming.of(step).iter().map(|&edge| self.edges[edge as usize].0);
            self.starts[step as usize] || sources.any(|from| self.set[from as usize] != mark)
        };
        let entries: Vec<u32> = steps.iter().copied().filter(|&step| is_entry(step)).collect();
        let (head, found) = match entries.as_slice() {
            [] => (steps[0], Head::Unreachable),
            [only] => (*only, Head::OnlyEntry),
            [first, ..] => match self.first_mark(&steps, mark) {
                None => (*first, Head::Unmarked),
                Some((edge, to)) if entries.binary_search(&to).is_ok() => (to, Head::Marked(edge)),
                Some((edge, _)) => (*first, Head::MarkedNoEntry(edge)),
            },
        };
        LoopRegion { parent, head, entries, steps, found }
    }

    /// The first edge inside a set that is marked as going back, and its target.
    fn first_mark(&self, steps: &[u32], mark: u32) -> Option<(u32, u32)> {
        let edges = steps.iter().flat_map(|&step| self.outgoing.of(step));
        let marked =
            edges.filter_map(|&edge| Some((self.marks[edge as usize]?, edge, self.edges[edge as usize].1)));
        let first = marked.filter(|&(_, _, to)| self.set[to as usize] == mark).min();
        first.map(|(_, edge, to)| (edge, to))
    }
}
