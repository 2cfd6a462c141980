//! Encryption of connections: what `sslmode` and its like in a URL mean.
//!
//! The words mean what they mean to PostgreSQL's own programs. TLS is that of rustls.

use std::path::Path;
use std::sync::Arc;

use flowwright::base::{Error, ErrorKind, Result};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

/// How a connection is encrypted, as a URL says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Encryption {
    pub mode: Option<String>,
    /// `sslrootcert`: certificates of authorities.
    pub roots: Option<String>,
    /// `sslcert` and `sslkey`: who we are.
    pub own: Option<(String, String)>,
}

/// What is asked of a server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    Any,
    Authority,
    AuthorityAndName,
}

impl Encryption {
    /// When TLS is spoken, and a connector for it.
    ///
    /// # Errors
    /// `InvalidArgument` for an unknown mode and for files that cannot be read.
    pub fn connector(&self) -> Result<(SslMode, MakeRustlsConnect)> {
        let (mode, trust) = match self.mode.as_deref() {
            Some("disable") => (SslMode::Disable, Trust::Any),
            None | Some("prefer") => (SslMode::Prefer, Trust::Any),
            // An authority that is named is asked.
            Some("require") if self.roots.is_some() => (SslMode::Require, Trust::Authority),
            Some("require") => (SslMode::Require, Trust::Any),
            Some("verify-ca") => (SslMode::Require, Trust::Authority),
            Some("verify-full") => (SslMode::Require, Trust::AuthorityAndName),
            Some(other) => {
                return Err(wrong(format!(
                    "`sslmode={other}` is unknown: write disable, prefer, require, verify-ca or verify-full"
                )));
            }
        };
        Ok((mode, MakeRustlsConnect::new(self.config(trust)?)))
    }

    fn config(&self, trust: Trust) -> Result<ClientConfig> {
        let provider = Arc::new(ring::default_provider());
        let verifier =
            Verifier { trust, known: self.known(trust, &provider)?, provider: Arc::clone(&provider) };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::new(ErrorKind::Internal, "TLS cannot be set up").caused_by(error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let Some((certificate, key)) = &self.own else { return Ok(config.with_no_client_auth()) };
        let chain = certificates(certificate, "sslcert")?;
        let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable("sslkey", key, error))?;
        config
            .with_client_auth_cert(chain, key)
            .map_err(|error| wrong("`sslcert` and `sslkey` do not fit together".to_owned()).caused_by(error))
    }

    /// Those whose word is taken; none where nobody is asked.
    fn known(
        &self,
        trust: Trust,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Option<Arc<WebPkiServerVerifier>>> {
        if trust == Trust::Any {
            return Ok(None);
        }
        let mut roots = RootCertStore::empty();
        match self.roots.as_deref() {
            None | Some("system") => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
            Some(path) => {
                roots.add_parsable_certificates(certificates(path, "sslrootcert")?);
            }
        }
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
        verifier.map(Some).map_err(|error| {
            let message =
                "no certificate of an authority was found: name a file of them with `sslrootcert=PATH`";
            wrong(message.to_owned()).caused_by(error)
        })
    }
}

fn certificates(path: &str, name: &str) -> Result<Vec<CertificateDer<'static>>> {
    let found = CertificateDer::pem_file_iter(Path::new(path))
        .and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>);
    match found {
        Ok(found) if found.is_empty() => {
            Err(wrong(format!("`{name}={path}` holds no certificate in PEM form")))
        }
        Ok(found) => Ok(found),
        Err(error) => Err(unreadable(name, path, error)),
    }
}

fn unreadable(name: &str, path: &str, error: rustls::pki_types::pem::Error) -> Error {
    wrong(format!("`{name}={path}` cannot be read")).caused_by(error)
}

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::InvalidArgument, message)
}

/// Looks at a server's certificate as closely as is asked.
#[derive(Debug)]
struct Verifier {
    trust: Trust,
    known: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let Some(known) = &self.known else { return Ok(ServerCertVerified::assertion()) };
        match known.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // The name is looked at last: all else is well.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.trust == Trust::Authority => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(mode: &str) -> Encryption {
        Encryption { mode: Some(mode.to_owned()), ..Encryption::default() }
    }

    #[test]
    fn modes_say_whether_tls_is_spoken() {
        for (word, known) in
            [("disable", SslMode::Disable), ("prefer", SslMode::Prefer), ("require", SslMode::Require)]
        {
            assert_eq!(mode(word).connector().unwrap().0, known);
        }
        assert_eq!(Encryption::default().connector().unwrap().0, SslMode::Prefer);
    }

    #[test]
    fn a_wrong_mode_or_file_says_what_to_write() {
        let absent = Some("/no/such/file.pem".to_owned());
        for (encryption, hint) in [
            (mode("always"), "verify-full"),
            (Encryption { roots: absent.clone(), ..mode("verify-full") }, "sslrootcert=/no/such/file.pem"),
            (Encryption { own: absent.clone().zip(absent), ..mode("require") }, "sslcert=/no/such/file.pem"),
        ] {
            let error = encryption.connector().err().unwrap();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert!(error.to_string().contains(hint), "{error}");
        }
    }
}
