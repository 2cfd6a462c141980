//! Steps that decide, remember or call.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::definition::{Condition, is_default};

/// Which rules of a table count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HitPolicy {
    /// The first that holds.
    #[default]
    First,
    /// The only one that holds; two are an error.
    Unique,
    /// All that hold, as a list.
    Collect,
}

/// A row of a decision table.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRule {
    /// When the row holds. None means always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// What the row gives: data with `${ }`.
    pub output: Value,
}

/// Looks a table up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Decision {
    /// The rows.
    #[schemars(length(min = 1))]
    pub rules: Vec<DecisionRule>,
    /// Which rows count.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hit: HitPolicy,
    /// What the table gives when no row holds; without one the step fails with code `no_rule`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
}

/// Sets variables, nothing else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Assign {}

/// What becomes of a child when its call is cancelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnCancel {
    /// It is aborted.
    #[default]
    Cancel,
    /// It goes on alone.
    Abandon,
}

/// Which version of a flow a call starts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct VersionRef {
    /// This version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub version: Option<u32>,
    /// The version that carries this label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// Runs another flow as a child instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Call {
    /// The flow's key.
    #[schemars(regex(pattern = r"^[a-z][a-z0-9._-]{0,99}$"))]
    pub flow: String,
    /// Which version: the latest where nothing is said.
    #[serde(flatten)]
    pub version: VersionRef,
    /// The child's input: data with `${ }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<Value>,
    /// Whether the step waits for the child (default true).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<bool>,
    /// What becomes of the child when the step is cancelled.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_cancel: OnCancel,
}
