//! Certificates and the TLS settings of the listener.
//!
//! Comes in:  a state folder, or the paths of a certificate and its key.
//! Goes out:  a rustls configuration whose certificate can be replaced while it serves.
//! Never here: connections.
//!
//! ```text
//! state folder ─> authority ─> leaf ─┐
//!                                    ├─> Certificates ─ asked by each handshake
//! --tls-cert, --tls-key ─> files ────┘
//! ```

mod authority;
mod error;
mod files;
mod keep;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::NoServerSessionStorage;

pub(crate) use authority::Authority;
pub(crate) use error::TlsError;
pub(crate) use files::Files;
pub(crate) use keep::{Certificates, Origin};

/// TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1 by ALPN, sessions resumed by tickets.
///
/// A ticket holds the session with the client, encrypted, so that any number of them costs no
/// memory here and no lock. One for each connection is enough: a client that resumes gets a new one.
pub(crate) fn settings(certificates: Arc<Certificates>) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificates);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = ring::Ticketer::new()?;
    config.send_tls13_tickets = 1;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}
