//! Workloads, and what they are measured with.

pub mod args;
pub mod counting;
pub mod machine;
pub mod measure;
pub mod reference;
pub mod report;
pub mod run;
pub mod store;
pub mod workload;

/// What the bench itself answers where something is wrong: it is shown and ends the process.
pub type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// A result of the bench.
pub type Result<T> = std::result::Result<T, Trouble>;
