//! A few seconds of torture: nothing is lost.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

use std::process::Command;

/// Runs it, and expects that nothing is lost.
fn torture(words: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowwright-torture"));
    let output = command.arg("run").args(words).output().unwrap();
    let (said, line) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success(), "{said}\n{line}");
    let report: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(report["losses"], 0, "{line}");
    let count = |name: &str| report[name].as_u64().unwrap();
    assert!(count("acknowledged") > 0 && count("steps") > 0 && count("events") > 0, "{line}");
    let troubles = report["troubles"].as_object().unwrap();
    assert!(troubles.contains_key("kill") && troubles.contains_key("stop"), "{line}");
    println!("{line}");
}

#[test]
fn a_short_time_on_sqlite_loses_nothing() {
    torture(&["--store", "sqlite", "--minutes", "0.15", "--seed", "1"]);
}

#[cfg(feature = "postgres")]
#[test]
fn a_short_time_on_postgres_loses_nothing() {
    // Where no server can be started that is said, as in other tests.
    if testing_postgres::Server::start_or_skip(testing_postgres::Durability::None).is_some() {
        torture(&["--store", "postgres", "--minutes", "0.15", "--seed", "1"]);
    }
}
