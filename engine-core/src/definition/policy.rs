//! Policies that steps and flows share: durations, retry, joins, failure.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::is_default;
use crate::base::Span;

/// A length of time in a definition: ISO 8601, the short form, or `${ expression }`.
#[derive(Clone, Debug, PartialEq)]
pub enum Length {
    /// A fixed length.
    Fixed(Span),
    /// CEL (without the `${ }` around it) that gives a duration, or a string in one of the two forms.
    Expression(String),
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fixed(span) => serializer.collect_str(span),
            Self::Expression(cel) => serializer.collect_str(&format_args!("${{ {cel} }}")),
        }
    }
}

impl JsonSchema for Length {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A duration: 500ms, 30s, 5m, 2h, 1d, ISO 8601 such as PT30S or P2D, or ${ expression }.",
            "type": "string",
            "pattern": r"^(P.+|([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+|\s*\$\{[\s\S]*\}\s*)$",
        })
    }
}

/// What an unhandled failure does to its scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// The active steps of the scope are cancelled, and it fails.
    #[default]
    FailFast,
    /// The active steps and what follows them finish; then the scope fails.
    Drain,
    /// As `fail_fast`, and then what was completed is compensated.
    Compensate,
}

/// Which outgoing edges of a step may be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Choose {
    /// All whose condition holds.
    #[default]
    All,
    /// The first, in the order written.
    First,
    /// As `all`, and the first of the steps so started that completes cancels the others.
    Race,
}

/// How incoming edges start a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Join {
    /// When every incoming edge is decided and at least one was taken.
    #[default]
    All,
    /// When every incoming edge was taken.
    Every,
    /// As soon as this many incoming edges are taken (`any` is 1); the others are ignored.
    Count(u32),
    /// Once for every incoming edge that is taken, side by side.
    Each,
}

impl Serialize for Join {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Every => serializer.serialize_str("every"),
            Self::Count(1) => serializer.serialize_str("any"),
            Self::Count(n) => serializer.serialize_u32(*n),
            Self::Each => serializer.serialize_str("each"),
        }
    }
}

impl JsonSchema for Join {
    fn schema_name() -> Cow<'static, str> {
        "Join".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "How incoming edges start the step: all (default), every, any, a number, or each.",
            "oneOf": [{"enum": ["all", "every", "any", "each"]}, {"type": "integer", "minimum": 1}],
        })
    }
}

/// What becomes of the branches that lost a join.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Losers {
    /// They run on.
    #[default]
    Detach,
    /// Every active step from which the only way on leads through the join is cancelled.
    Cancel,
}

/// Whether a timer's time passes while the instance is suspended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhileSuspended {
    /// The time of the suspension is added to the timer.
    #[default]
    Hold,
    /// The timer runs on, and fires on resumption if it came due meanwhile.
    Run,
}

/// What a step or flow is expected to take. Measured, never interrupts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub struct Sla {
    /// The time that it should be done in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Length>,
    /// The time after which it is worth a look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warn: Option<Length>,
}

/// How the pause between attempts grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Backoff {
    /// Every pause is `initial`.
    Fixed,
    /// Every pause is `factor` times the one before, up to `max`.
    #[default]
    Exponential,
}

/// Whether and how a failed attempt is tried again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// How many attempts there are, the first included (default 1: none is repeated).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub attempts: Option<u32>,
    /// How the pause grows (default exponential).
    #[serde(default, skip_serializing_if = "is_default")]
    pub backoff: Backoff,
    /// The first pause (default 1s).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial: Option<Length>,
    /// The longest pause (default 5m).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Length>,
    /// What an exponential pause grows by (default 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub factor: Option<f64>,
    /// The share of the pause, from 0 to 1, that is drawn by lot (default 0).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 1))]
    pub jitter: Option<f64>,
    /// Error codes that are tried again; others are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "super::schema::part::different_names")]
    pub only: Vec<String>,
    /// Error codes that are not tried again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "super::schema::part::different_names")]
    pub except: Vec<String>,
}

/// An activity that undoes a step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compensate {
    /// The handler's name.
    #[schemars(length(min = 1))]
    pub handler: String,
    /// Its input: data with `${ }`, evaluated when the step completes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<Value>,
    /// Whether and how a failed attempt is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// How long one attempt may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Length>,
}

/// To whom a user task goes when it lies too long.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalate {
    /// How long after the task was offered.
    pub after: Length,
    /// The role that may then take it as well.
    #[schemars(length(min = 1))]
    pub to: String,
}
