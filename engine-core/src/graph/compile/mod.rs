//! From a definition to a graph: everything is laid out, compiled and checked, and all mistakes are found at once.

mod assemble;
mod field;
mod kind;
mod place;
mod step;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::finding::Findings;
use super::layout::Layout;
use super::shape::Shape;
use super::{Graph, Link, check, code};
use crate::base::Payload;
use crate::definition::{Definition, Diagnostic, Severity, SourceMap};
use crate::expr::{Expression, Template};

pub(crate) use kind::MAX_ITERATIONS;
pub(crate) use place::{Moment, Place, Roots, Use};

/// A graph, and what its author may want to mend although it can run.
pub struct Compiled {
    /// The graph.
    pub graph: Graph,
    /// What probably does not do what was meant.
    pub warnings: Vec<Diagnostic>,
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiled").field("flow", &self.graph.flow).field("warnings", &self.warnings).finish()
    }
}

/// Compiles fields, and keeps what was said about them.
pub(super) struct Compiler<'a, 'd> {
    definition: &'d Definition,
    layout: &'a Layout<'d>,
    /// The text of the definition, where there is one.
    source: Option<&'a SourceMap>,
    findings: Findings,
    uses: Vec<Use>,
}

impl Graph {
    /// Compiles a definition.
    ///
    /// # Errors
    /// Everything that is wrong with it, warnings included. Lines and columns are not known here: [`load`](super::load)
    /// reads a text and fills them in.
    pub fn compile(definition: Arc<Definition>) -> Result<Compiled, Vec<Diagnostic>> {
        let (graph, diagnostics) = compile_from(definition, None);
        match graph {
            Some(graph) => Ok(Compiled { graph, warnings: diagnostics }),
            None => Err(diagnostics),
        }
    }

    /// Everything that is wrong, or looks wrong, with a definition.
    pub fn check(definition: &Definition) -> Vec<Diagnostic> {
        let mut findings = Findings::default();
        let layout = Layout::of(definition, &mut findings);
        run(definition, &layout, None, findings).1.finish(None)
    }
}

/// Compiles a definition that came from a text, or did not. There is a graph exactly if no diagnostic is an error.
pub(super) fn compile_from(
    definition: Arc<Definition>,
    source: Option<&SourceMap>,
) -> (Option<Graph>, Vec<Diagnostic>) {
    let mut findings = Findings::default();
    let (parts, findings) = {
        let layout = Layout::of(&definition, &mut findings);
        run(&definition, &layout, source, findings)
    };
    let diagnostics = findings.finish(source);
    debug_assert_eq!(parts.is_some(), diagnostics.iter().all(|one| one.severity != Severity::Error));
    (parts.map(|parts| parts.into_graph(definition)), diagnostics)
}

/// A graph without its definition.
pub(super) struct Parts {
    scopes: Vec<super::ScopeNode>,
    steps: Vec<super::Node>,
    edges: Vec<Link>,
    incoming: Vec<u32>,
    regions: Vec<super::Region>,
    by_id: Vec<u32>,
    by_path: Vec<u32>,
    vars: Vec<(Arc<str>, Template)>,
    output: Option<Template>,
    timeout: Option<super::RunTimeLength>,
    sla: super::SlaNode,
    pools: Vec<(Arc<str>, u32)>,
    input: Option<jsonschema::Validator>,
    input_schema: Payload,
}

fn run<'d>(
    definition: &'d Definition,
    layout: &Layout<'d>,
    source: Option<&SourceMap>,
    findings: Findings,
) -> (Option<Parts>, Findings) {
    let shape = Shape::of(layout);
    let mut compiler = Compiler { definition, layout, source, findings, uses: Vec::new() };
    let flow = compiler.flow();
    let steps = compiler.all_steps();
    let conditions = compiler.conditions();
    let outputs = compiler.scope_outputs();
    let losers = match &shape.order {
        Some(order) => super::join::losers(layout, &shape, order),
        None => Some(BTreeMap::new()),
    };
    let Compiler { mut findings, uses, .. } = compiler;
    if losers.is_none() {
        let message = "joins with `losers: cancel` cover more steps than can be listed";
        findings.push(
            Diagnostic::error(code::TOO_COMPLEX, "steps", message)
                .help("put the branches that may lose into groups"),
        );
    }
    let truths: Vec<Truth> = conditions.iter().map(|condition| Truth::of(condition.as_ref())).collect();
    check::Checker {
        definition,
        layout,
        shape: &shape,
        truths: &truths,
        uses: &uses,
        losers: losers.as_ref(),
    }
    .run(&mut findings);
    if findings.has_errors() {
        return (None, findings);
    }
    let parts = assemble::Assembly { definition, layout, shape: &shape, flow, steps, conditions, outputs }
        .finish(losers.unwrap_or_default());
    (parts, findings)
}

/// Whether a condition holds, as far as that is known before anything runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    /// It holds, or there is no condition.
    Always,
    /// It does not.
    Never,
    /// It depends on data.
    Depends,
}

/// Steps that the evaluation of a constant condition may take.
const CONSTANT_BUDGET: u64 = 10_000;

impl Truth {
    fn of(condition: Option<&Expression>) -> Self {
        let Some(condition) = condition else { return Self::Always };
        if !condition.references().is_empty() {
            return Self::Depends;
        }
        match condition.holds(&(), &mut crate::expr::Budget::new(CONSTANT_BUDGET)) {
            Ok(true) => Self::Always,
            Ok(false) => Self::Never,
            Err(_) => Self::Depends,
        }
    }
}
