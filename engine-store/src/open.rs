//! The choice of a store as text.

use std::sync::Arc;

use flowwright::base::{Error, ErrorKind, Result};
use flowwright::store::Store;

use crate::MemoryStore;

/// Opens a store by its URL.
///
/// * `memory:`: nothing outlives the process.
/// * `sqlite:PATH`, for example `sqlite:data/app.db`: one file, which is created if it is not there. The folder must be.
/// * `postgres://USER:PASSWORD@HOST/DATABASE`, with `?schema=NAME` for another schema than `flowwright`: a PostgreSQL
///   database, which must be there. It is connected to when it is first used.
///
/// # Errors
/// `InvalidArgument` for a URL of another form; otherwise what opening that store gives.
pub fn open(url: &str) -> Result<Arc<dyn Store>> {
    let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
    match (scheme, rest) {
        ("memory", "") => Ok(Arc::new(MemoryStore::new())),
        ("memory", _) => Err(wrong(url, "write `memory:`, with nothing behind the colon")),
        ("sqlite", path) => sqlite(url, path),
        ("postgres" | "postgresql", _) => postgres(url),
        _ => Err(wrong(url, "write `memory:`, `sqlite:PATH` or `postgres://…`")),
    }
}

#[cfg(feature = "sqlite")]
fn sqlite(url: &str, path: &str) -> Result<Arc<dyn Store>> {
    if path.is_empty() {
        return Err(wrong(url, "write the path of the file behind the colon, as in `sqlite:app.db`"));
    }
    Ok(Arc::new(crate::SqliteStore::open(path)?))
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(url: &str, _: &str) -> Result<Arc<dyn Store>> {
    Err(wrong(url, "this build has no SQLite: switch the feature `sqlite` on"))
}

#[cfg(feature = "postgres")]
fn postgres(url: &str) -> Result<Arc<dyn Store>> {
    Ok(Arc::new(crate::PostgresStore::lazy(url, crate::PostgresOptions::default())?))
}

#[cfg(not(feature = "postgres"))]
fn postgres(_: &str) -> Result<Arc<dyn Store>> {
    // Without the URL, which may hold a password.
    Err(wrong("postgres:", "this build has no PostgreSQL: switch the feature `postgres` on"))
}

fn wrong(url: &str, mend: &str) -> Error {
    Error::new(ErrorKind::InvalidArgument, format!("`{url}` names no store: {mend}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_url_says_what_to_write() {
        for (url, hint) in [
            ("", "memory:"),
            ("app.db", "sqlite:PATH"),
            ("mysql:db", "sqlite:PATH"),
            ("memory:x", "nothing behind the colon"),
            ("sqlite:", "sqlite:app.db"),
            ("sqlite::memory:", "memory:"),
        ] {
            let error = open(url).err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{url}");
            assert!(error.message().contains(hint), "{url}: {error}");
        }
        assert!(open("memory:").is_ok());
    }
}
