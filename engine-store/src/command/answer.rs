//! What a subcommand gives: an answer, or what went wrong, each with an exit code.

use std::fmt;
use std::process::ExitCode;

use flowwright::base::{Error, ErrorKind};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// The result of a subcommand.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// How the process ends. The numbers are promised in the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Ok = 0,
    /// What was asked about is not well: a definition has errors, an instance has failed.
    NotOk = 1,
    /// The command was called wrongly.
    Usage = 2,
    /// A file, an instance, a step or a task is not there.
    NotFound = 3,
    /// It is there, and it refuses.
    Refused = 4,
    /// The database cannot be used.
    Store = 5,
    /// It was broken off; what was begun goes on the next time.
    Interrupted = 6,
    /// A fault of the program's own.
    Internal = 7,
}

/// The exit codes, as the help tells them.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  all is well
  1  what was asked about is not: the definition has errors, the instance failed or was aborted, an audit found
     something
  2  the command was called wrongly, or an argument cannot be read
  3  the file, instance, step or task is not there
  4  it is there and refuses: invalid input, suspended, ended, claimed by somebody else, not allowed
  5  the database cannot be used: busy, damaged, of a newer release, not one of ours
  6  broken off or out of time; the instance goes on when it is run again
  7  a fault of the program's own";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::InvalidDefinition => Self::NotOk,
            ErrorKind::InvalidArgument => Self::Usage,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::InvalidInput
            | ErrorKind::AlreadyExists
            | ErrorKind::Conflict
            | ErrorKind::Forbidden
            | ErrorKind::InstanceSuspended
            | ErrorKind::InstanceClosed
            | ErrorKind::StepState
            | ErrorKind::TooLarge
            | ErrorKind::LimitReached => Self::Refused,
            ErrorKind::Overloaded
            | ErrorKind::LeaseLost
            | ErrorKind::StoreUnavailable
            | ErrorKind::StoreNewer
            | ErrorKind::StoreForeign
            | ErrorKind::Corrupt => Self::Store,
            ErrorKind::WaitTimedOut | ErrorKind::ShuttingDown | ErrorKind::WrongProcess => Self::Interrupted,
            _ => Self::Internal,
        }
    }
}

/// What a subcommand has to say.
#[derive(Debug)]
pub struct Answer {
    /// For standard output.
    pub text: String,
    /// How the process ends.
    pub exit: Exit,
}

impl Answer {
    /// Text for people.
    pub fn text(text: impl Into<String>, exit: Exit) -> Self {
        Self { text: text.into(), exit }
    }

    /// One JSON value for machines.
    pub fn json<T: Serialize + ?Sized>(value: &T, exit: Exit) -> Self {
        match serde_json::to_string_pretty(value) {
            Ok(text) => Self { text: text + "\n", exit },
            Err(error) => {
                eprintln!("error: the answer cannot be written as JSON: {error}");
                Self::text("", Exit::Internal)
            }
        }
    }
}

/// What went wrong.
#[derive(Debug)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// The stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    /// The place in the text, drawn.
    pub snippet: Option<String>,
}

impl Failure {
    /// A failure of a kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { exit: kind.into(), code: kind.code(), message: message.into(), help: None, snippet: None }
    }

    /// Adds how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        let message = text.strip_prefix(&format!("{}: ", error.code())).unwrap_or(&text);
        Self::new(error.kind(), message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error[{}]: {}", self.code, self.message)?;
        if let Some(snippet) = &self.snippet {
            f.write_str(snippet)?;
        }
        match &self.help {
            Some(help) => writeln!(f, "  help: {help}"),
            None => Ok(()),
        }
    }
}

impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Inner<'a> {
            code: &'a str,
            message: &'a str,
            help: Option<&'a str>,
        }
        let inner = Inner { code: self.code, message: &self.message, help: self.help.as_deref() };
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("error", &inner)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_error_has_an_exit_code_that_says_it_is_one() {
        for kind in ErrorKind::ALL {
            let exit = Exit::from(*kind);
            assert_ne!(exit, Exit::Ok, "{kind:?}");
            assert_eq!(exit == Exit::Internal, *kind == ErrorKind::Internal, "{kind:?}");
        }
    }

    #[test]
    fn the_help_tells_every_exit_code() {
        for exit in [
            Exit::Ok,
            Exit::NotOk,
            Exit::Usage,
            Exit::NotFound,
            Exit::Refused,
            Exit::Store,
            Exit::Interrupted,
            Exit::Internal,
        ] {
            assert!(EXIT_CODES.contains(&format!("\n  {}  ", exit as u8)), "{exit:?}");
        }
    }

    #[test]
    fn an_error_of_the_library_keeps_code_message_and_context() {
        let error = Error::new(ErrorKind::Conflict, "somebody has it").with("task", 7);
        let failure = Failure::from(error).help("wait");
        assert_eq!(failure.to_string(), "error[conflict]: somebody has it (task: 7)\n  help: wait\n");
        let json = serde_json::to_string(&failure).unwrap();
        assert_eq!(
            json,
            r#"{"error":{"code":"conflict","message":"somebody has it (task: 7)","help":"wait"}}"#
        );
    }
}
