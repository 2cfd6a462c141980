//! What is installed, and which packages are there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use testing_postgres::{Durability, Server};

use crate::cargo::{self, cargo};

/// Whether rustc has the standard library of a target.
pub fn has_target(target: &str) -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.current_dir(cargo::root()).args(["--print", "target-libdir", "--target", target]);
    stdout(&mut command).is_some_and(|folder| PathBuf::from(folder.trim()).is_dir())
}

/// Whether cargo has a subcommand.
pub fn has_subcommand(name: &str) -> bool {
    stdout(&mut cargo(&[name, "--version"])).is_some()
}

/// Whether a package is there at all.
pub fn has_package(manifest: &str) -> bool {
    cargo::root().join(manifest).is_file()
}

/// Whether a package is a member of the workspace: lints and tests include it then.
pub fn is_member(manifest: &str) -> bool {
    let mut command =
        cargo(&["locate-project", "--workspace", "--message-format", "plain", "--manifest-path", manifest]);
    stdout(&mut command).is_some_and(|path| cargo::root().join("Cargo.toml") == Path::new(path.trim()))
}

/// Starts a PostgreSQL server as the tests do, found or fetched; it stays for tests in other languages. The answer says
/// whose it is, or why none starts.
///
/// # Errors
/// The reason.
pub fn postgres() -> Result<String, String> {
    let programs = testing_postgres::programs().map_err(|error| error.to_string())?;
    let server = Server::start(Durability::None).map_err(|error| error.to_string())?;
    let _only_once = SERVER.set(server);
    let mut command = Command::new(programs.join("postgres"));
    let version = stdout(command.arg("--version")).unwrap_or_default();
    Ok(format!("{} in {}", version.trim(), programs.display()))
}

/// The server for tests in other languages, if there is one. It ends with this process.
pub fn postgres_url() -> Option<String> {
    SERVER.get().map(Server::url)
}

static SERVER: OnceLock<Server> = OnceLock::new();

/// What a command prints, if it succeeds.
pub fn stdout(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}
