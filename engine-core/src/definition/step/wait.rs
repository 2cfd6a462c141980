//! Steps that wait for something or tell of it: timers, signals, events.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::definition::{Condition, Length, WhileSuspended, is_default};

/// Waits for a time: exactly one of `delay` and `until`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Timer {
    /// How long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Length>,
    /// Until when: RFC 3339, or `${ }` that gives a timestamp.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Whether its time passes while the instance is suspended.
    #[serde(default, skip_serializing_if = "is_default")]
    pub while_suspended: WhileSuspended,
}

/// What becomes of a signal that came before the step was active.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Early {
    /// The step takes it.
    #[default]
    Keep,
    /// The step does not see it.
    Drop,
}

/// Waits for a named signal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct SignalWait {
    /// The signal's name.
    #[schemars(length(min = 1))]
    pub name: String,
    /// CEL that gives the correlation key which the signal must carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "crate::definition::schema::part::cel")]
    pub correlate: Option<String>,
    /// A condition on the signal: `event` is its payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Condition>,
    /// What becomes of a signal that came before the step was active.
    #[serde(default, skip_serializing_if = "is_default")]
    pub early: Early,
}

/// Publishes an event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Emit {
    /// The event's name.
    #[schemars(length(min = 1))]
    pub event: String,
    /// Its data, with `${ }`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}
