//! What SQLite's errors mean.

use flowwright::base::{Error, ErrorKind};
use rusqlite::ErrorCode;

/// Why an operation on a connection ended.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It was refused before it wrote anything; the transaction goes on.
    Refused(Error),
    /// The database failed; the transaction is lost.
    Broken(rusqlite::Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Broken(error)
    }
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(error) => error,
            Trouble::Broken(error) => Failure::of(&error).into(),
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
    pub fn of(error: &rusqlite::Error) -> Self {
        let (kind, mend) = meaning(error.sqlite_error_code());
        Self { kind, message: format!("{mend}: {error}") }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::new(failure.kind, failure.message)
    }
}

fn meaning(code: Option<ErrorCode>) -> (ErrorKind, &'static str) {
    match code {
        Some(ErrorCode::NotADatabase) => (
            ErrorKind::StoreForeign,
            "the file is not a SQLite database: give another path, or move the file away",
        ),
        Some(ErrorCode::DatabaseCorrupt) => {
            (ErrorKind::Corrupt, "the database file is damaged: restore it from a backup")
        }
        Some(ErrorCode::DiskFull) => {
            (ErrorKind::StoreUnavailable, "the disk is full, or the file has reached its bound: make room")
        }
        Some(ErrorCode::ReadOnly) => (
            ErrorKind::StoreUnavailable,
            "the file cannot be written: give the process the right to write it and its folder",
        ),
        Some(ErrorCode::CannotOpen) => (
            ErrorKind::StoreUnavailable,
            "the file cannot be opened: its folder must exist, and the process must have the right to write there",
        ),
        Some(ErrorCode::PermissionDenied) => {
            (ErrorKind::StoreUnavailable, "the process has no right to the file")
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            (ErrorKind::StoreUnavailable, "another process has held the file for too long")
        }
        Some(ErrorCode::TooBig) => (ErrorKind::TooLarge, "a value is larger than SQLite takes"),
        Some(ErrorCode::SystemIoFailure) => (ErrorKind::StoreUnavailable, "the disk failed"),
        _ => (ErrorKind::StoreUnavailable, "the database failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_they_are_and_how_to_mend_them() {
        for (code, kind, word) in [
            (rusqlite::ffi::SQLITE_FULL, ErrorKind::StoreUnavailable, "make room"),
            (rusqlite::ffi::SQLITE_READONLY, ErrorKind::StoreUnavailable, "right to write"),
            (rusqlite::ffi::SQLITE_CANTOPEN, ErrorKind::StoreUnavailable, "folder must exist"),
            (rusqlite::ffi::SQLITE_BUSY, ErrorKind::StoreUnavailable, "another process"),
            (rusqlite::ffi::SQLITE_NOTADB, ErrorKind::StoreForeign, "not a SQLite database"),
            (rusqlite::ffi::SQLITE_CORRUPT, ErrorKind::Corrupt, "backup"),
            (rusqlite::ffi::SQLITE_IOERR, ErrorKind::StoreUnavailable, "disk failed"),
        ] {
            let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
            let error = Error::from(Trouble::from(error));
            assert_eq!(error.kind(), kind);
            assert!(error.message().contains(word), "{error}");
        }
    }
}
