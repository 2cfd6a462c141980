//! What is wrong with a document, where, and how to mend it.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The document cannot run.
    Error,
    /// It can run, and probably does not do what was meant.
    Warning,
}

/// One finding in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The stable code, for example `unknown_field`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Line from 1; 0 where the definition did not come from a text.
    pub line: u32,
    /// Column from 1, in characters; 0 where the definition did not come from a text.
    pub column: u32,
    /// The place in the document, for example `steps[2].next[0].when`.
    pub path: String,
    /// How to mend it: the nearest name, the edge to remove.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at a place of the document. Line and column are filled in from the [source
    /// map](super::SourceMap).
    pub fn error(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, path, message)
    }

    /// A warning at a place of the document.
    pub fn warning(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, path, message)
    }

    fn new(
        severity: Severity,
        code: &'static str,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self { severity, code, message: message.into(), line: 0, column: 0, path: path.into(), help: None }
    }

    /// Adds how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = if self.severity == Severity::Error { "error" } else { "warning" };
        write!(f, "{severity}[{}]", self.code)?;
        if self.line > 0 {
            write!(f, " {}:{}", self.line, self.column)?;
        }
        if !self.path.is_empty() {
            write!(f, " {}", self.path)?;
        }
        write!(f, ": {}", self.message)?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}
