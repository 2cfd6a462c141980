//! From a text to a graph.

use std::sync::Arc;

use super::compile::compile_from;
use super::{Graph, code};
use crate::definition::{Definition, Diagnostic, Document, Salvaged, Severity, SourceMap};

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

/// Reads a definition from YAML or JSON and compiles it. All mistakes are told at once: what a text that is no
/// definition has beside its mistakes is checked too, as far as they do not blur it.
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
    } else if let Some(salvaged) = document.salvaged {
        diagnostics.extend(further(*salvaged, &document.source));
    }
    diagnostics.sort_by_key(|one| (one.line, one.column, one.severity));
    Loaded { graph, diagnostics, definition }
}

/// Findings about the shape of the flow.
const SHAPE: &[&str] = &[
    code::UNREACHABLE_STEP,
    code::CYCLE_ENTRIES,
    code::INVALID_BACK,
    code::INVALID_MAX_ITERATIONS,
    code::JOIN_UNREACHABLE,
    code::SEVERAL_ELSE,
    code::ELSE_WITHOUT_SIBLING,
    code::DUPLICATE_EDGE,
    code::TOO_COMPLEX,
];

/// The errors in what is left of a document without its mistakes, but for those that may come from them.
fn further(salvaged: Salvaged, source: &SourceMap) -> Vec<Diagnostic> {
    let (_, mut found) = compile_from(Arc::new(salvaged.definition.clone()), Some(source));
    found.retain(|one| {
        let blurred = SHAPE.contains(&one.code) && (salvaged.edges || salvaged.ids)
            || one.code == code::UNKNOWN_STEP && salvaged.ids
            || one.code == code::UNKNOWN_NAME && (salvaged.names || salvaged.ids)
            || matches!(one.code, code::DUPLICATE_ID | code::POOL_TOO_SMALL);
        one.severity == Severity::Error && !blurred && salvaged.is_true_at(&one.path)
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&'static str, String)> {
        load(text).diagnostics.into_iter().map(|one| (one.code, one.path)).collect()
    }

    #[test]
    fn a_mistake_in_the_document_does_not_hide_one_in_the_flow() {
        let text = "
flow: f
titel: F
steps:
  - {id: a, type: activity, handlr: x, next: bb}
  - {id: b, type: activity, handler: x, needs: a, when: 1}
  - {id: c, type: assign, needs: b, set: {n: 'vars.m + steps.a.outptu'}}
";
        assert_eq!(
            found(text),
            [
                ("unknown_field", "titel".to_owned()),
                ("missing_field", "steps[0].handler".to_owned()),
                ("unknown_field", "steps[0].handlr".to_owned()),
                ("unknown_step", "steps[0].next[0]".to_owned()),
                ("unknown_field", "steps[1].when".to_owned()),
                ("unknown_name", "steps[2].set.n".to_owned()),
                ("unknown_name", "steps[2].set.n".to_owned()),
            ]
        );
    }

    #[test]
    fn what_may_come_from_a_mistake_is_not_told() {
        // The misspelt `next` is what leads to `b`; the misspelt `vars` has `n`; the broken id is that of `a b`.
        for (text, code) in [
            (
                "flow: f\nsteps: [{id: a, type: assign, nxt: b}, {id: b, type: assign, needs: b}]",
                "unknown_field",
            ),
            ("flow: f\nvarz: {n: 1}\nsteps: [{id: a, type: assign, set: {m: vars.n}}]", "unknown_field"),
            ("flow: f\nsteps: [{id: a b, type: assign}, {id: c, type: assign, needs: a b}]", "invalid_id"),
        ] {
            let codes: Vec<_> = found(text).into_iter().map(|(code, _)| code).collect();
            assert!(codes.iter().all(|found| *found == code), "{text}: {codes:?}");
        }
    }
}
