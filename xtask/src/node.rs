//! The Node package: its addon, its tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::{self, root, target};
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
        Step::need("Node", packages),
        Step::check("Node addon", cargo::cargo(&["build", "--package", "flowwright-node"])),
        Step::call("Node package", build),
        Step::tests("Node tests", npm(PACKAGE, &["test"])),
        Step::tests("Next.js application", npm(APPLICATION, &["test"])),
    ]
}

/// Installs what builds and tests the package.
fn packages() -> Result<String, String> {
    let version = tool::stdout(Command::new("node").arg("--version")).ok_or("there is no node")?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_none_or(|major: u32| major < OLDEST) {
        return Err(format!("node is {}, and {OLDEST} is the oldest that will do", version.trim()));
    }
    for folder in [PACKAGE, APPLICATION] {
        let there = root().join(folder).join("package.json").is_file();
        if there && !succeeds(&mut npm(folder, &["ci", "--no-audit", "--no-fund"])) {
            return Err(format!("the packages of {folder} cannot be installed"));
        }
    }
    Ok(version.trim().to_owned())
}

/// Puts the addon beside the package, and compiles the TypeScript.
fn build() -> bool {
    let addon = target().join("debug").join(library());
    let place = root().join(PACKAGE).join(addon_name());
    match std::fs::copy(&addon, &place) {
        Ok(_) => succeeds(&mut npm(PACKAGE, &["run", "build"])),
        Err(error) => {
            eprintln!("error: {} cannot be copied: {error}", addon.display());
            false
        }
    }
}
