//! The command `flowwright` on a PostgreSQL database: what holds for a file holds there.
#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

use std::sync::atomic::{AtomicU64, Ordering};

#[path = "command/operate.rs"]
mod operate;
#[path = "command/run.rs"]
mod run;
#[path = "command/support.rs"]
#[allow(dead_code, reason = "it is shared with tests of commands that need no database")]
mod support;
#[path = "command/task.rs"]
mod task;

/// A schema of its own; where there is no server, which is said, a file as ever.
fn database() -> Option<String> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let server = testing_postgres::Server::shared()?;
    Some(format!("{}?schema=command_{}", server.url(), COUNT.fetch_add(1, Ordering::Relaxed)))
}

#[test]
fn only_a_run_makes_a_schema() {
    let Some(url) = database() else { return };
    let place = support::Place::with("a.yaml", "flow: a\nsteps: [{id: t, type: timer, delay: 1ms}]\n");
    place.run(&["instances", "--db", &url]).code(3).says("there is no database postgres://");
    place.run(&["instances", "--db", &url]).code(3).says("there is no database postgres://");
    place.run(&["run", "a.yaml", "--db", &url]).code(0);
    assert_eq!(place.run(&["instances", "--db", &url, "--json"]).code(0).json()["instances"][0]["flow"], "a");
}

#[test]
fn what_cannot_be_reached_is_told_without_the_password() {
    let place = support::Place::new();
    let done = place.run(&["instances", "--db", "postgres://u:secret@%2Fno%2Fsuch%2Ffolder/d"]).code(5);
    assert!(!done.err.contains("secret"), "{done:#?}");
    done.says("error[store_unavailable]");
}
