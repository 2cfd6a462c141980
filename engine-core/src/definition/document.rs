//! Reading definitions, and writing them.

use serde_json::Value;

use super::salvage::{Salvaged, salvage};
use super::sink::Sink;
use super::source::Lines;
use super::tree::{Node, Tree};
use super::{Definition, Diagnostic, DocumentLimits, Severity, SourceMap, code, lower};

/// A definition that was read from a text, with everything that is wrong with it.
///
/// ```
/// use flowwright::definition::Document;
///
/// let document = Document::parse("flow: hello\nsteps:\n  - {id: greet, type: activity, handlr: mail.send}\n");
/// let found: Vec<String> = document.diagnostics.iter().map(ToString::to_string).collect();
/// assert_eq!(found, [
///     "error[missing_field] 3:5 steps[0].handler: `handler` is missing",
///     "error[unknown_field] 3:33 steps[0].handlr: `handlr` is not a field of an activity\n  \
///      help: did you mean `handler`?",
/// ]);
/// ```
#[derive(Clone, Debug)]
pub struct Document {
    /// The definition; none if a diagnostic is an error. That its graph makes sense is not checked yet:
    /// [`Graph::compile`](crate::graph::Graph::compile) does that.
    pub definition: Option<Definition>,
    /// Where its parts stand in the text.
    pub source: SourceMap,
    /// What is wrong with it, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// What is left without its mistakes, where there is no definition.
    pub(crate) salvaged: Option<Box<Salvaged>>,
}

impl Document {
    /// Reads YAML or JSON within the usual [limits](DocumentLimits). Never fails: what is wrong is in the diagnostics,
    /// all of it at once unless the text is no well-formed YAML or JSON.
    pub fn parse(text: &str) -> Self {
        Self::parse_with(text, &DocumentLimits::default())
    }

    /// As [`Document::parse`], with limits of your own.
    pub fn parse_with(text: &str, limits: &DocumentLimits) -> Self {
        if text.len() > limits.bytes() {
            let message =
                format!("the document has {} bytes; at most {} are allowed", text.len(), limits.bytes());
            let diagnostics = vec![Diagnostic::error(code::TOO_LARGE, "", message)];
            return Self { definition: None, source: SourceMap::default(), diagnostics, salvaged: None };
        }
        let lines = Lines::new(text);
        let mut sink = Sink::new(Some((text, &lines)), limits.diagnostics);
        let tree = Tree::read(text, limits, &mut sink);
        let (definition, diagnostics) = match tree.root() {
            Some(root) => lower::definition(root, limits, sink),
            None => (None, nothing_read(sink)),
        };
        let salvaged = match tree.root() {
            Some(root) if definition.is_none() => salvage(root, &diagnostics, limits).map(Box::new),
            _ => None,
        };
        Self { definition, source: SourceMap::new(tree, lines), diagnostics, salvaged }
    }

    /// Whether a diagnostic is an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// The diagnostics of a text of which nothing could be read.
fn nothing_read(mut sink: Sink<'_>) -> Vec<Diagnostic> {
    if !sink.has_errors() {
        sink.push(Severity::Error, Some(0), || {
            Diagnostic::error(code::EMPTY_DOCUMENT, "", "the document is empty")
                .help("begin with `flow: NAME` and `steps:`")
        });
    }
    sink.finish()
}

impl Definition {
    /// Reads a definition from JSON that was parsed already, as [`Definition::to_json`] writes it or as an author does.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it. Diagnostics have paths, but neither lines nor columns.
    pub fn from_json(value: &Value) -> Result<Self, Vec<Diagnostic>> {
        let limits = DocumentLimits::default();
        let sink = Sink::new(None, limits.diagnostics);
        let (definition, diagnostics) = lower::definition(Node::Json(value), &limits, sink);
        definition.ok_or(diagnostics)
    }

    /// The definition as JSON, in one form however it was written: fields at their defaults are left out, edges are
    /// mappings, durations are short. [`Definition::from_json`] reads it back as it was.
    pub fn to_json(&self) -> Value {
        #[expect(clippy::expect_used, reason = "every key is a string, and no type's serialisation fails")]
        serde_json::to_value(self).expect("definitions are JSON")
    }
}
