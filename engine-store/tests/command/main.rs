//! The command `flowwright`, as people and programs use it: the real binary, its output and its exit codes.
#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

mod definition;
mod operate;
mod run;
mod simulate;
mod support;
mod task;

/// Another database than a file in the folder.
fn database() -> Option<String> {
    None
}
