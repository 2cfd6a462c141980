//! What PostgreSQL's errors mean.

use deadpool_postgres::{PoolError, TimeoutType};
use flowwright::base::{Error, ErrorKind};
use tokio_postgres::error::SqlState;

/// Why an operation on a connection ended.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It was refused for reasons of its own.
    Refused(Error),
    /// The database or the way to it failed.
    Broken(tokio_postgres::Error),
}

impl Trouble {
    /// Whether two transactions got into each other's way, so that the same one succeeds when it is run again: a
    /// deadlock, a serialization failure, or a row that another one has just inserted.
    pub fn is_clash(&self) -> bool {
        let clashes = [
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::UNIQUE_VIOLATION,
        ];
        matches!(self, Self::Broken(error) if error.code().is_some_and(|code| clashes.contains(code)))
    }

    /// Whether the connection is lost.
    pub fn is_lost(&self) -> bool {
        matches!(self, Self::Broken(error) if error.as_db_error().is_none() || error.is_closed() || is_end(error))
    }
}

/// The server ends the session with this error.
fn is_end(error: &tokio_postgres::Error) -> bool {
    let ends = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    error.code().is_some_and(|code| ends.contains(code))
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Broken(error)
    }
}

impl From<PoolError> for Trouble {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Backend(error) => Self::Broken(error),
            PoolError::Closed => Self::Refused(super::closed()),
            PoolError::Timeout(TimeoutType::Wait) => Self::Refused(Error::new(
                ErrorKind::StoreUnavailable,
                "all connections to the database are in use: allow more of them",
            )),
            PoolError::PostCreateHook(deadpool_postgres::HookError::Backend(error)) => Self::Broken(error),
            other => Self::Refused(
                Error::new(ErrorKind::StoreUnavailable, "the database cannot be reached").caused_by(other),
            ),
        }
    }
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(error) => error,
            Trouble::Broken(_) => Failure::of(trouble).into(),
        }
    }
}

/// An error that many callers get.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    kind: ErrorKind,
    message: String,
}

impl Failure {
    pub fn of(trouble: Trouble) -> Self {
        let error = match trouble {
            Trouble::Refused(error) => {
                return Self { kind: error.kind(), message: error.message().to_owned() };
            }
            Trouble::Broken(error) => error,
        };
        let (kind, mend) =
            if is_tls(&error) { (ErrorKind::StoreUnavailable, TLS) } else { meaning(error.code()) };
        let said = match error.as_db_error() {
            Some(said) => format!("{} ({})", said.message(), said.code().code()),
            None => chain(&error),
        };
        Self { kind, message: format!("{mend}: {said}") }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::new(failure.kind, failure.message)
    }
}

/// An error with what led to it: the outermost says little.
fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

/// What is said where a connection cannot be encrypted as it shall be.
const TLS: &str = "the server and the URL do not agree on TLS: mend `sslmode` or `sslrootcert` in the URL, or the \
                   server's settings";

/// The driver does not tell in another way.
fn is_tls(error: &tokio_postgres::Error) -> bool {
    error.to_string().starts_with("error performing TLS handshake")
}

fn meaning(code: Option<&SqlState>) -> (ErrorKind, &'static str) {
    use ErrorKind::{Corrupt, InvalidArgument, StoreUnavailable, TooLarge};
    let Some(code) = code else {
        return (StoreUnavailable, "the database cannot be reached, or the connection was lost");
    };
    match code.code() {
        "28000" | "28P01" => {
            (StoreUnavailable, "the database refuses the user: mend the name or the password in the URL")
        }
        "3D000" => (StoreUnavailable, "there is no such database: create it"),
        "42501" => (StoreUnavailable, "the user has no right to do that: grant it"),
        "53100" => (StoreUnavailable, "the server's disk is full: make room"),
        "53300" => (StoreUnavailable, "the server has no connection left: allow more, or use fewer"),
        "25006" => (StoreUnavailable, "the server is read-only: connect to the primary"),
        "55P03" => (StoreUnavailable, "another process has held a lock for too long"),
        "22021" | "22P05" => (InvalidArgument, "a word holds a character that the database cannot store"),
        "22001" | "54000" => (TooLarge, "a value is larger than PostgreSQL takes"),
        "XX001" | "XX002" => (Corrupt, "the database is damaged: restore it from a backup"),
        _ => (StoreUnavailable, "the database failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_they_are_and_how_to_mend_them() {
        for (code, kind, word) in [
            ("53100", ErrorKind::StoreUnavailable, "make room"),
            ("28P01", ErrorKind::StoreUnavailable, "password"),
            ("3D000", ErrorKind::StoreUnavailable, "create it"),
            ("57P01", ErrorKind::StoreUnavailable, "database failed"),
            ("XX001", ErrorKind::Corrupt, "backup"),
            ("54000", ErrorKind::TooLarge, "larger"),
        ] {
            let (found, mend) = meaning(Some(&SqlState::from_code(code)));
            assert_eq!(found, kind);
            assert!(mend.contains(word), "{mend}");
        }
        assert_eq!(meaning(None).0, ErrorKind::StoreUnavailable);
    }
}
