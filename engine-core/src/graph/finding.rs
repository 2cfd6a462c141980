//! Where findings gather while a flow is compiled.

use std::collections::BTreeSet;

use crate::definition::{Diagnostic, Severity, SourceMap};

/// A diagnostic, and where inside the text at its path it points.
pub(crate) struct Finding {
    pub(crate) diagnostic: Diagnostic,
    /// In characters from the start of the text.
    pub(crate) offset: Option<usize>,
}

/// So many names are compared with others; after that a finding goes without a suggestion. It bounds the work that a
/// document full of mistakes makes.
const MOST_COMPARED: usize = 300_000;

/// Gathers findings.
#[derive(Default)]
pub(crate) struct Findings {
    all: Vec<Finding>,
    compared: usize,
}

impl Findings {
    /// Takes a finding about a whole field.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        self.all.push(Finding { diagnostic, offset: None });
    }

    /// Takes a finding about a place inside a text.
    pub(crate) fn push_at(&mut self, diagnostic: Diagnostic, offset: Option<usize>) {
        self.all.push(Finding { diagnostic, offset });
    }

    /// What exists and is most like a name that does not, as words of help.
    pub(crate) fn suggest<'a>(
        &mut self,
        name: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Option<String> {
        if !self.may_search() {
            return None;
        }
        let candidates = candidates.into_iter().inspect(|_| self.compared += 1);
        crate::definition::suggest::nearest(name, candidates).map(|near| format!("did you mean `{near}`?"))
    }

    /// Whether there is still room for searching what was meant.
    pub(crate) fn may_search(&self) -> bool {
        self.compared < MOST_COMPARED
    }

    /// Whether an error is among them.
    pub(crate) fn has_errors(&self) -> bool {
        self.all.iter().any(|finding| finding.diagnostic.severity == Severity::Error)
    }

    /// The diagnostics, with the places of their text where there is one. What is wrong with a default is found at every
    /// step that takes it, and told once.
    pub(crate) fn finish(self, source: Option<&SourceMap>) -> Vec<Diagnostic> {
        let mut told = BTreeSet::new();
        let mut all = self.all;
        all.retain(|Finding { diagnostic, offset }| {
            told.insert((diagnostic.code, diagnostic.path.clone(), *offset, diagnostic.message.clone()))
        });
        let placed = all.into_iter().map(|Finding { mut diagnostic, offset }| {
            match (source, offset) {
                (Some(source), offset) => source.place(&mut diagnostic, offset),
                (None, Some(offset)) => {
                    diagnostic.message = format!("{} (at character {})", diagnostic.message, offset + 1);
                }
                (None, None) => {}
            }
            diagnostic
        });
        placed.collect()
    }
}

/// Adds help, where there is some.
pub(crate) fn with_help(diagnostic: Diagnostic, help: Option<String>) -> Diagnostic {
    match help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}
