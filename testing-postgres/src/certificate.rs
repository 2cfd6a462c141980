//! A certificate for `localhost`, and the authority that signed it.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::run;

/// The file with the authority's certificate.
pub const AUTHORITY: &str = "authority.pem";

/// The files with the server's certificate and its key.
pub const SERVER: [&str; 2] = ["server.pem", "server.key"];

/// How keys are made: small ones, at once.
const KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/// Makes all of them in a folder.
pub fn make(folder: &Path) -> io::Result<()> {
    let openssl = |command: &str| {
        let mut openssl = Command::new("openssl");
        openssl.arg(command).current_dir(folder);
        openssl
    };
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")?;
    let [certificate, key] = SERVER;
    run(openssl("req")
        .args(["-x509", "-subj", "/CN=authority", "-days", "2", "-keyout", "authority.key"])
        .args(KEY)
        .args(["-out", AUTHORITY]))?;
    run(openssl("req").args(["-subj", "/CN=localhost", "-keyout", key, "-out", "request"]).args(KEY))?;
    run(openssl("x509").args(["-req", "-in", "request", "-CA", AUTHORITY, "-CAkey", "authority.key"]).args([
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        "names",
        "-out",
        certificate,
    ]))
}
