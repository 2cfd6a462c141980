//! How cargo is called: each invocation once.
//!
//! Lints, tests and documentation ask for the same packages with the same features, so that one target folder serves
//! them all and dependencies are built once for checking and once for running.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Everything there is, with everything switched on.
const EVERYTHING: [&str; 2] = ["--workspace", "--all-features"];

/// The library without its runtime: what runs in a browser.
const PURE: [&str; 3] = ["--package", "flowwright", "--no-default-features"];

/// The target that the pure library is built for.
pub const BROWSER: &str = "wasm32-unknown-unknown";

/// The workspace's folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// `cargo` at the workspace's root.
pub fn cargo(words: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(words);
    command
}

/// Formats, or only looks.
pub fn format(check: bool) -> Command {
    let mut command = cargo(&["fmt", "--all"]);
    if check {
        command.arg("--check");
    }
    command
}

/// Clippy over every target of every package.
pub fn lint() -> Command {
    denying(cargo(&["clippy", "--all-targets"]), &EVERYTHING)
}

/// Clippy over the pure library.
pub fn lint_pure() -> Command {
    denying(cargo(&["clippy"]), &PURE)
}

/// Clippy over the pure library, built for a browser.
pub fn lint_browser() -> Command {
    denying(cargo(&["clippy", "--target", BROWSER]), &PURE)
}

fn denying(mut command: Command, what: &[&str]) -> Command {
    command.args(what).args(["--", "-D", "warnings"]);
    command
}

/// Unit tests, integration tests and the examples in the documentation, all of them even after a failure.
pub fn test() -> Command {
    let mut command = cargo(&["test", "--no-fail-fast"]);
    command.args(EVERYTHING);
    command
}

/// The documentation of our own packages, private parts apart.
pub fn document(open: bool) -> Command {
    let mut command = cargo(&["doc", "--no-deps"]);
    command.args(EVERYTHING).env("RUSTDOCFLAGS", "-D warnings");
    if open {
        command.arg("--open");
    }
    command
}

/// The language's JSON Schema on standard output.
pub fn schema() -> Command {
    cargo(&["run", "--quiet", "--package", "flowwright-store", "--bin", "flowwright", "--", "schema"])
}

/// Torture, as the tests are built: with every assertion on.
pub fn torture(words: &[&str]) -> Command {
    let mut command =
        cargo(&["run", "--quiet", "--package", "flowwright-torture", "--all-features", "--", "run"]);
    command.args(words);
    command
}

/// Checks every target of a package that is no member of the workspace, in the workspace's target folder.
pub fn check_apart(manifest: &str) -> Command {
    let mut command = cargo(&["check", "--all-targets", "--manifest-path", manifest]);
    command.arg("--target-dir").arg(target());
    command
}

/// Builds the fuzz targets of a package.
pub fn fuzz(package: &str) -> Command {
    let mut command = cargo(&["fuzz", "build"]);
    command.current_dir(root().join(package));
    command
}

/// The one target folder.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
