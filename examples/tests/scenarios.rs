//! Every scenario prints what its `expected.txt` says. The same folders run in Python and TypeScript.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is how a failure is told"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

fn says_what_is_expected(scenario: &str, program: &str) {
    let output = Command::new(program).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{scenario} failed: {errors}");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(scenario);
    let expected = fs::read_to_string(folder.join("expected.txt")).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{scenario}: {errors}");
}

#[test]
fn approval() {
    says_what_is_expected("approval", env!("CARGO_BIN_EXE_approval"));
}

#[test]
fn bulk_import() {
    says_what_is_expected("bulk_import", env!("CARGO_BIN_EXE_bulk_import"));
}

#[test]
fn order_saga() {
    says_what_is_expected("order_saga", env!("CARGO_BIN_EXE_order_saga"));
}

#[test]
fn payment_signal() {
    says_what_is_expected("payment_signal", env!("CARGO_BIN_EXE_payment_signal"));
}

/// A folder with a definition and no test would be tested in no language.
#[test]
fn no_scenario_is_left_out() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = fs::read_dir(here).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<String> = folders
        .filter(|folder| folder.join("expected.txt").is_file() && folder.join("main.rs").is_file())
        .map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    found.sort();
    assert_eq!(found, ["approval", "bulk_import", "loan_origination", "order_saga", "payment_signal"]);
}
