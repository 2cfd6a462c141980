//! The project's chores, behind `cargo xtask`.
//!
//! * [`gate`] runs everything that a change has to pass, one step after another.
//! * [`cargo`] is the one place that knows how cargo is called.
//! * [`tidy`] holds the house rules that no compiler knows.

pub mod cargo;
pub mod count;
pub mod gate;
pub mod step;
pub mod tidy;
pub mod tool;
