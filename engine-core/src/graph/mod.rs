//! The compiled, checked form of a definition: dense numbers instead of names, expressions compiled once.
//!
//! Steps and edges of all scopes are numbered through. The steps of a scope are contiguous, the edges that leave a
//! step are contiguous and in the order written. A graph is compiled once and shared by reference.
//!
//! * [`load`] reads a text and compiles it; [`Graph::compile`] starts from a [`Definition`], [`Graph::check`] only says
//!   what is wrong with it. Every finding has a stable [`code`].
//! * [`analysis`] answers questions: levels, the critical path, what must come before what.
//! * [`render`] draws: Mermaid, DOT, JSON.
//!
//! The order written, which `choose: first` and `join: each` go by: the steps in their order, each with its `needs` and
//! then its `next`, and after them the scope's `edges`.

pub mod analysis;
mod check;
pub mod code;
mod compile;
mod csr;
mod finding;
mod join;
mod layout;
mod load;
mod node;
mod region;
pub mod render;
mod shape;

pub use compile::Compiled;
pub use load::{Loaded, load};
pub use node::{
    ActivityNode, CompiledRetry, Kind, Link, Node, Region, RunTimeLength, ScopeNode, Setter, SlaNode,
    TaskNode, UndoNode,
};

use std::sync::Arc;

use crate::base::Payload;
use crate::definition::Definition;
use crate::expr::Template;

/// A compiled definition. Read-only; shared as `Arc<Graph>`.
pub struct Graph {
    pub(crate) definition: Arc<Definition>,
    /// The flow's key.
    pub(crate) flow: Arc<str>,
    /// Scopes; 0 is the flow itself.
    pub(crate) scopes: Vec<ScopeNode>,
    pub(crate) steps: Vec<Node>,
    pub(crate) edges: Vec<Link>,
    /// Incoming edges of every step, in the order written: `incoming[node.incoming]`. Back edges are among them.
    pub(crate) incoming: Vec<u32>,
    pub(crate) regions: Vec<Region>,
    /// The steps of every scope, by their ids: `by_id[scope.steps]`.
    by_id: Vec<u32>,
    /// All steps by their paths.
    by_path: Vec<u32>,
    /// `vars` at the start.
    pub(crate) vars: Vec<(Arc<str>, Template)>,
    pub(crate) output: Option<Template>,
    pub(crate) timeout: Option<RunTimeLength>,
    pub(crate) sla: SlaNode,
    /// Pools of one instance, with their sizes.
    pub(crate) pools: Vec<(Arc<str>, u32)>,
    /// Validates the input, if there is a schema.
    pub(crate) input: Option<jsonschema::Validator>,
    /// The input's schema, for its defaults.
    pub(crate) input_schema: Payload,
}

impl Graph {
    /// The definition that it was compiled from.
    pub fn definition(&self) -> &Arc<Definition> {
        &self.definition
    }

    /// The flow's key.
    pub fn flow(&self) -> &str {
        &self.flow
    }

    /// How many steps there are, those of inner scopes included.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is no step.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// All steps; a step's number is its place.
    pub fn steps(&self) -> &[Node] {
        &self.steps
    }

    /// All edges; an edge's number is its place.
    pub fn edges(&self) -> &[Link] {
        &self.edges
    }

    /// All scopes; 0 is the flow itself.
    pub fn scopes(&self) -> &[ScopeNode] {
        &self.scopes
    }

    /// All regions; those of a scope are contiguous, outer ones before the ones they contain.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// The path of a step, for example `each/pay`; empty where there is no such step.
    pub fn path(&self, step: u32) -> &str {
        self.steps.get(step as usize).map_or("", |node| &node.path)
    }

    /// The number of the step at a path.
    pub fn step_by_path(&self, path: &str) -> Option<u32> {
        let found = self.by_path.binary_search_by(|&step| self.path(step).cmp(path)).ok()?;
        Some(self.by_path[found])
    }

    /// The number of the step with an id in a scope.
    pub fn step_in(&self, scope: u32, id: &str) -> Option<u32> {
        let steps = &self.scopes.get(scope as usize)?.steps;
        let ids = &self.by_id[steps.start as usize..steps.end as usize];
        let found = ids.binary_search_by(|&step| (*self.steps[step as usize].id).cmp(id)).ok()?;
        Some(ids[found])
    }

    /// The edges that lead to a step, in the order written, back edges included; none where there is no such step.
    pub fn incoming(&self, step: u32) -> &[u32] {
        let range = self.steps.get(step as usize).map_or(0..0, |node| node.incoming.clone());
        &self.incoming[range.start as usize..range.end as usize]
    }

    /// How many of the edges that a step's join counts come from steps of a region: those that are open again when that
    /// region restarts. The others have entered it from outside and are spent.
    pub fn arity_in(&self, step: u32, region: u32) -> u32 {
        let inside = |edge: &&u32| {
            let link = &self.edges[**edge as usize];
            let within = std::iter::successors(self.steps[link.from as usize].region, |&at| {
                self.regions[at as usize].parent
            });
            link.back.is_none() && within.into_iter().any(|at| at == region)
        };
        self.incoming(step).iter().filter(inside).count() as u32
    }
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph")
            .field("flow", &self.flow)
            .field("scopes", &self.scopes.len())
            .field("steps", &self.steps.len())
            .field("edges", &self.edges.len())
            .field("regions", &self.regions.len())
            .finish()
    }
}
