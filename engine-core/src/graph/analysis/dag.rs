//! A graph without cycles: order, levels, what comes before and what runs beside.

use super::{AnalysisError, View};
use crate::graph::csr::Csr;

/// A graph without cycles, with its steps in order.
#[derive(Debug)]
pub struct Dag<'a> {
    view: &'a View,
    order: Vec<u32>,
}

/// The steps by levels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// The level of each step: the most edges on a way from a root to it. Roots have 0.
    pub of: Vec<u32>,
    /// How many steps each level has.
    pub widths: Vec<u32>,
}

impl Levels {
    /// The widest level and its width; the first one, where several are as wide. `None` where there is no step.
    pub fn widest(&self) -> Option<(u32, u32)> {
        let mut widest: Option<(u32, u32)> = None;
        for (level, &width) in self.widths.iter().enumerate() {
            if widest.is_none_or(|(_, most)| width > most) {
                widest = Some((level as u32, width));
            }
        }
        widest
    }
}

/// The steps in an order in which every edge leads forward, or `None` where there is a cycle. Among steps that could
/// come next, those that became so first come first.
pub(crate) fn topological_order(
    steps: usize,
    outgoing: &Csr,
    target: impl Fn(u32) -> Option<u32>,
) -> Option<Vec<u32>> {
    let mut missing = vec![0u32; steps];
    for to in outgoing.items().iter().filter_map(|&edge| target(edge)) {
        missing[to as usize] += 1;
    }
    let mut order: Vec<u32> = (0..steps as u32).filter(|&step| missing[step as usize] == 0).collect();
    let mut at = 0;
    while let Some(&step) = order.get(at) {
        at += 1;
        for to in outgoing.of(step).iter().filter_map(|&edge| target(edge)) {
            missing[to as usize] -= 1;
            if missing[to as usize] == 0 {
                order.push(to);
            }
        }
    }
    (order.len() == steps).then_some(order)
}

impl<'a> Dag<'a> {
    pub(super) fn of(view: &'a View) -> Result<Self, AnalysisError> {
        match topological_order(view.len(), view.outgoing(), |edge| Some(view.edges()[edge as usize].1)) {
            Some(order) => Ok(Self { view, order }),
            None => Err(AnalysisError::Cyclic { cycle: a_cycle(view) }),
        }
    }

    /// The graph.
    pub fn view(&self) -> &'a View {
        self.view
    }

    /// The steps in an order in which every edge leads forward.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The steps by levels.
    pub fn levels(&self) -> Levels {
        let mut of = vec![0u32; self.view.len()];
        for &step in &self.order {
            for to in self.view.to(step) {
                of[to as usize] = of[to as usize].max(of[step as usize] + 1);
            }
        }
        let mut widths = vec![0u32; of.iter().max().map_or(0, |&deepest| deepest as usize + 1)];
        for &level in &of {
            widths[level as usize] += 1;
        }
        Levels { of, widths }
    }

    /// The width of the widest level.
    pub fn widest_level(&self) -> u32 {
        self.levels().widest().map_or(0, |(_, width)| width)
    }

    /// All steps that must come before a step, ascending.
    ///
    /// # Errors
    /// When there is no such step.
    pub fn before(&self, step: u32) -> Result<Vec<u32>, AnalysisError> {
        self.view.has(step)?;
        Ok(listed(&self.reached(step, false)))
    }

    /// All steps that come after a step, ascending.
    ///
    /// # Errors
    /// When there is no such step.
    pub fn after(&self, step: u32) -> Result<Vec<u32>, AnalysisError> {
        self.view.has(step)?;
        Ok(listed(&self.reached(step, true)))
    }

    /// All steps that can run at the same time as a step, ascending: those that come neither before nor after it.
    ///
    /// # Errors
    /// When there is no such step.
    pub fn beside(&self, step: u32) -> Result<Vec<u32>, AnalysisError> {
        self.view.has(step)?;
        let (before, after) = (self.reached(step, false), self.reached(step, true));
        let beside = (0..self.view.len() as u32)
            .filter(|&other| other != step && !before[other as usize] && !after[other as usize]);
        Ok(beside.collect())
    }

    fn reached(&self, step: u32, forward: bool) -> Vec<bool> {
        let mut seen = vec![false; self.view.len()];
        let mut stack = vec![step];
        while let Some(at) = stack.pop() {
            let mut visit = |next: u32| {
                if !std::mem::replace(&mut seen[next as usize], true) {
                    stack.push(next);
                }
            };
            if forward {
                self.view.to(at).for_each(&mut visit);
            } else {
                self.view.from(at).for_each(&mut visit);
            }
        }
        seen
    }
}

fn listed(seen: &[bool]) -> Vec<u32> {
    (0..seen.len() as u32).filter(|&step| seen[step as usize]).collect()
}

/// The steps of a cycle, in its order: of the first component that is one.
fn a_cycle(view: &View) -> Vec<u32> {
    let all: Vec<u32> = (0..view.len() as u32).collect();
    let target = |edge: u32| Some(view.edges()[edge as usize].1);
    let components = super::Components::new(view.len()).find(&all, view.outgoing(), target);
    let cyclic =
        components.into_iter().filter(|steps| steps.len() > 1 || view.to(steps[0]).any(|to| to == steps[0]));
    let Some(inside) = cyclic.min_by_key(|steps| steps[0]) else { return Vec::new() };
    way_round(inside[0], |step| view.to(step).filter(|to| inside.binary_search(to).is_ok()).collect())
}

/// A shortest way from a step back to itself, over steps of its component.
pub(crate) fn way_round(start: u32, next: impl Fn(u32) -> Vec<u32>) -> Vec<u32> {
    let mut came_from = std::collections::BTreeMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(step) = queue.pop_front() {
        for to in next(step) {
            if to == start {
                let mut way = vec![step];
                while let Some(&before) = way.last().and_then(|last| came_from.get(last)) {
                    way.push(before);
                }
                way.reverse();
                return way;
            }
            came_from.entry(to).or_insert_with(|| {
                queue.push_back(to);
                step
            });
        }
    }
    vec![start]
}
