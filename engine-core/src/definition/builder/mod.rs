//! Definitions in Rust: fluent, and the same data that a document gives.

mod flow;
mod policy;
mod scope;
mod setters;
mod step;

pub use flow::Flow;
pub use scope::Steps;
pub use step::StepBuilder;

use setters::setters;
