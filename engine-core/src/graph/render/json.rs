//! The graph as data, for programs that draw it themselves.

use schemars::JsonSchema;
use serde::Serialize;

use super::label::edge_label;
use crate::definition::{Choose, Join, Outcome};
use crate::graph::analysis::View;
use crate::graph::{Graph, Kind};

/// The graph as data: what `graph --format json` gives.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Drawing {
    /// The flow's key.
    pub flow: String,
    /// All steps; a step's number is its place.
    pub steps: Vec<DrawnStep>,
    /// All edges; an edge's number is its place.
    pub edges: Vec<DrawnEdge>,
    /// All scopes; 0 is the flow itself.
    pub scopes: Vec<DrawnScope>,
    /// All cycles, outer ones before the ones they contain.
    pub regions: Vec<DrawnRegion>,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DrawnStep {
    /// Its id.
    pub id: String,
    /// Its path from the flow down.
    pub path: String,
    /// Its title, or its id.
    pub title: String,
    /// Its type, as in a definition.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The scope that it is in.
    pub scope: u32,
    /// The scope inside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inner: Option<u32>,
    /// The innermost cycle that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<u32>,
    /// The most edges on a way from a start of its scope to it, without those that go back.
    pub level: u32,
    /// How its incoming edges start it.
    pub join: Join,
    /// Which outgoing edges may be taken.
    pub choose: Choose,
    /// Where it stands in the document.
    pub source: String,
}

/// An edge.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DrawnEdge {
    /// The step that it leaves.
    pub from: u32,
    /// The step that it leads to.
    pub to: u32,
    /// The outcome that it listens to.
    pub on: Outcome,
    /// The signal that it listens to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<String>,
    /// The condition, as CEL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Whether it is an `else` edge.
    #[serde(rename = "else", skip_serializing_if = "std::ops::Not::not")]
    pub otherwise: bool,
    /// The cycle that it restarts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back: Option<u32>,
    /// How often it may be taken, if it goes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_iterations: Option<u32>,
    /// What is written on it in a drawing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Where it stands in the document.
    pub source: String,
}

/// A scope.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DrawnScope {
    /// The step that it is inside of; none for the flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<u32>,
    /// Its steps.
    pub steps: Vec<u32>,
    /// The steps that start with it.
    pub starts: Vec<u32>,
    /// The steps that no edge leaves.
    pub sinks: Vec<u32>,
    /// Its steps by levels.
    pub levels: Vec<Vec<u32>>,
}

/// A cycle.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DrawnRegion {
    /// The scope that it is in.
    pub scope: u32,
    /// The cycle around it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
    /// Where a pass begins.
    pub head: u32,
    /// Its steps, those of inner cycles too.
    pub steps: Vec<u32>,
}

/// The flow as data.
pub fn drawing(graph: &Graph) -> Drawing {
    let mut levels = vec![0u32; graph.steps.len()];
    let scopes = graph.scopes.iter().map(|scope| {
        let view = View::of_scope(graph, scope);
        // Without the edges that go back no cycle is left.
        let found = view.dag().map(|dag| dag.levels()).unwrap_or_default();
        let mut by_level = vec![Vec::new(); found.widths.len()];
        for (step, level) in scope.steps.clone().zip(found.of) {
            levels[step as usize] = level;
            by_level[level as usize].push(step);
        }
        DrawnScope {
            owner: scope.owner,
            steps: scope.steps.clone().collect(),
            starts: scope.starts.clone(),
            sinks: scope.sinks.clone(),
            levels: by_level,
        }
    });
    let scopes = scopes.collect();
    let steps = graph.steps.iter().zip(&levels).map(|(node, &level)| DrawnStep {
        id: node.id.to_string(),
        path: node.path.to_string(),
        title: node.title.to_string(),
        kind: node.kind.name(),
        scope: node.scope,
        inner: node.inner,
        region: node.region,
        level,
        join: node.join,
        choose: node.choose,
        source: node.source.clone(),
    });
    let edges = graph.edges.iter().map(|link| DrawnEdge {
        from: link.from,
        to: link.to,
        on: link.on,
        signal: link.signal.as_ref().map(|(name, _)| name.to_string()),
        when: link.when.as_ref().map(|when| when.source().to_owned()),
        otherwise: link.otherwise,
        back: link.back,
        max_iterations: link.back.map(|_| link.max_iterations),
        label: edge_label(link),
        source: link.source.clone(),
    });
    let regions = graph.regions.iter().map(|region| DrawnRegion {
        scope: region.scope,
        parent: region.parent,
        head: region.head,
        steps: region.steps.clone(),
    });
    Drawing {
        flow: graph.flow.to_string(),
        steps: steps.collect(),
        edges: edges.collect(),
        scopes,
        regions: regions.collect(),
    }
}

impl Kind {
    /// The word that `type` has in a definition.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Activity(_) => "activity",
            Self::UserTask(_) => "user_task",
            Self::Timer { .. } => "timer",
            Self::Signal { .. } => "signal",
            Self::Emit { .. } => "emit",
            Self::Decision { .. } => "decision",
            Self::Assign => "assign",
            Self::Call { .. } => "call",
            Self::Group => "group",
            Self::ForEach { .. } => "for_each",
            Self::Loop { .. } => "loop",
            Self::End { .. } => "end",
        }
    }
}
