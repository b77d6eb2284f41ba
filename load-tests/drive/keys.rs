//! One authority and one certificate for all servers of a run, so that no comparison is one of keys.
//!
//! Comes in:  a folder.
//! Goes out:  PEM files, and the client settings that trust them.
//! Never here: what the servers do with them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CipherSuite, ClientConfig, RootCertStore, SupportedCipherSuite};

/// A certificate for `127.0.0.1` with an ECDSA P-256 key, as the gate makes its own.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// Its key, PEM.
    pub key: PathBuf,
    authority: PathBuf,
}

impl Keys {
    /// Writes them into `folder`.
    ///
    /// # Errors
    ///
    /// The folder cannot be written to.
    pub fn make(folder: &Path) -> anyhow::Result<Keys> {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let leaf = CertificateParams::new(["127.0.0.1".to_owned()])?.signed_by(&key, &authority)?;
        let keys = Keys {
            certificate: folder.join("tls.crt"),
            key: folder.join("tls.key"),
            authority: folder.join("ca.crt"),
        };
        fs::write(&keys.certificate, leaf.pem())?;
        fs::write(&keys.key, key.serialize_pem())?;
        fs::write(&keys.authority, authority.pem())?;
        Ok(keys)
    }

    /// Client settings that trust them, for one protocol.
    ///
    /// Sessions are resumed when `resume`, as an API server does.
    ///
    /// # Errors
    ///
    /// The authority's file is gone.
    pub fn client(&self, alpn: &[u8], resume: bool) -> anyhow::Result<Arc<ClientConfig>> {
        let authority = CertificateDer::from_pem_file(&self.authority)
            .with_context(|| format!("cannot read {}", self.authority.display()))?;
        let mut roots = RootCertStore::empty();
        roots.add(authority)?;
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![alpn.to_vec()];
        if !resume {
            config.resumption = rustls::client::Resumption::disabled();
        }
        Ok(Arc::new(config))
    }
}

/// The cipher suites in Go's order: AES-128 first.
#[must_use]
pub fn provider() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    let later = |suite: &SupportedCipherSuite| {
        !matches!(
            suite.suite(),
            CipherSuite::TLS13_AES_128_GCM_SHA256
                | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
        )
    };
    provider.cipher_suites.sort_by_key(later);
    provider
}
