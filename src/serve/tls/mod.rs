//! Certificates and the TLS settings of the listener.
//!
//! Comes in:  a state folder, or the paths of a certificate and its key.
//! Goes out:  a rustls configuration whose certificate can be replaced while it serves.
//! Never here: connections.
//!
//! ```text
//! state folder ─> authority ─> leaf ─┐
//!                                    ├─> Certificates ─ asked by each handshake
//! --tls-cert, --tls-key ─> files ────┤
//! Secrets ─> `webhooks` ─> pair ─────┘
//! ```

mod authority;
mod error;
mod files;
mod issue;
mod keep;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{CipherSuite, ServerConfig, SupportedCipherSuite};

pub(crate) use authority::Authority;
pub(crate) use error::TlsError;
pub(crate) use files::Files;
pub(crate) use issue::{Algorithm, Pair, Term, make_authority, renew_bundle};
pub(crate) use keep::{Certificates, Origin};

use crate::trust;

/// TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1 by ALPN, sessions resumed by tickets.
///
/// A ticket holds the session with the client, encrypted, so that any number of them costs no
/// memory here and no lock. One for each connection is enough: a client that resumes gets a new one.
///
/// `clients`: see [`clients`].
pub(crate) fn settings(
    certificates: Arc<Certificates>,
    clients: Option<Arc<dyn ClientCertVerifier>>,
) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_client_cert_verifier(clients.unwrap_or_else(WebPkiClientVerifier::no_client_auth))
        .with_cert_resolver(certificates);
    config.ignore_client_order = true;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    config.send_tls13_tickets = 1;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}

/// AES-128 with SHA-256 first, as Go's clients prefer it. Processors do both themselves; SHA-384 is computed
/// step by step, which takes a tenth of a handshake.
fn provider() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    let later = |suite: &SupportedCipherSuite| {
        !matches!(
            suite.suite(),
            CipherSuite::TLS13_AES_128_GCM_SHA256
                | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
                | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
        )
    };
    provider.cipher_suites.sort_by_key(later);
    provider
}

/// A certificate for the time before somebody provides one: of the authority in the state folder, or,
/// where that cannot be written, of one that nobody will ever see.
///
/// # Errors
///
/// A name that cannot stand in a certificate.
pub(crate) fn stopgap(state: &Path, names: &[String]) -> Result<CertifiedKey, TlsError> {
    if let Ok(authority) = Authority::open(state) {
        return Ok(authority.sign(names)?.certified);
    }
    let term = Term::lasting(authority::LEAF);
    let authority = make_authority("portcullis", Algorithm::Ecdsa, term)?;
    let names: Vec<_> = std::iter::once("localhost".to_owned())
        .chain(names.iter().cloned())
        .collect();
    let pair = authority.sign("portcullis", &names, Algorithm::Ecdsa, term);
    pair.and_then(|pair| pair.certified())
        .map_err(TlsError::Own)
}

/// Checks certificates of clients against the authorities in a file.
///
/// A client may come without one: probes and Prometheus have none. Whoever sends a review must have
/// shown one (see `admit`), and one that is no good ends the handshake.
///
/// # Errors
///
/// When the file cannot be read or holds no certificate.
pub(crate) fn clients(path: &Path) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let content = |why: String| TlsError::Content {
        path: path.to_path_buf(),
        why,
    };
    let text = authority::read(path)?;
    let roots = trust::roots(text.as_bytes()).map_err(content)?;
    if roots.is_empty() {
        return Err(content("holds no certificate in PEM form".to_owned()));
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .allow_unauthenticated()
        .build()
        .map_err(|error| content(error.to_string()))
}
