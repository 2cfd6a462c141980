//! What every SQL database shares: the steps of a schema, the statements by name, filters as conditions, values as columns.
//! Nothing here opens or calls a database.
//!
//! Statements are written for SQLite so that PostgreSQL can read most of them: parameters are `$1`, `$2`, … and appear
//! in the order of their numbers (SQLite counts a named parameter when it first sees it).

pub(crate) mod codec;
pub(crate) mod filter;
pub(crate) mod migrate;
#[cfg(feature = "sqlite")]
pub(crate) mod schema;
pub(crate) mod statement;
pub(crate) mod task;
