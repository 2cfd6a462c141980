//! Running the binary in a folder of its own.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// How a test names its database.
const NAMED: &str = "a.db";

/// A folder in which the command is run, and its database.
pub struct Place {
    folder: TempDir,
    /// What stands for [`NAMED`].
    database: String,
}

/// What the command has done.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Place {
    /// An empty folder.
    pub fn new() -> Self {
        let database = crate::database().unwrap_or_else(|| NAMED.to_owned());
        Self { folder: tempfile::tempdir().unwrap(), database }
    }

    /// A folder with a file in it.
    pub fn with(name: &str, text: &str) -> Self {
        let place = Self::new();
        place.write(name, text);
        place
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The command, ready to run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_flowwright"));
        let arguments = arguments.iter().map(|word| if *word == NAMED { &self.database } else { *word });
        command.current_dir(self.path()).args(arguments).env("USER", "tester").stdin(Stdio::null());
        command
    }

    /// Runs the command.
    pub fn run(&self, arguments: &[&str]) -> Done {
        self.done(self.command(arguments).output().unwrap())
    }

    /// Runs the command with a text on its standard input.
    pub fn pipe(&self, arguments: &[&str], text: &str) -> Done {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        self.done(child.wait_with_output().unwrap())
    }

    fn done(&self, output: Output) -> Done {
        let text = |bytes| String::from_utf8(bytes).unwrap().replace(&self.database, NAMED);
        let (out, err) = (text(output.stdout), text(output.stderr));
        Done { code: output.status.code().unwrap_or(-1), out, err }
    }
}

impl Done {
    /// Expects an exit code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// Expects a text on standard error.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "`{text}` is not in {self:#?}");
        self
    }
}
