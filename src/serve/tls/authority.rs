//! The gate's own certificate authority.
//!
//! Comes in:  a state folder.
//! Goes out:  an authority that outlives the process, and serving certificates signed by it.
//! Never here: when a certificate is replaced (see `keep`).
//!
//! The serving key never touches the disk; it is made anew with each certificate, and clients trust it
//! through the authority.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{Issuer, KeyPair, PublicKeyData};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::parse_x509_certificate;

use super::TlsError;
use super::issue::{Algorithm, Term, end_of, make_authority, make_leaf};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

const AUTHORITY: Duration = DAY.saturating_mul(3650);

/// An authority with less than this left is replaced when the process starts.
const AUTHORITY_MARGIN: Duration = DAY.saturating_mul(30);

pub(super) const LEAF: Duration = DAY.saturating_mul(90);

/// A serving certificate is replaced when it has this much left.
const LEAF_MARGIN: Duration = DAY.saturating_mul(30);

/// Names under which the gate is always reached.
const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Signs serving certificates.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: PathBuf,
}

/// A serving certificate and when to ask for the next one.
pub(super) struct Leaf {
    pub(super) certified: CertifiedKey,
    pub(super) renew_at: Timestamp,
}

impl Authority {
    /// The authority kept in `folder`, made there where there is none or it is about to expire.
    pub(crate) fn open(folder: &Path) -> Result<Authority, TlsError> {
        let certificate = folder.join("ca.crt");
        let key_file = folder.join("ca.key");
        if !certificate.exists() || expires_soon(&certificate)? {
            make(&certificate, &key_file)?;
        }
        let key_text = read(&key_file)?;
        let broken = |path: &Path, why: &str| TlsError::Content {
            path: path.to_path_buf(),
            why: why.to_owned(),
        };
        let key = KeyPair::from_pem(&key_text)
            .map_err(|_| broken(&key_file, "is no private key in PEM form"))?;
        let der = parse_certificate(&certificate)?;
        let (_, parsed) = parse_x509_certificate(&der)
            .map_err(|_| broken(&certificate, "is no X.509 certificate"))?;
        if parsed.public_key().raw != key.subject_public_key_info() {
            let why = "does not belong to the key beside it; remove both to get new ones";
            return Err(broken(&certificate, why));
        }
        let issuer = Issuer::from_ca_cert_der(&der, key)?;
        Ok(Authority {
            issuer,
            certificate,
        })
    }

    /// Where clients find the certificate to trust.
    pub(crate) fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// A new key and a certificate for it, valid for the local names and `names`.
    pub(super) fn sign(&self, names: &[String]) -> Result<Leaf, TlsError> {
        let local = LOCAL_NAMES.into_iter().map(str::to_owned);
        let names: Vec<_> = local.chain(names.iter().cloned()).collect();
        let term = Term::lasting(LEAF);
        let (certificate, key) =
            make_leaf(&self.issuer, "portcullis", &names, Algorithm::Ecdsa, term)?;
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let signing = rustls::crypto::aws_lc_rs::sign::any_supported_type(&der)?;
        Ok(Leaf {
            certified: CertifiedKey::new(vec![certificate.into()], signing),
            renew_at: term.to.checked_sub(LEAF_MARGIN).unwrap_or(term.to),
        })
    }
}

fn make(certificate: &Path, key_file: &Path) -> Result<(), TlsError> {
    let made = make_authority(
        "portcullis certificate authority",
        Algorithm::Ecdsa,
        Term::lasting(AUTHORITY),
    )?;
    if let Some(folder) = certificate.parent() {
        fs::create_dir_all(folder).map_err(|error| TlsError::Write {
            path: folder.to_path_buf(),
            error,
        })?;
    }
    // The key first: a certificate that is there has its key.
    write(key_file, &made.key, 0o600)?;
    write(certificate, &made.certificate, 0o644)
}

fn expires_soon(certificate: &Path) -> Result<bool, TlsError> {
    let der = parse_certificate(certificate)?;
    let end = Timestamp::now().checked_add(AUTHORITY_MARGIN);
    Ok(end_of(&der).is_ok_and(|own| end.is_ok_and(|end| own < end)))
}

fn parse_certificate(path: &Path) -> Result<CertificateDer<'static>, TlsError> {
    let text = read(path)?;
    CertificateDer::from_pem_slice(text.as_bytes()).map_err(|error| TlsError::Content {
        path: path.to_path_buf(),
        why: format!("is no certificate in PEM form: {error}"),
    })
}

pub(super) fn read(path: &Path) -> Result<String, TlsError> {
    fs::read_to_string(path).map_err(|error| TlsError::Read {
        path: path.to_path_buf(),
        error,
    })
}

/// Whole or not at all: a half-written authority would be worse than none.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let draft = path.with_extension("new");
    let attempt = || -> io::Result<()> {
        let _ = fs::remove_file(&draft);
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    attempt().map_err(|error| TlsError::Write {
        path: path.to_path_buf(),
        error,
    })
}
