//! Definitions with what is wrong with them.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use flowwright::definition::{Diagnostic, Severity};
use flowwright::graph::{self, Graph, Loaded};
use serde::Serialize;

use super::answer::{Answer, Exit, Result};
use super::document::Document;
use super::snippet;

/// A definition that was read.
pub struct Checked {
    /// The text.
    pub document: Document,
    /// What became of it.
    pub loaded: Loaded,
}

/// What machines are told about a definition.
#[derive(Serialize)]
pub struct Verdict<'a> {
    /// The file, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<&'a str>,
    /// Whether it can run.
    pub ok: bool,
    /// What is wrong or looks wrong.
    pub diagnostics: &'a [Diagnostic],
}

impl Checked {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// Where it cannot be read; what is wrong with the definition is no error here.
    pub fn read(path: &Path) -> Result<Self> {
        let document = Document::read(path)?;
        let loaded = graph::load(&document.text);
        Ok(Self { document, loaded })
    }

    /// Whether it can run.
    pub fn ok(&self) -> bool {
        self.loaded.graph.is_some()
    }

    /// The graph, with warnings on standard error; otherwise the answer that says what is wrong.
    pub fn graph(self, json: bool) -> Result<Arc<Graph>, Answer> {
        match &self.loaded.graph {
            Some(graph) => {
                eprint!("{}", self.findings());
                Ok(Arc::clone(graph))
            }
            None if json => Err(Answer::json(&self.verdict(false), Exit::NotOk)),
            None => {
                eprint!("{}{}", self.findings(), self.summary());
                Err(Answer::text("", Exit::NotOk))
            }
        }
    }

    /// What machines are told.
    pub fn verdict(&self, named: bool) -> Verdict<'_> {
        let file = named.then_some(self.document.name.as_str());
        Verdict { file, ok: self.ok(), diagnostics: &self.loaded.diagnostics }
    }

    /// What is wrong, for people.
    pub fn findings(&self) -> String {
        self.loaded.diagnostics.iter().fold(String::new(), |text, one| text + &self.finding(one))
    }

    fn finding(&self, one: &Diagnostic) -> String {
        let severity = if one.severity == Severity::Error { "error" } else { "warning" };
        // Of a text that is too large nothing was read, so that there is no place.
        let place = if one.line > 0 { format!(":{}:{}", one.line, one.column) } else { String::new() };
        let mut text = format!("{}{place}: {severity}[{}]: {}\n", self.document.name, one.code, one.message);
        let snippet = snippet::draw(&self.document.text, one.line as usize, one.column as usize);
        text.push_str(&snippet.unwrap_or_default());
        if let Some(help) = &one.help {
            let _ = writeln!(text, "  help: {help}");
        }
        text
    }

    /// One line that says how it stands.
    pub fn summary(&self) -> String {
        let name = &self.document.name;
        let errors = self.loaded.errors().count();
        let warnings = match self.loaded.diagnostics.len() - errors {
            0 => String::new(),
            count => format!(", {}", counted(count, "warning")),
        };
        match &self.loaded.graph {
            Some(graph) => format!("{name}: ok, {}{warnings}\n", counted(graph.len(), "step")),
            None => format!("{name}: {}{warnings}\n", counted(errors, "error")),
        }
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
