//! Edges that follow from others.

use super::{AnalysisError, Dag};

/// So many edges are looked at before the question is given up: some seconds.
const MOST_VISITS: u64 = 2_000_000_000;

impl Dag<'_> {
    /// The edges, by their places in [`View::edges`](super::View::edges), that can be left out without changing what
    /// comes before what: another way leads from their first to their second step. Of an edge that is there twice, the
    /// second one counts as such.
    ///
    /// # Errors
    /// [`AnalysisError::TooLarge`] for graphs that are both very large and very dense.
    pub fn redundant_edges(&self) -> Result<Vec<u32>, AnalysisError> {
        let all = vec![true; self.view().edges().len()];
        self.redundant_among(&all, |_| true, MOST_VISITS)
    }

    /// The edges that must stay: the transitive reduction.
    ///
    /// # Errors
    /// As [`Dag::redundant_edges`].
    pub fn transitive_reduction(&self) -> Result<Vec<u32>, AnalysisError> {
        let mut keep = vec![true; self.view().edges().len()];
        for edge in self.redundant_edges()? {
            keep[edge as usize] = false;
        }
        Ok((0..keep.len() as u32).filter(|&edge| keep[edge as usize]).collect())
    }

    /// The same over some of the edges, where the ways go only `through` some of the steps.
    pub(crate) fn redundant_among(
        &self,
        edges: &[bool],
        through: impl Fn(u32) -> bool,
        most_visits: u64,
    ) -> Result<Vec<u32>, AnalysisError> {
        let view = self.view();
        let levels = self.levels().of;
        let mut place = vec![0u32; view.len()];
        for (at, &step) in self.order().iter().enumerate() {
            place[step as usize] = at as u32;
        }
        let to = |edge: u32| view.edges()[edge as usize].1;
        // The step from which a step was last seen, so that nothing need be cleared.
        let mut seen_from = vec![u32::MAX; view.len()];
        let (mut redundant, mut stack, mut visits) = (Vec::new(), Vec::new(), 0u64);
        for step in 0..view.len() as u32 {
            let mut out: Vec<u32> =
                view.outgoing().of(step).iter().copied().filter(|&edge| edges[edge as usize]).collect();
            if out.len() < 2 {
                continue;
            }
            out.sort_by_key(|&edge| place[to(edge) as usize]);
            let deepest = out.iter().map(|&edge| levels[to(edge) as usize]).max().unwrap_or(0);
            for edge in out {
                if seen_from[to(edge) as usize] == step {
                    redundant.push(edge);
                    continue;
                }
                seen_from[to(edge) as usize] = step;
                stack.push(to(edge));
                while let Some(at) = stack.pop() {
                    if !through(at) {
                        continue;
                    }
                    for &next in view.outgoing().of(at) {
                        visits += 1;
                        let end = to(next) as usize;
                        if edges[next as usize] && levels[end] <= deepest && seen_from[end] != step {
                            seen_from[end] = step;
                            stack.push(end as u32);
                        }
                    }
                }
                if visits > most_visits {
                    return Err(AnalysisError::TooLarge { visited: visits });
                }
            }
        }
        redundant.sort_unstable();
        Ok(redundant)
    }
}
