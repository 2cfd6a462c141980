//! Where diagnostics gather.

use super::source::Lines;
use super::{Diagnostic, Severity, code};

/// Gathers diagnostics, gives them their places and bounds their number.
pub(crate) struct Sink<'a> {
    source: Option<(&'a str, &'a Lines)>,
    diagnostics: Vec<Diagnostic>,
    limit: usize,
    dropped: usize,
    failed: bool,
}

impl<'a> Sink<'a> {
    /// A sink for what stands in a text, or (without one) in a value that has no places.
    pub(crate) fn new(source: Option<(&'a str, &'a Lines)>, limit: usize) -> Self {
        Self { source, diagnostics: Vec::new(), limit, dropped: 0, failed: false }
    }

    /// Takes a diagnostic of the byte at which something starts. The diagnostic is only made if there is room for it.
    pub(crate) fn push(&mut self, severity: Severity, at: Option<u32>, make: impl FnOnce() -> Diagnostic) {
        self.failed |= severity == Severity::Error;
        if self.is_full() {
            self.dropped += 1;
            return;
        }
        let mut diagnostic = make();
        diagnostic.severity = severity;
        if let Some((line, column)) = self.place(at) {
            (diagnostic.line, diagnostic.column) = (line, column);
        }
        self.diagnostics.push(diagnostic);
    }

    /// Line and column of a byte of the text.
    pub(crate) fn place(&self, at: Option<u32>) -> Option<(u32, u32)> {
        let (text, lines) = self.source?;
        Some(lines.at(text, at?))
    }

    /// Whether further diagnostics are only counted.
    pub(crate) fn is_full(&self) -> bool {
        self.diagnostics.len() >= self.limit
    }

    /// Whether an error is among what was taken.
    pub(crate) fn has_errors(&self) -> bool {
        self.failed
    }

    /// The diagnostics in the order of the text; at the same place, in the order found.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        if self.dropped > 0 {
            let more = format!("findings that are not listed: {}", self.dropped);
            self.diagnostics.push(
                Diagnostic::error(code::TOO_MANY_DIAGNOSTICS, "", more)
                    .help("mend what is listed and check again"),
            );
        }
        self.diagnostics
    }
}
