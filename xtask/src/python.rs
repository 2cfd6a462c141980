//! The Python package and the application on it: their environment, the wheel, the tests.

use std::path::PathBuf;
use std::process::Command;

use crate::cargo::{root, target};
use crate::step::{Step, succeeds};
use crate::tool;

/// The package's folder.
const PACKAGE: &str = "bindings-python";

/// The application's folder.
const APPLICATION: &str = "examples/fastapi-app";

/// The oldest Python that the package runs on.
const OLDEST: (u32, u32) = (3, 11);

/// What there is to do, in order: all of it in a virtual environment in the target folder.
pub fn steps() -> Vec<Step> {
    vec![
        Step::need("Python", environment),
        Step::check("Python wheel", wheel()),
        Step::call("Python package", install),
        Step::tests("Python tests", tests(PACKAGE)),
        Step::tests("FastAPI application", tests(APPLICATION)),
    ]
}

/// Makes the environment, with what builds the package.
fn environment() -> Result<String, String> {
    let script = "import sys; print('%d.%d' % sys.version_info[:2])";
    let found = tool::stdout(Command::new("python3").args(["-c", script])).ok_or("there is no python3")?;
    let version = found.trim();
    if numbers(version).is_none_or(|numbers| numbers < OLDEST) {
        return Err(format!("python3 is {version}; {}.{} is the oldest that will do", OLDEST.0, OLDEST.1));
    }
    let there =
        program("python").is_file() || succeeds(Command::new("python3").args(["-m", "venv"]).arg(folder()));
    if there && succeeds(pip().arg("maturin>=1.16,<2")) {
        Ok(format!("{version}, in an environment of its own"))
    } else {
        Err("maturin cannot be installed in an environment of its own".to_owned())
    }
}

fn numbers(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Builds the wheel, as a user gets it but not optimised.
fn wheel() -> Command {
    let mut command = Command::new(program("maturin"));
    command.current_dir(root().join(PACKAGE)).args(["build", "--quiet", "--profile", "dev", "--out"]);
    command.arg(wheels()).env("CARGO_TARGET_DIR", target());
    command
}

/// Installs the wheel in place of the one of the run before, and what the tests need beside it.
fn install() -> bool {
    let mut own = pip();
    own.args(["--force-reinstall", "--no-deps", "--no-index", "--find-links"])
        .arg(wheels())
        .arg("flowwright");
    let mut rest = pip();
    rest.arg("flowwright[test]").arg("-r").arg(root().join(APPLICATION).join("requirements-dev.txt"));
    succeeds(&mut own) && succeeds(&mut rest)
}

/// The tests of a package, on the wheel that was installed.
fn tests(package: &str) -> Command {
    let mut command = Command::new(program("python"));
    command.current_dir(root().join(package)).args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]);
    command
}

fn pip() -> Command {
    let mut command = Command::new(program("python"));
    command.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--root-user-action=ignore",
    ]);
    command
}

fn program(name: &str) -> PathBuf {
    folder().join("bin").join(name)
}

fn folder() -> PathBuf {
    target().join("python")
}

fn wheels() -> PathBuf {
    target().join("wheels")
}
