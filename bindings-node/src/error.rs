//! Errors as they cross: the text of the exception is the problem in JSON, and the TypeScript layer makes its class.

use flowwright::base::{Error, ErrorKind};
use flowwright::embed::Problem;
use napi_derive::napi;

/// An error whose message is the problem in JSON.
pub(crate) fn thrown(error: Error) -> napi::Error {
    let problem = Problem::from(error);
    let text = serde_json::to_string(&problem).unwrap_or_else(|_| problem.message.clone());
    napi::Error::from_reason(text)
}

/// An argument from JavaScript that is not what it must be.
pub(crate) fn wrong(what: &str, error: &serde_json::Error) -> Error {
    Error::new(ErrorKind::InvalidArgument, format!("{what} cannot be read: {error}"))
}

/// An answer that cannot be written.
pub(crate) fn unwritten(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::Internal, "the answer cannot be written").caused_by(error)
}

/// The stable code of every kind of error.
#[napi]
pub fn error_codes() -> Vec<&'static str> {
    ErrorKind::ALL.iter().map(|kind| kind.code()).collect()
}

/// Of which kinds the same call may succeed later without a change.
#[napi]
pub fn retryable_codes() -> Vec<&'static str> {
    ErrorKind::ALL.iter().filter(|kind| kind.retryable()).map(|kind| kind.code()).collect()
}
