//! Errors as they cross into another language.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::base::{Error, ErrorKind};
use crate::definition::Diagnostic;
use crate::engine::Findings;

/// An error: its class by `code`, and all that it says.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Problem {
    /// The stable code of its kind: see [`ErrorKind::code`].
    pub code: &'static str,
    /// What is wrong, and how to mend it.
    pub message: String,
    /// Whether the same call may succeed later without a change.
    pub retryable: bool,
    /// Where or with what it happened.
    pub context: Map<String, Value>,
    /// What is wrong with a definition, finding by finding.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<Diagnostic>,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let source = std::error::Error::source(&error);
        let findings = source.and_then(|source| source.downcast_ref::<Findings>());
        let diagnostics = findings.map(|findings| findings.0.clone()).unwrap_or_default();
        let message = match source {
            Some(source) if diagnostics.is_empty() => format!("{}: {source}", error.message()),
            _ => error.message().to_owned(),
        };
        let context = error.context().iter().map(|(name, value)| ((*name).to_owned(), value.clone().into()));
        Self {
            code: error.code(),
            message,
            retryable: error.retryable(),
            context: context.collect(),
            diagnostics,
        }
    }
}

/// A request that is not what it must be.
pub(super) fn unreadable(error: &serde_json::Error) -> Error {
    Error::new(ErrorKind::InvalidArgument, format!("the call cannot be read: {error}"))
}
