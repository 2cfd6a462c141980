//! Puts the compiled parts together.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::step::{FlowParts, StepParts};
use super::{MAX_ITERATIONS, Parts};
use crate::definition::{Definition, OnFailure, Outcome, StepKind};
use crate::expr::{Expression, Template};
use crate::graph::layout::{Layout, StepAt};
use crate::graph::shape::Shape;
use crate::graph::{Graph, Link, Node, Region, ScopeNode};

/// The compiled parts.
pub(super) struct Assembly<'a, 'd> {
    pub(super) definition: &'d Definition,
    pub(super) layout: &'a Layout<'d>,
    pub(super) shape: &'a Shape,
    pub(super) flow: FlowParts,
    pub(super) steps: Vec<StepParts>,
    pub(super) conditions: Vec<Option<Expression>>,
    pub(super) outputs: Vec<Option<Template>>,
}

impl Assembly<'_, '_> {
    /// The whole; none where a part is missing, which has been reported then.
    pub(super) fn finish(mut self, losers: BTreeMap<u32, Vec<u32>>) -> Option<Parts> {
        let regions = self.regions();
        let edges = self.links();
        let scopes = self.scopes(&regions);
        let steps = self.nodes(losers)?;
        let (by_id, by_path) = self.indexes();
        let flow = self.flow;
        Some(Parts {
            scopes,
            steps,
            edges,
            incoming: self.layout.incoming.items().to_vec(),
            regions,
            by_id,
            by_path,
            vars: flow.vars,
            output: flow.output,
            timeout: flow.timeout,
            sla: flow.sla,
            pools: flow.pools,
            input: flow.input,
            input_schema: flow.input_schema,
        })
    }

    fn regions(&self) -> Vec<Region> {
        let loops = &self.shape.loops;
        let region = |found: &crate::graph::analysis::LoopRegion| Region {
            scope: self.layout.steps[found.head as usize].scope,
            parent: found.parent,
            head: found.head,
            steps: found.steps.clone(),
            edges: Vec::new(),
            exits: Vec::new(),
        };
        let mut regions: Vec<Region> = loops.regions.iter().map(region).collect();
        for (edge, &(from, to)) in self.layout.ends.iter().enumerate() {
            let common = loops.meet(loops.of_step[from as usize], loops.of_step[to as usize]);
            for around in loops.around(common) {
                regions[around as usize].edges.push(edge as u32);
            }
            if let Some(left) = loops.leaves((from, to)) {
                regions[left as usize].exits.push(edge as u32);
            }
        }
        regions
    }

    fn links(&mut self) -> Vec<Link> {
        let conditions = std::mem::take(&mut self.conditions);
        let loops = &self.shape.loops;
        let links = self.layout.edges.iter().zip(conditions).enumerate().map(|(number, (edge, when))| Link {
            from: edge.from,
            to: edge.to,
            source: edge.source.clone(),
            on: edge.on,
            when,
            otherwise: edge.otherwise,
            signal: edge
                .signal
                .filter(|_| edge.on == Outcome::Signal)
                .map(|name| (name.into(), edge.interrupt.unwrap_or(true))),
            back: loops.back[number],
            max_iterations: edge.max_iterations.unwrap_or(MAX_ITERATIONS),
            leaves: loops.leaves((edge.from, edge.to)),
        });
        links.collect()
    }

    fn scopes(&mut self, regions: &[Region]) -> Vec<ScopeNode> {
        let outputs = std::mem::take(&mut self.outputs);
        let (mut region, mut start) = (0usize, 0usize);
        let mut scopes = Vec::with_capacity(self.layout.scopes.len());
        for (number, (scope, output)) in self.layout.scopes.iter().zip(outputs).enumerate() {
            let first_region = region;
            while regions.get(region).is_some_and(|one| one.scope == number as u32) {
                region += 1;
            }
            let first_start = start;
            while self.shape.starts.get(start).is_some_and(|one| scope.steps.contains(one)) {
                start += 1;
            }
            let on_failure = match scope.owner {
                None => self.definition.on_failure,
                Some(owner) => on_failure(&self.layout.steps[owner as usize].step.kind),
            };
            scopes.push(ScopeNode {
                owner: scope.owner,
                steps: scope.steps.clone(),
                edges: scope.edges.clone(),
                regions: first_region as u32..region as u32,
                starts: self.shape.starts[first_start..start].to_vec(),
                sinks: scope.steps.clone().filter(|&step| self.layout.outgoing.degree(step) == 0).collect(),
                on_failure,
                output,
                depth: scope.depth,
            });
        }
        scopes
    }

    fn nodes(&mut self, mut losers: BTreeMap<u32, Vec<u32>>) -> Option<Vec<Node>> {
        let parts = std::mem::take(&mut self.steps);
        let steps = self.layout.steps.iter().zip(parts).enumerate();
        let nodes = steps.map(|(number, (at, parts))| {
            let losers = losers.remove(&(number as u32)).unwrap_or_default();
            self.node(number as u32, at, parts, losers)
        });
        nodes.collect()
    }

    fn node(&self, number: u32, at: &StepAt<'_>, parts: StepParts, losers: Vec<u32>) -> Option<Node> {
        let (layout, loops, step) = (self.layout, &self.shape.loops, at.step);
        let region = loops.of_step[number as usize];
        let forward = || self.shape.forward_in(layout, number);
        let arity_again = match region {
            Some(region) => {
                forward().filter(|&edge| loops.contains(region, layout.ends[edge as usize].0)).count()
            }
            None => forward().count(),
        };
        let range = |range: std::ops::Range<usize>| range.start as u32..range.end as u32;
        Some(Node {
            id: step.id.as_str().into(),
            path: at.path.as_str().into(),
            source: at.source.clone(),
            title: step.title.as_deref().unwrap_or(&step.id).into(),
            scope: at.scope,
            inner: at.inner,
            outgoing: range(layout.outgoing.range(number)),
            incoming: range(layout.incoming.range(number)),
            arity: forward().count() as u32,
            arity_again: arity_again as u32,
            region,
            join: step.join,
            losers,
            choose: step.choose,
            cancels: parts.cancels,
            set: parts.set,
            timeout: parts.timeout,
            sla: parts.sla,
            undo: parts.undo,
            resources: parts.held.own,
            engine_resources: parts.held.engine,
            kind: parts.kind?,
        })
    }

    /// The steps of each scope by their ids, and all steps by their paths.
    fn indexes(&self) -> (Vec<u32>, Vec<u32>) {
        let by_id = self.layout.scopes.iter().flat_map(|scope| scope.ids.values().copied()).collect();
        let mut by_path: Vec<u32> = (0..self.layout.steps.len() as u32).collect();
        by_path.sort_by_key(|&step| &self.layout.steps[step as usize].path);
        (by_id, by_path)
    }
}

fn on_failure(kind: &StepKind) -> OnFailure {
    match kind {
        StepKind::Group(group) => group.on_failure,
        StepKind::ForEach(each) => each.on_failure,
        StepKind::Loop(repeat) => repeat.on_failure,
        _ => OnFailure::default(),
    }
}

impl Parts {
    /// The graph of a definition, which these are the parts of.
    pub(super) fn into_graph(self, definition: Arc<Definition>) -> Graph {
        Graph {
            flow: definition.flow.as_str().into(),
            definition,
            scopes: self.scopes,
            steps: self.steps,
            edges: self.edges,
            incoming: self.incoming,
            regions: self.regions,
            by_id: self.by_id,
            by_path: self.by_path,
            vars: self.vars,
            output: self.output,
            timeout: self.timeout,
            sla: self.sla,
            pools: self.pools,
            input: self.input,
            input_schema: self.input_schema,
        }
    }
}
