//! Numbers for the steps and edges of all scopes.

use std::collections::BTreeMap;
use std::ops::Range;

use super::code;
use super::csr::Csr;
use super::finding::{Findings, with_help};
use crate::definition::{Condition, Definition, Diagnostic, Edge, Need, Next, Outcome, Step};

/// A scope, laid out.
pub(crate) struct ScopeAt<'d> {
    pub(crate) owner: Option<u32>,
    pub(crate) steps: Range<u32>,
    pub(crate) edges: Range<u32>,
    pub(crate) depth: u32,
    /// The numbers of its steps by their ids.
    pub(crate) ids: BTreeMap<&'d str, u32>,
    /// Whether an edge of it was left out because it is wrong; what is said of its structure would mislead.
    pub(crate) broken: bool,
}

/// A step, laid out.
pub(crate) struct StepAt<'d> {
    pub(crate) step: &'d Step,
    /// Where it stands in the document.
    pub(crate) source: String,
    /// Its path from the flow down.
    pub(crate) path: String,
    pub(crate) scope: u32,
    pub(crate) inner: Option<u32>,
}

/// An edge, laid out.
pub(crate) struct EdgeAt<'d> {
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Where it stands in the document.
    pub(crate) source: String,
    /// Its place in the order written.
    pub(crate) written: u32,
    pub(crate) on: Outcome,
    pub(crate) signal: Option<&'d str>,
    pub(crate) interrupt: Option<bool>,
    pub(crate) when: Option<&'d Condition>,
    pub(crate) otherwise: bool,
    pub(crate) back: bool,
    pub(crate) max_iterations: Option<u32>,
}

/// All scopes, steps and edges, numbered through: the steps of a scope, the edges of a scope and the edges that leave a
/// step are contiguous, and edges are in the order written.
#[derive(Default)]
pub(crate) struct Layout<'d> {
    pub(crate) scopes: Vec<ScopeAt<'d>>,
    pub(crate) steps: Vec<StepAt<'d>>,
    pub(crate) edges: Vec<EdgeAt<'d>>,
    /// Both ends of every edge.
    pub(crate) ends: Vec<(u32, u32)>,
    /// Edges by the step that they leave.
    pub(crate) outgoing: Csr,
    /// Edges by the step that they lead to, in the order written.
    pub(crate) incoming: Csr,
}

/// A scope that is still to be laid out.
struct Waiting<'d> {
    owner: Option<u32>,
    steps: &'d [Step],
    edges: &'d [Edge],
}

impl<'d> Layout<'d> {
    /// Lays out a definition. Edges whose ends do not exist are left out.
    pub(crate) fn of(definition: &'d Definition, findings: &mut Findings) -> Self {
        let mut layout = Self::default();
        let mut waiting = vec![Waiting {
            owner: None,
            steps: definition.steps.as_slice(),
            edges: definition.edges.as_slice(),
        }];
        let mut at = 0;
        while at < waiting.len() {
            let scope = layout.add_steps(&waiting[at], findings);
            for step in scope.steps.clone() {
                if let Some((steps, edges)) = layout.steps[step as usize].step.kind.scope() {
                    layout.steps[step as usize].inner = Some(waiting.len() as u32);
                    waiting.push(Waiting { owner: Some(step), steps, edges });
                }
            }
            layout.scopes.push(scope);
            layout.add_edges(at as u32, waiting[at].edges, findings);
            at += 1;
        }
        layout.ends = layout.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        layout.outgoing = Csr::group(layout.steps.len(), layout.edges.iter().map(|edge| edge.from));
        layout.incoming = layout.incoming_in_order();
        layout
    }

    fn add_steps(&mut self, waiting: &Waiting<'d>, findings: &mut Findings) -> ScopeAt<'d> {
        let first = self.steps.len() as u32;
        let number = self.scopes.len() as u32;
        let (prefix, path, depth) = match waiting.owner {
            None => (String::new(), String::new(), 0),
            Some(owner) => {
                let owner = &self.steps[owner as usize];
                let depth = self.scopes[owner.scope as usize].depth + 1;
                (format!("{}.", owner.source), format!("{}/", owner.path), depth)
            }
        };
        let mut ids = BTreeMap::new();
        for (place, step) in waiting.steps.iter().enumerate() {
            let source = format!("{prefix}steps[{place}]");
            if let Some(other) = ids.get(step.id.as_str()) {
                let other = &self.steps[*other as usize];
                let message = format!("the id `{}` is taken by {}", step.id, other.source);
                findings.push(Diagnostic::error(code::DUPLICATE_ID, format!("{source}.id"), message));
            } else {
                ids.insert(step.id.as_str(), first + place as u32);
            }
            let path = format!("{path}{}", step.id);
            self.steps.push(StepAt { step, source, path, scope: number, inner: None });
        }
        let broken = ids.len() < waiting.steps.len();
        let steps = first..self.steps.len() as u32;
        ScopeAt { owner: waiting.owner, steps, edges: 0..0, depth, ids, broken }
    }

    fn add_edges(&mut self, scope: u32, listed: &'d [Edge], findings: &mut Findings) {
        let first = self.edges.len();
        let mut drafts = Drafts { layout: self, scope, findings, broken: false, edges: Vec::new() };
        drafts.gather(listed);
        let (mut edges, broken) = (drafts.edges, drafts.broken);
        self.scopes[scope as usize].broken |= broken;
        report_duplicates(self, &edges, findings);
        edges.sort_by_key(|edge| edge.from);
        self.edges.append(&mut edges);
        self.scopes[scope as usize].edges = first as u32..self.edges.len() as u32;
    }

    fn incoming_in_order(&self) -> Csr {
        let mut order: Vec<u32> = (0..self.edges.len() as u32).collect();
        // Scopes are contiguous, and no edge leads from one scope to another.
        for scope in &self.scopes {
            order[scope.edges.start as usize..scope.edges.end as usize]
                .sort_by_key(|&edge| self.edges[edge as usize].written);
        }
        Csr::group_in_order(self.steps.len(), &order, |edge| self.edges[edge as usize].to)
    }

    /// The scope that a step is in, and those around it, from the inside out.
    pub(crate) fn scopes_around(&self, scope: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(scope), |&at| {
            let owner = self.scopes[at as usize].owner?;
            Some(self.steps[owner as usize].scope)
        })
    }

    /// The step of that id in a scope or the nearest one around it.
    pub(crate) fn visible_step(&self, scope: u32, id: &str) -> Option<u32> {
        self.scopes_around(scope).find_map(|at| self.scopes[at as usize].ids.get(id).copied())
    }

    /// The ids of the steps that can be seen from a scope.
    pub(crate) fn visible_ids(&self, scope: u32) -> impl Iterator<Item = &'d str> {
        self.scopes_around(scope).flat_map(|at| self.scopes[at as usize].ids.keys().copied())
    }

    /// The id of a step.
    pub(crate) fn id(&self, step: u32) -> &'d str {
        &self.steps[step as usize].step.id
    }

    /// An edge in words: `` `a` → `b` ``.
    pub(crate) fn edge_name(&self, edge: &EdgeAt<'_>) -> String {
        format!("`{}` → `{}`", self.id(edge.from), self.id(edge.to))
    }
}

/// Gathers the edges of a scope in the order written.
struct Drafts<'a, 'd> {
    layout: &'a Layout<'d>,
    scope: u32,
    findings: &'a mut Findings,
    broken: bool,
    edges: Vec<EdgeAt<'d>>,
}

/// Copies what the three ways of writing an edge share.
macro_rules! draft {
    ($this:ident, $edge:ident, $from:expr, $to:expr, $source:expr) => {
        $this.edges.push(EdgeAt {
            from: $from,
            to: $to,
            source: $source,
            written: $this.edges.len() as u32,
            on: $edge.on,
            signal: $edge.signal.as_deref(),
            interrupt: $edge.interrupt,
            when: $edge.when.as_ref(),
            otherwise: $edge.otherwise,
            back: $edge.back,
            max_iterations: $edge.max_iterations,
        })
    };
}

impl<'d> Drafts<'_, 'd> {
    fn gather(&mut self, listed: &'d [Edge]) {
        for number in self.layout.scopes[self.scope as usize].steps.clone() {
            let at = &self.layout.steps[number as usize];
            for (place, need) in at.step.needs.iter().enumerate() {
                self.need(number, need, format!("{}.needs[{place}]", at.source));
            }
            for (place, next) in at.step.next.iter().enumerate() {
                self.next(number, next, format!("{}.next[{place}]", at.source));
            }
        }
        let prefix = match self.layout.scopes[self.scope as usize].owner {
            Some(owner) => format!("{}.", self.layout.steps[owner as usize].source),
            None => String::new(),
        };
        for (place, edge) in listed.iter().enumerate() {
            let source = format!("{prefix}edges[{place}]");
            let from = self.end(&edge.from, &format!("{source}.from"));
            let to = self.end(&edge.to, &format!("{source}.to"));
            if let (Some(from), Some(to)) = (from, to) {
                draft!(self, edge, from, to, source);
            }
        }
    }

    fn need(&mut self, to: u32, need: &'d Need, source: String) {
        if let Some(from) = self.end(&need.step, &source) {
            draft!(self, need, from, to, source);
        }
    }

    fn next(&mut self, from: u32, next: &'d Next, source: String) {
        if let Some(to) = self.end(&next.to, &source) {
            draft!(self, next, from, to, source);
        }
    }

    fn end(&mut self, id: &str, path: &str) -> Option<u32> {
        let layout = self.layout;
        let found = layout.scopes[self.scope as usize].ids.get(id).copied();
        if found.is_none() {
            self.broken = true;
            unknown_step(layout, self.scope, id, path, self.findings);
        }
        found
    }
}

/// Reports a name that is no step of the scope.
pub(crate) fn unknown_step(layout: &Layout<'_>, scope: u32, id: &str, path: &str, findings: &mut Findings) {
    let elsewhere = findings.may_search().then(|| layout.steps.iter().find(|at| at.step.id == id)).flatten();
    let elsewhere = elsewhere.filter(|at| at.scope != scope);
    let message = match elsewhere {
        Some(other) => format!("`{id}` is not a step of this scope: {} is in another one", other.source),
        None => format!("there is no step `{id}` in this scope"),
    };
    let near = findings.suggest(id, layout.scopes[scope as usize].ids.keys().copied());
    let help = match elsewhere {
        Some(_) => {
            Some("an edge joins steps of one scope; lead it to the step that has the scope inside".to_owned())
        }
        None => near,
    };
    findings.push(with_help(Diagnostic::error(code::UNKNOWN_STEP, path, message), help));
}

fn report_duplicates(layout: &Layout<'_>, edges: &[EdgeAt<'_>], findings: &mut Findings) {
    let mut order: Vec<&EdgeAt<'_>> = edges.iter().collect();
    let key = |edge: &&EdgeAt<'_>| (edge.from, edge.to, edge.on as u8, edge.written);
    order.sort_by_key(key);
    let mut twice: Vec<(&EdgeAt<'_>, &EdgeAt<'_>)> = Vec::new();
    for same in order.chunk_by(|a, b| (a.from, a.to, a.on) == (b.from, b.to, b.on)) {
        let mut seen: BTreeMap<Option<&str>, &EdgeAt<'_>> = BTreeMap::new();
        for &edge in same {
            if let Some(first) = seen.get(&edge.signal) {
                twice.push((first, edge));
            } else {
                seen.insert(edge.signal, edge);
            }
        }
    }
    twice.sort_by_key(|(_, edge)| edge.written);
    for (first, edge) in twice {
        let message =
            format!("the edge {} is written twice: here and at {}", layout.edge_name(edge), first.source);
        let help = if first.when.is_some() || edge.when.is_some() {
            "join the conditions with `||` on one edge"
        } else {
            "write it once; `needs`, `next` and `edges` are three ways of writing the same edge"
        };
        findings.push(Diagnostic::error(code::DUPLICATE_EDGE, edge.source.clone(), message).help(help));
    }
}
