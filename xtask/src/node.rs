//! The Node package and the application on it: the addon, the tests.

use std::path::Path;
use std::process::Command;

use crate::cargo::{root, target};
use crate::step::{Step, succeeds};
use crate::tool;

/// The package's folder.
const PACKAGE: &str = "bindings-node";

/// The application's folder.
const APPLICATION: &str = "examples/nextjs-app";

/// The oldest Node that the package runs on.
const OLDEST: u32 = 20;

/// What there is to do, in order.
pub fn steps() -> Vec<Step> {
    vec![
        Step::need("Node", version),
        Step::check("Node packages", npm(PACKAGE, &["ci", "--no-audit", "--no-fund"])),
        Step::check("Node addon", npm(PACKAGE, &["run", "build"])),
        Step::tests("Node tests", npm(PACKAGE, &["test"])),
        Step::check("Node package installed", npm(PACKAGE, &["run", "test:package"])),
        Step::check("Next.js packages", npm(APPLICATION, &["ci", "--no-audit", "--no-fund"])),
        Step::need("Chromium", chromium),
        Step::tests("Next.js application", npm(APPLICATION, &["test"])),
    ]
}

fn version() -> Result<String, String> {
    let found = tool::stdout(Command::new("node").arg("--version")).ok_or("there is no node")?;
    let version = found.trim().trim_start_matches('v');
    let major = version.split('.').next().and_then(|major| major.parse().ok());
    if major.is_none_or(|major: u32| major < OLDEST) {
        return Err(format!("node is {version}; {OLDEST} is the oldest that will do"));
    }
    Ok(version.to_owned())
}

/// A browser for the application's tests; on Debian, as root, it is installed.
fn chromium() -> Result<String, String> {
    let program = Path::new("/usr/bin/chromium");
    if !program.exists() {
        let mut update = Command::new("apt-get");
        let mut install = Command::new("apt-get");
        install.args(["install", "--yes", "--quiet", "--no-install-recommends", "chromium"]);
        if !(succeeds(update.args(["update", "--quiet"])) && succeeds(&mut install)) {
            return Err("there is no chromium, and it cannot be installed".to_owned());
        }
    }
    let found = tool::stdout(Command::new(program).arg("--version"));
    found.map(|version| version.trim().to_owned()).ok_or_else(|| "chromium does not start".to_owned())
}

/// `npm` in one of our folders; what it builds goes to the one target folder.
fn npm(folder: &str, words: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.current_dir(root().join(folder)).args(words);
    command.env("CARGO_TARGET_DIR", target()).env("NEXT_TELEMETRY_DISABLED", "1");
    command
}
