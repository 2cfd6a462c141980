//! The 90 behaviours of durable execution that public suites test, restated for an embedded engine. [`table`] says of each
//! which test shows it, or why it does not apply, or what the engine lacks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

mod activity;
mod attempt;
mod check;
mod child;
mod combine;
mod concurrency;
mod control;
mod diary;
mod history;
mod human;
mod mapjoin;
mod observe;
mod query;
mod recorded;
mod recovery;
mod replay;
mod saga;
mod signal;
#[path = "../engine/support.rs"]
#[allow(dead_code, reason = "the tests of the engine use the rest")]
mod support;
mod table;
mod timer;
mod version;
mod world;
