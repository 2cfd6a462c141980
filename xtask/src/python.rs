//! The Python package: its environment, its wheel, its tests.

use std::path::PathBuf;
use std::process::Command;

use crate::cargo::{root, target};
use crate::step::{Step, succeeds};
use crate::tool;

/// The package's folder.
const PACKAGE: &str = "bindings-python";

/// The application's folder.
const APPLICATION: &str = "examples/fastapi-app";

/// What there is to do, in order: everything in a virtual environment in the target folder.
pub fn steps() -> Vec<Step> {
    vec![
        Step::need("Python", environment),
        Step::check("Python wheel", wheel()),
        Step::check("Python package installed", install()),
        Step::check("Python types", types()),
        Step::tests("Python tests", tests(PACKAGE)),
        Step::tests("FastAPI application", tests(APPLICATION)),
    ]
}

/// Makes the environment, with what builds and tests the package.
fn environment() -> Result<String, String> {
    let version = tool::stdout(Command::new("python3").args(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]));
    let version = version.ok_or("there is no python3")?;
    let number = version.trim().split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    if number.is_none_or(|number: (u32, u32)| number < (3, 11)) {
        return Err(format!("python3 is {}, and 3.11 is the oldest that will do", version.trim()));
    }
    let made = program("python").is_file() || succeeds(Command::new("python3").args(["-m", "venv"]).arg(folder()));
    let requirements = [root().join(PACKAGE).join("requirements-dev.txt"), root().join(APPLICATION).join("requirements.txt")];
    let mut pip = pip();
    requirements.iter().filter(|file| file.is_file()).for_each(|file| drop(pip.arg("-r").arg(file)));
    if made && succeeds(&mut pip) { Ok(format!("{} in a virtual environment", version.trim())) } else { Err("its packages cannot be installed".to_owned()) }
}

/// Builds the wheel as a user gets it, but unoptimised.
fn wheel() -> Command {
    let mut command = Command::new(program("maturin"));
    command.current_dir(root().join(PACKAGE)).args(["build", "--quiet", "--out"]).arg(wheels());
    command.env("CARGO_TARGET_DIR", target());
    command
}

fn install() -> Command {
    let mut command = pip();
    command.args(["--force-reinstall", "--no-deps", "--no-index", "--find-links"]).arg(wheels()).arg("flowwright");
    command
}

fn types() -> Command {
    let mut command = Command::new(program("mypy"));
    command.current_dir(root().join(PACKAGE)).args(["--strict", "python/flowwright"]);
    command
}

fn tests(package: &str) -> Command {
    let mut command = Command::new(program("pytest"));
    command.current_dir(root().join(package)).args(["-q", "tests"]);
    command
}

fn pip() -> Command {
    let mut command = Command::new(program("python"));
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
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
