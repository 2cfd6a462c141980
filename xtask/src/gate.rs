//! The gate: everything that a change has to pass.

use std::time::Duration;

use crate::count::Count;
use crate::step::{Outcome, Step};
use crate::{cargo, node, python, tidy, tool};

/// A package of benchmarks; it may be a workspace of its own.
const BENCHES: &str = "benches/Cargo.toml";

/// Packages with fuzz targets in their `fuzz` folder.
const FUZZED: &str = "engine-core";

/// The steps, cheapest first. `quick` leaves out other languages, and the builds for other
/// targets and feature sets.
pub fn steps(quick: bool) -> Vec<Step> {
    let mut steps = vec![
        Step::check("rustfmt", cargo::format(true)),
        Step::call("tidy", tidy::report),
        Step::check("clippy", cargo::lint()),
        Step::need("PostgreSQL", tool::postgres),
        Step::tests("tests", cargo::test()),
        Step::check("rustdoc", cargo::document(false)),
    ];
    if !quick {
        steps.extend(python::steps());
        steps.extend(node::steps());
        steps.extend([Step::check("pure library", cargo::lint_pure()), browser(), benches(), fuzz()]);
    }
    steps
}

fn browser() -> Step {
    let name = "pure library for the browser";
    if tool::has_target(cargo::BROWSER) {
        Step::check(name, cargo::lint_browser())
    } else {
        Step::skip(name, "the target wasm32-unknown-unknown is not installed")
    }
}

fn benches() -> Step {
    if !tool::has_package(BENCHES) {
        Step::skip("benches", "there is no such package")
    } else if tool::is_member(BENCHES) {
        Step::skip("benches", "clippy has checked them with the workspace")
    } else {
        Step::check("benches", cargo::check_apart(BENCHES))
    }
}

fn fuzz() -> Step {
    if !tool::has_package(&format!("{FUZZED}/fuzz/Cargo.toml")) {
        Step::skip("fuzz targets", "there are none")
    } else if tool::has_subcommand("fuzz") {
        Step::check("fuzz targets", cargo::fuzz(FUZZED))
    } else {
        Step::skip("fuzz targets", "cargo-fuzz is not installed")
    }
}

/// Runs every step, also after one has failed, and sums up. Whether all is well.
pub fn run(steps: impl IntoIterator<Item = Step>) -> bool {
    let outcomes: Vec<Outcome> = steps.into_iter().map(Step::run).collect();
    println!("\n{}", summary(&outcomes));
    outcomes.iter().all(|outcome| outcome.passed)
}

/// A line for each step, a line with what failed, and the count of the tests.
fn summary(outcomes: &[Outcome]) -> String {
    let mut lines: Vec<String> = outcomes.iter().map(line).collect();
    let failed: Vec<&str> =
        outcomes.iter().filter(|outcome| !outcome.passed).map(|outcome| outcome.name).collect();
    if !failed.is_empty() {
        lines.push(format!("failed: {}", failed.join(", ")));
    }
    let mut tests = Count::default();
    outcomes.iter().for_each(|outcome| tests += outcome.tests);
    lines.push(format!("{} passed, {} failed", tests.passed, tests.failed));
    lines.join("\n")
}

fn line(outcome: &Outcome) -> String {
    let verdict = match (outcome.passed, &outcome.skipped) {
        (true, None) => "ok",
        (true, Some(_)) => "skipped",
        (false, _) => "FAILED",
    };
    let text = format!("{verdict:>7}  {:<30}{:>8}", outcome.name, seconds(outcome.took));
    match &outcome.skipped {
        Some(reason) => format!("{text}  ({reason})"),
        None => text,
    }
}

fn seconds(took: Duration) -> String {
    format!("{:.1}s", took.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(name: &'static str, passed: bool, tests: Count) -> Outcome {
        Outcome { name, passed, skipped: None, tests, took: Duration::from_millis(1250) }
    }

    #[test]
    fn the_summary_ends_with_the_sum_over_the_runners() {
        let skipped =
            Outcome { skipped: Some("it is not here".to_owned()), ..outcome("wasm", true, Count::default()) };
        let text = summary(&[
            outcome("clippy", false, Count::default()),
            outcome("rust", true, Count { passed: 3, failed: 0 }),
            outcome("more", false, Count { passed: 1, failed: 2 }),
            skipped,
        ]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], " FAILED  clippy                            1.2s");
        assert_eq!(lines[3], "skipped  wasm                              1.2s  (it is not here)");
        assert_eq!(lines[4..], ["failed: clippy, more", "4 passed, 2 failed"]);
    }

    #[test]
    fn later_steps_run_after_one_has_failed() {
        assert!(run([Step::call("well", || true), Step::skip("apart", "not here")]));
        assert!(!run([Step::call("ill", || false), Step::call("well", || true)]));
    }
}
