//! The state machine: pure, deterministic, without a clock.
//!
//! How to drive it: keep a [`State`] (empty at first) and a compiled [`Graph`](crate::graph::Graph). For everything
//! that happens call [`decide`] with an [`Input`](crate::protocol::Input) and the time. The answer is what happened
//! ([`Event`](crate::protocol::Event)s, already applied to the state) and what must now be done outside
//! ([`Command`](crate::protocol::Command)s). Make the events durable, then carry the commands out, and give their
//! results back as inputs. To rebuild a state, [`apply`] its events to an empty one, in order: nothing is decided
//! anew, so a changed rule or library cannot rewrite the past. After a crash, [`State::running`] says what was
//! handed out and never came back.
//!
//! Cost: one input costs in proportion to the edges that it touches, never to the size of the flow or the length of
//! its history.

mod activate;
mod apply;
mod compensate;
mod decide;
mod evaluate;
mod explain;
mod frame;
mod join;
mod journal;
mod names;
mod operate;
#[cfg(feature = "runtime")]
mod outside;
mod pending;
mod place;
mod region;
mod reopen;
mod retry;
mod scope;
mod settle;
mod signal;
mod start;
mod state;
mod stop;
mod story;
mod task;
mod timer;
mod wording;

#[cfg(test)]
mod tests;

pub use apply::apply;
pub(crate) use decide::decide_first_timer;
pub use decide::{Decision, Refusal, decide};
pub use explain::{Arrival, Explanation, Passed, Waiting, explain};
pub use journal::{Journal, StepRecord};
pub use place::Places;
pub(crate) use place::path as path_of;
pub use state::State;
pub(crate) use story::EventForm;
pub use story::event_json;

/// How many signals are kept for steps that do not wait for them yet.
pub const MAX_KEPT_SIGNALS: usize = 10_000;

/// How many calls deep a child may be.
pub const MAX_CALL_DEPTH: u32 = 100;

/// How often in a row an attempt may be lost with its process before an operator has to look at it.
pub const MAX_LOST: u32 = 16;

/// How large a payload may be, in bytes of JSON.
pub const MAX_PAYLOAD: usize = 2 * 1024 * 1024;
