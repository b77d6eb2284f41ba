//! Whom a TLS connection trusts.
//!
//! Comes in:  certificates of authorities, PEM.
//! Goes out:  the authorities, and the settings of a client that trusts them.
//! Never here: reading files, the listener's own certificate; what to do without any authority, which
//!             every caller answers for itself.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// Every certificate of a text, which may have none.
///
/// # Errors
///
/// One that is no certificate, in words.
pub(crate) fn roots(pem: &[u8]) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    Ok(roots)
}

/// Settings of a client that trusts these alone, and shows no certificate itself.
///
/// # Errors
///
/// None that can be brought about from outside.
pub(crate) fn client(roots: impl Into<Arc<RootCertStore>>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let settings = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(settings.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::roots;
    use crate::serve::tls::{Algorithm, Term, make_authority};
    use std::time::Duration;

    #[test]
    fn every_certificate_counts_and_a_broken_one_is_an_error() {
        let term = Term::lasting(Duration::from_secs(60));
        let made = |name| make_authority(name, Algorithm::Ecdsa, term).unwrap();
        let (a, b) = (made("a").certificate, made("b").certificate);
        check("", Ok(0));
        check("no PEM at all", Ok(0));
        check(&a, Ok(1));
        check(&format!("{a}{b}"), Ok(2));
        let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        check(&format!("{a}{empty}"), Err("BadEncoding"));
        check("-----BEGIN CERTIFICATE-----\nAAAA", Err("section"));
    }

    #[track_caller]
    fn check(pem: &str, expect: Result<usize, &str>) {
        match (roots(pem.as_bytes()), expect) {
            (Ok(roots), Ok(count)) => assert_eq!(roots.len(), count, "{pem}"),
            (Err(error), Err(part)) => assert!(error.contains(part), "{pem}: {error}"),
            (roots, _) => panic!("{pem}: {:?}", roots.map(|roots| roots.len())),
        }
    }
}
