//! The project's chores, behind `cargo xtask`.
//!
//! * [`gate`] runs everything that a change has to pass, one step after another.
//! * [`cargo`] is the one place that knows how cargo is called.
//! * [`python`] and [`node`] test the bindings, and the applications on them.
//! * [`tidy`] holds the house rules that no compiler knows.

pub mod cargo;
pub mod count;
pub mod gate;
pub mod node;
pub mod python;
pub mod step;
pub mod tidy;
pub mod tool;
