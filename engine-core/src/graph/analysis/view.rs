//! A plain directed graph: numbers and edges.

use std::fmt;

use super::{Dag, LoopRegion, Loops};
use crate::graph::csr::Csr;
use crate::graph::{Graph, ScopeNode};

/// A plain directed graph over the steps `0..len`, to ask questions of. It is made from numbers and edges, or from a
/// scope of a compiled flow.
///
/// ```
/// use flowwright::graph::analysis::View;
///
/// let view = View::new(4, &[(0, 1), (0, 2), (1, 3), (2, 3)])?;
/// let dag = view.dag()?;
/// assert_eq!(dag.levels().widths, [1, 2, 1]);
/// assert_eq!(dag.critical_path(&[5, 1, 7, 2]).length, 14);
/// assert_eq!(dag.beside(1)?, [2]);
/// # Ok::<(), flowwright::graph::analysis::AnalysisError>(())
/// ```
#[derive(Clone, Debug)]
pub struct View {
    len: usize,
    edges: Vec<(u32, u32)>,
    outgoing: Csr,
    incoming: Csr,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnalysisError {
    /// An edge leads from or to a step that is not there.
    NoSuchStep {
        /// The number of the step.
        step: u32,
    },
    /// The question is one about graphs without cycles, and there is one.
    Cyclic {
        /// The steps of the first cycle, in its order.
        cycle: Vec<u32>,
    },
    /// The answer would take too much work: so many edges were looked at.
    TooLarge {
        /// How many edges were looked at before giving up.
        visited: u64,
    },
}

impl fmt::Display for AnalysisError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchStep { step } => write!(f, "an edge names step {step}, which is not there"),
            Self::Cyclic { cycle } => {
                write!(f, "the graph has a cycle: {cycle:?}; leave out an edge that goes back")
            }
            Self::TooLarge { visited } => {
                write!(
                    f,
                    "the graph is too dense for this question (gave up after {visited} edges): ask per scope"
                )
            }
        }
    }
}

impl std::error::Error for AnalysisError {}

impl View {
    /// A graph of `len` steps with these edges.
    ///
    /// # Errors
    /// When an edge names a step that is not there.
    pub fn new(len: usize, edges: &[(u32, u32)]) -> Result<Self, AnalysisError> {
        let bad = edges.iter().flat_map(|&(from, to)| [from, to]).find(|&step| step as usize >= len);
        match bad {
            Some(step) => Err(AnalysisError::NoSuchStep { step }),
            None => Ok(Self::checked(len, edges.to_vec())),
        }
    }

    fn checked(len: usize, edges: Vec<(u32, u32)>) -> Self {
        let outgoing = Csr::group(len, edges.iter().map(|edge| edge.0));
        let incoming = Csr::group(len, edges.iter().map(|edge| edge.1));
        Self { len, edges, outgoing, incoming }
    }

    /// The steps of one scope of a flow, numbered from 0 in the order written (step `i` is number `scope.steps.start +
    /// i` of the flow), without the edges that go back: what is left has no cycle.
    pub fn of_scope(graph: &Graph, scope: &ScopeNode) -> Self {
        Self::of_edges(graph, scope, false)
    }

    /// As [`View::of_scope`], with the edges that go back.
    pub fn of_scope_with_cycles(graph: &Graph, scope: &ScopeNode) -> Self {
        Self::of_edges(graph, scope, true)
    }

    fn of_edges(graph: &Graph, scope: &ScopeNode, back: bool) -> Self {
        let first = scope.steps.start;
        let links = &graph.edges[scope.edges.start as usize..scope.edges.end as usize];
        let links = links.iter().filter(|link| back || link.back.is_none());
        Self::checked(scope.steps.len(), links.map(|link| (link.from - first, link.to - first)).collect())
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no step.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The edges, as `(from, to)`, in the order given.
    pub fn edges(&self) -> &[(u32, u32)] {
        &self.edges
    }

    pub(crate) fn outgoing(&self) -> &Csr {
        &self.outgoing
    }

    /// The steps that an edge leads to from this one, in the order of the edges.
    ///
    /// # Errors
    /// When there is no such step.
    pub fn successors(&self, step: u32) -> Result<Vec<u32>, AnalysisError> {
        self.has(step)?;
        Ok(self.to(step).collect())
    }

    /// The steps from which an edge leads to this one, in the order of the edges.
    ///
    /// # Errors
    /// When there is no such step.
    pub fn predecessors(&self, step: u32) -> Result<Vec<u32>, AnalysisError> {
        self.has(step)?;
        Ok(self.from(step).collect())
    }

    pub(super) fn has(&self, step: u32) -> Result<(), AnalysisError> {
        if (step as usize) < self.len { Ok(()) } else { Err(AnalysisError::NoSuchStep { step }) }
    }

    pub(super) fn to(&self, step: u32) -> impl Iterator<Item = u32> {
        self.outgoing.of(step).iter().map(|&edge| self.edges[edge as usize].1)
    }

    pub(super) fn from(&self, step: u32) -> impl Iterator<Item = u32> {
        self.incoming.of(step).iter().map(|&edge| self.edges[edge as usize].0)
    }

    /// The steps that no edge leads to.
    pub fn roots(&self) -> Vec<u32> {
        (0..self.len as u32).filter(|&step| self.incoming.degree(step) == 0).collect()
    }

    /// The steps that no edge leaves.
    pub fn leaves(&self) -> Vec<u32> {
        (0..self.len as u32).filter(|&step| self.outgoing.degree(step) == 0).collect()
    }

    /// The most edges that lead to one step.
    pub fn max_in_degree(&self) -> usize {
        (0..self.len as u32).map(|step| self.incoming.degree(step)).max().unwrap_or(0)
    }

    /// The most edges that leave one step.
    pub fn max_out_degree(&self) -> usize {
        (0..self.len as u32).map(|step| self.outgoing.degree(step)).max().unwrap_or(0)
    }

    /// How many parts there are that no edge joins.
    pub fn weak_components(&self) -> usize {
        let mut seen = vec![false; self.len];
        let mut parts = 0;
        for start in 0..self.len as u32 {
            if seen[start as usize] {
                continue;
            }
            parts += 1;
            seen[start as usize] = true;
            let mut stack = vec![start];
            while let Some(step) = stack.pop() {
                for next in self.to(step).chain(self.from(step)) {
                    if !std::mem::replace(&mut seen[next as usize], true) {
                        stack.push(next);
                    }
                }
            }
        }
        parts
    }

    /// The graph as one without cycles, for the questions that need that.
    ///
    /// # Errors
    /// [`AnalysisError::Cyclic`], with the steps of a cycle.
    pub fn dag(&self) -> Result<Dag<'_>, AnalysisError> {
        Dag::of(self)
    }

    /// The cycles as nested regions, outer ones before the ones they contain. Starts are the steps that no edge leads
    /// to (the first step, if there is none); `marked` are the edges that are marked as going back.
    pub fn loop_regions(&self, marked: &[u32]) -> Vec<LoopRegion> {
        let mut starts = self.roots();
        if starts.is_empty() && self.len > 0 {
            starts.push(0);
        }
        let mut marks = vec![None; self.edges.len()];
        for &edge in marked {
            if let Some(mark) = marks.get_mut(edge as usize) {
                *mark = Some(edge);
            }
        }
        Loops::find(&self.edges, &self.outgoing, &self.incoming, &starts, &marks).regions
    }
}
