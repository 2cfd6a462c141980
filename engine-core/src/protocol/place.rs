//! Where in a running instance something is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::same_schema;

/// A step in a running instance: the frame (one run of a scope), the step (its number in the compiled graph) and,
/// for a step with `join: each`, which of its runs. JSON holds `[frame, step, run]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(u32, u32, u32)", into = "(u32, u32, u32)")]
pub struct At {
    /// The frame: one run of a scope. 0 is the flow itself.
    pub frame: u32,
    /// The step's number in the compiled graph.
    pub step: u32,
    /// Which run of a step with `join: each`, by the position of the edge that started it; 0 otherwise.
    pub run: u32,
}

same_schema!(At, (u32, u32, u32));

impl At {
    /// A step of a frame.
    pub const fn new(frame: u32, step: u32) -> Self {
        Self { frame, step, run: 0 }
    }
}

impl From<(u32, u32, u32)> for At {
    fn from((frame, step, run): (u32, u32, u32)) -> Self {
        Self { frame, step, run }
    }
}

impl From<At> for (u32, u32, u32) {
    fn from(at: At) -> Self {
        (at.frame, at.step, at.run)
    }
}

/// What an activity is run for.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The step's own work.
    #[default]
    Run,
    /// Finding out whether an interrupted, non-idempotent work was done.
    Check,
    /// Undoing the step.
    Compensate,
}

/// One attempt of one piece of work. What comes back with an old one is late and changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Work {
    /// The step.
    pub at: At,
    /// Counts what the instance has activated, from 1: another iteration, another activation.
    pub activation: u32,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// What for.
    #[serde(default)]
    pub purpose: Purpose,
}
