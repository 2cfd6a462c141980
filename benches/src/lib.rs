//! Workloads and what they are measured with.

mod durable;
mod machine;

pub use durable::{Shape, run_durable};
pub use machine::transitions;

use std::time::Duration;

/// One measurement.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Steps (of the machine: transitions) that were done.
    pub steps: u64,
    /// How long it took.
    pub wall: Duration,
}

impl Measured {
    /// Steps a second.
    pub fn per_second(&self) -> f64 {
        self.steps as f64 / self.wall.as_secs_f64()
    }
}

/// The median of several runs, by steps a second.
pub fn median(mut runs: Vec<Measured>) -> Option<Measured> {
    runs.sort_by(|one, other| one.per_second().total_cmp(&other.per_second()));
    runs.get(runs.len() / 2).copied()
}
