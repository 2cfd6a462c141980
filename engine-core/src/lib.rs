//! Flowwright: an embeddable workflow engine.

pub mod base;
pub mod definition;
#[cfg(feature = "runtime")]
pub mod engine;
pub mod expr;
pub mod graph;
pub mod machine;
pub mod protocol;
pub mod simulate;
pub mod task;
#[cfg(feature = "runtime")]
pub mod runtime;
#[cfg(feature = "runtime")]
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
