//! Where the processes keep their instances, and what can be done to it.

mod disk;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Result;
use crate::args::{StoreKind, TortureArgs};

/// Something that happens to a store, for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// The disk is full.
    DiskFull,
    /// Nobody may write the file.
    FileReadOnly,
    /// Nobody may make or remove files in the folder.
    FolderReadOnly,
    /// The server ends at once.
    ServerCrash,
    /// The server is stopped as one stops it to start it again.
    ServerRestart,
    /// All connections are cut by the server.
    ConnectionsCut,
    /// A process of the server that serves a connection is killed.
    ConnectionKilled,
}

impl Harm {
    /// What it is called in the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DiskFull => "disk_full",
            Self::FileReadOnly => "file_read_only",
            Self::FolderReadOnly => "folder_read_only",
            Self::ServerCrash => "server_crash",
            Self::ServerRestart => "server_restart",
            Self::ConnectionsCut => "connections_cut",
            Self::ConnectionKilled => "connection_killed",
        }
    }

    /// Whether it cannot be together with another one.
    pub const fn excludes(self, other: Self) -> bool {
        self.ends_server() && other.ends_server()
    }

    /// Whether there is no server for a while.
    const fn ends_server(self) -> bool {
        match self {
            Self::ServerCrash | Self::ServerRestart | Self::ConnectionsCut | Self::ConnectionKilled => true,
            Self::DiskFull | Self::FileReadOnly | Self::FolderReadOnly => false,
        }
    }
}

/// A store that harm can be done to.
pub trait Place {
    /// How the processes open it.
    fn url(&self) -> String;

    /// What can be done to it here.
    fn harms(&self) -> Vec<Harm>;

    /// What cannot be done to it here, for want of rights.
    fn missing(&self) -> Vec<&'static str>;

    /// Does harm.
    ///
    /// # Errors
    /// Where it cannot be done after all.
    fn make(&mut self, harm: Harm) -> Result<()>;

    /// Makes it good again.
    ///
    /// # Errors
    /// Where that cannot be done.
    fn mend(&mut self, harm: Harm) -> Result<()>;
}

/// Makes a store in a folder.
///
/// # Errors
/// Where that cannot be done.
pub fn open(args: &TortureArgs, scratch: &Path) -> Result<Box<dyn Place>> {
    match args.store {
        StoreKind::Sqlite => Ok(Box::new(sqlite::Sqlite::new(scratch)?)),
        #[cfg(feature = "postgres")]
        StoreKind::Postgres => Ok(Box::new(postgres::Postgres::new()?)),
        #[cfg(not(feature = "postgres"))]
        StoreKind::Postgres => Err("this build has no PostgreSQL: switch the feature `postgres` on".into()),
    }
}

/// Set in a program that has mounts of its own.
const MOUNTS: &str = "FLOWWRIGHT_TORTURE_MOUNTS";

/// Becomes the same program with mounts of its own, which go with it. Comes back only where it has them already, or
/// cannot have them.
pub fn in_own_mounts() -> Option<Result<bool>> {
    if std::env::var_os(MOUNTS).is_some() {
        return None;
    }
    let ways: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    let may = |way: &&&[&str]| {
        let mut command = Command::new("unshare");
        command.args(**way).arg("true").stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let way = ways.iter().find(may)?;
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return Some(Err(error.into())),
    };
    let mut command = Command::new("unshare");
    command.args(*way).arg("--").arg(program).args(std::env::args_os().skip(1)).env(MOUNTS, "1");
    Some(Err(command.exec().into()))
}

/// Runs a program to its end; the error holds what it said.
fn run(program: &str, words: &[&std::ffi::OsStr]) -> Result<()> {
    let output = Command::new(program).args(words).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{program} {words:?}` failed: {said}").into())
}
