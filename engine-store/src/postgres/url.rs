//! What a URL says: to the driver, and to the store itself.

use flowwright::base::{Error, ErrorKind, Result};

use super::PostgresOptions;
use super::tls::Encryption;

/// A URL, taken apart.
#[derive(Debug)]
pub(super) struct Parts {
    /// What the driver understands.
    pub url: String,
    pub encryption: Encryption,
    /// The options, and over them what the URL says.
    pub options: PostgresOptions,
}

impl Parts {
    /// Takes the store's own parameters out of a URL.
    ///
    /// # Errors
    /// `InvalidArgument` for a parameter with a value that it cannot have.
    pub fn of(url: &str, options: PostgresOptions) -> Result<Self> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let mut parts = Self { url: base.to_owned(), encryption: Encryption::default(), options };
        let (mut certificate, mut key, mut rest) = (None, None, Vec::new());
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = decoded(value);
            match name {
                "schema" => parts.options.schema = value,
                "pooler" => parts.options.pooled = pooled(&value)?,
                "direct" => parts.options.direct = Some(value),
                "sslmode" => parts.encryption.mode = Some(value),
                "sslrootcert" => parts.encryption.roots = Some(value),
                "sslcert" => certificate = Some(value),
                "sslkey" => key = Some(value),
                _ => rest.push(parameter),
            }
        }
        if certificate.is_some() != key.is_some() {
            return Err(wrong("`sslcert` and `sslkey` stand together: give both or none"));
        }
        parts.encryption.own = certificate.zip(key);
        if !rest.is_empty() {
            parts.url = format!("{base}?{}", rest.join("&"));
        }
        Ok(parts)
    }
}

fn pooled(mode: &str) -> Result<bool> {
    match mode {
        "transaction" => Ok(true),
        "session" | "none" => Ok(false),
        _ => Err(wrong("`pooler` is one of transaction, session and none")),
    }
}

/// A host and a port, as in `db.internal:5432`, `[::1]:5432` or `/run/postgresql`.
///
/// # Errors
/// `InvalidArgument` where there is none.
pub(super) fn host_and_port(text: &str) -> Result<(String, Option<u16>)> {
    let (host, port) = match text.rsplit_once(':') {
        // An IPv6 address without brackets has colons of its own.
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let port = port.map(str::parse).transpose();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match port {
        Ok(port) if !host.is_empty() => Ok((host.to_owned(), port)),
        _ => Err(wrong("`direct` is where the server itself is: write HOST:PORT")),
    }
}

/// Undoes `%2F` and its like; what is none is left as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let hex = more.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> Parts {
        Parts::of(url, PostgresOptions::default()).unwrap()
    }

    #[test]
    fn what_is_ours_is_taken_out() {
        let parts = parts(
            "postgres://u@h/d?connect_timeout=3&schema=jobs&pooler=transaction&direct=db:5433&sslmode=verify-full\
             &sslrootcert=%2Fetc%2Fca.pem&application_name=x",
        );
        assert_eq!(parts.url, "postgres://u@h/d?connect_timeout=3&application_name=x");
        assert_eq!((parts.options.schema.as_str(), parts.options.pooled), ("jobs", true));
        assert_eq!(parts.options.direct.as_deref(), Some("db:5433"));
        assert_eq!(parts.encryption.mode.as_deref(), Some("verify-full"));
        assert_eq!(parts.encryption.roots.as_deref(), Some("/etc/ca.pem"));
    }

    #[test]
    fn a_plain_url_stays_as_it_is() {
        let parts = parts("postgres://u:p%3F@h/d");
        assert_eq!(parts.url, "postgres://u:p%3F@h/d");
        assert_eq!((parts.options.schema.as_str(), parts.options.pooled), ("flowwright", false));
        assert_eq!(parts.encryption, Encryption::default());
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for url in ["postgres://h/d?pooler=statement", "postgres://h/d?sslcert=a.pem"] {
            let error = Parts::of(url, PostgresOptions::default()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{url}");
        }
    }

    #[test]
    fn an_address_has_a_host_and_perhaps_a_port() {
        let read = |text| host_and_port(text).ok();
        assert_eq!(read("db:5433"), Some(("db".to_owned(), Some(5433))));
        assert_eq!(read("/run/pg"), Some(("/run/pg".to_owned(), None)));
        assert_eq!(read("[::1]:1"), Some(("::1".to_owned(), Some(1))));
        assert_eq!((read(""), read("db:x"), read(":5")), (None, None, None));
    }
}
