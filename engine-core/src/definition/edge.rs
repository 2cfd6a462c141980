//! Edges, in their three ways of writing.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Condition, is_default};

/// Which outcome of its first step an edge listens to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The step completed.
    #[default]
    Success,
    /// The step failed.
    Failure,
    /// The step completed or failed.
    Any,
    /// The step's SLA target or due date passed; the step goes on.
    Escalation,
    /// A named signal arrived while the step was active.
    Signal,
}

/// What the three ways of writing an edge share.
macro_rules! edge_type {
    ($(#[$meta:meta])* $name:ident { $($(#[$end_meta:meta])* $end:ident),+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        #[schemars(extend(
            "if" = {"properties": {"on": {"const": "signal"}}, "required": ["on"]},
            "then" = {"required": ["signal"]},
            "else" = {"properties": {"signal": false, "interrupt": false}},
        ))]
        pub struct $name {
            $($(#[$end_meta])* #[schemars(length(min = 1))] pub $end: String,)+
            /// The outcome that the edge listens to.
            #[serde(default, skip_serializing_if = "is_default")]
            pub on: Outcome,
            /// For `on: signal`: the name of the signal.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub signal: Option<String>,
            /// For `on: signal`: whether the step is cancelled when the signal arrives (default true).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub interrupt: Option<bool>,
            /// The condition under which the edge is taken. None means always.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub when: Option<Condition>,
            /// Taken when no other `success` edge of the step was taken.
            #[serde(rename = "else", default, skip_serializing_if = "is_default")]
            pub otherwise: bool,
            /// Marks the edge that goes back, in a cycle of several entries.
            #[serde(default, skip_serializing_if = "is_default")]
            pub back: bool,
            /// For an edge that goes back: how often it may be taken (default 1,000).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schemars(range(min = 1))]
            pub max_iterations: Option<u32>,
        }
    };
}

edge_type! {
    /// An edge in `edges`.
    Edge {
        /// The step that the edge leaves.
        from,
        /// The step that the edge leads to.
        to
    }
}

edge_type! {
    /// An outgoing edge of a step, in its `next`. A bare id is the edge without anything else.
    Next {
        /// The step that the edge leads to.
        to
    }
}

edge_type! {
    /// An incoming edge of a step, in its `needs`. A bare id is the edge without anything else.
    Need {
        /// The step that the edge leaves.
        step
    }
}

macro_rules! into_edge {
    ($type:ident, $this:ident, $step:ident => $from:expr, $to:expr) => {
        impl $type {
            /// The same edge with both its ends, `step` being the one that it is written on.
            pub fn to_edge(&self, $step: &str) -> Edge {
                let $this = self;
                Edge {
                    from: $from.to_owned(),
                    to: $to.to_owned(),
                    on: self.on,
                    signal: self.signal.clone(),
                    interrupt: self.interrupt,
                    when: self.when.clone(),
                    otherwise: self.otherwise,
                    back: self.back,
                    max_iterations: self.max_iterations,
                }
            }
        }
    };
}

into_edge!(Next, this, step => step, this.to.as_str());
into_edge!(Need, this, step => this.step.as_str(), step);
