//! Definitions as a store keeps them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::Timestamp;

/// A deployed definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DefinitionRecord {
    /// The flow's key.
    pub flow: String,
    /// Counts the versions of the flow, from 1; ignored when it is put.
    pub version: u32,
    /// A digest of the document: the same document is the same version.
    pub digest: String,
    /// The document as JSON.
    pub document: String,
    /// When it was deployed.
    pub deployed: Timestamp,
}

/// A deployed definition without its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DefinitionSummary {
    /// The flow's key.
    pub flow: String,
    /// Counts the versions of the flow.
    pub version: u32,
    /// When it was deployed.
    pub deployed: Timestamp,
    /// The labels that it carries.
    pub labels: Vec<String>,
}
