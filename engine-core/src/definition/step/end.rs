//! The end of an instance.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::definition::is_default;

/// How an `end` ends the instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndStatus {
    /// As completed.
    #[default]
    Completed,
    /// As failed.
    Failed,
}

/// The error that an `end` gives the instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EndError {
    /// The code.
    #[schemars(length(min = 1))]
    pub code: String,
    /// The message, which may have `${ }` inside.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// Ends the whole instance now.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct End {
    /// How the instance ends.
    #[serde(default, skip_serializing_if = "is_default")]
    pub status: EndStatus,
    /// The instance's output: data with `${ }`. Without it the flow's own `output` counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// The instance's error, for `status: failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<EndError>,
    /// Whether what was completed is compensated first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub compensate: bool,
}
