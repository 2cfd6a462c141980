//! From a text to a graph.

use std::sync::Arc;

use super::Graph;
use super::compile::compile_from;
use crate::definition::{Definition, Diagnostic, Document, Severity};

/// What became of a text.
#[derive(Debug)]
pub struct Loaded {
    /// The graph, if nothing is wrong.
    pub graph: Option<Arc<Graph>>,
    /// Everything that is wrong or looks wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The definition, if the text is one. What is wrong with the flow does not keep it from being one.
    pub definition: Option<Arc<Definition>>,
}

impl Loaded {
    /// The errors, without the warnings.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Reads a definition from YAML or JSON and compiles it. A text that is no definition is not looked into further: its
/// mistakes are told first.
///
/// ```
/// let loaded = flowwright::graph::load("flow: hello\nsteps:\n  - {id: greet, type: activity, handler: greet}\n");
/// assert!(loaded.diagnostics.is_empty());
/// assert_eq!(loaded.graph.map(|graph| graph.len()), Some(1));
///
/// let loaded = flowwright::graph::load("flow: hello\nsteps:\n  - {id: greet, type: activity, handler: greet, next: gret}\n");
/// assert_eq!(loaded.diagnostics[0].code, "unknown_step");
/// assert_eq!((loaded.diagnostics[0].line, loaded.diagnostics[0].column), (3, 55));
/// ```
pub fn load(text: &str) -> Loaded {
    let document = Document::parse(text);
    let mut diagnostics = document.diagnostics;
    let definition = document.definition.map(Arc::new);
    let mut graph = None;
    if let Some(definition) = &definition {
        let (compiled, found) = compile_from(definition.clone(), Some(&document.source));
        graph = compiled.map(Arc::new);
        diagnostics.extend(found);
    }
    diagnostics.sort_by_key(|one| (one.line, one.column, one.severity));
    Loaded { graph, diagnostics, definition }
}
