//! Steps that are scopes.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::definition::{Condition, Edge, OnFailure, Step, is_default};

/// A scope: its steps succeed or fail as one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Group {
    /// The steps of the scope.
    #[schemars(length(min = 1))]
    pub steps: Vec<Step>,
    /// The edges of the scope.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<Edge>,
    /// What an unhandled failure in the scope does.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_failure: OnFailure,
    /// The output, evaluated in the scope when it completes: data with `${ }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
}

/// How many items of a `for_each` may fail.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Tolerate {
    /// This many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failures: Option<u32>,
    /// This share of all, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub percent: Option<f64>,
}

/// A scope for each item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ForEach {
    /// CEL that gives the list of items.
    #[schemars(schema_with = "crate::definition::schema::part::cel")]
    pub items: String,
    /// The steps of the scope; `item` and `index` are in scope.
    #[schemars(length(min = 1))]
    pub steps: Vec<Step>,
    /// The edges of the scope.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<Edge>,
    /// What an unhandled failure in an item does to that item.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_failure: OnFailure,
    /// How many items run side by side (default: all).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub concurrency: Option<u32>,
    /// How many items may fail.
    #[serde(default, skip_serializing_if = "is_default")]
    pub tolerate: Tolerate,
    /// Judged after every item and every `set`; once it holds, the rest is cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Condition>,
    /// The output of an item: data with `${ }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// The signal that adds an item while the step is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub append: Option<String>,
}

/// A scope again and again: exactly one of `while` and `until`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Loop {
    /// The steps of the scope; `iteration` is in scope.
    #[schemars(length(min = 1))]
    pub steps: Vec<Step>,
    /// The edges of the scope.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edges: Vec<Edge>,
    /// What an unhandled failure in a pass does.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on_failure: OnFailure,
    /// Judged before a pass.
    #[serde(rename = "while", default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// Judged after a pass, in its scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Condition>,
    /// How many passes there may be (default 1,000); one more fails the step with code `loop_limit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub max_iterations: Option<u32>,
    /// The output of a pass: data with `${ }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
}
