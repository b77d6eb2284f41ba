//! The gate's own certificate authority.
//!
//! Comes in:  a state folder.
//! Goes out:  an authority that outlives the process, and serving certificates signed by it.
//! Never here: when a certificate is replaced (see `keep`).
//!
//! Keys are ECDSA P-256: the server's side of a full handshake takes 0.11 ms of CPU with it, as with
//! Ed25519, and 0.66 ms with RSA 2048. The serving key never touches the disk; it is made anew with
//! each certificate, and clients trust it through the authority.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, SanType,
    date_time_ymd,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use x509_parser::parse_x509_certificate;

use super::TlsError;

const AUTHORITY_DAYS: i32 = 3650;

/// An authority with less than this left is replaced when the process starts.
const AUTHORITY_MARGIN_DAYS: i64 = 30;

const LEAF_DAYS: i32 = 90;

/// A serving certificate is replaced when it has this much left.
const LEAF_MARGIN_DAYS: i32 = 30;

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
        let today = today();
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::default();
        for name in LOCAL_NAMES
            .into_iter()
            .chain(names.iter().map(String::as_str))
        {
            let san = subject_name(name)?;
            if !params.subject_alt_names.contains(&san) {
                params.subject_alt_names.push(san);
            }
        }
        params.distinguished_name = common_name("portcullis");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        validity(&mut params, today, LEAF_DAYS);
        let certificate = params.signed_by(&key, &self.issuer)?;
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let signing = rustls::crypto::ring::sign::any_supported_type(&der)?;
        let renew_on = plus_days(today, LEAF_DAYS - LEAF_MARGIN_DAYS);
        Ok(Leaf {
            certified: CertifiedKey::new(vec![certificate.into()], signing),
            renew_at: renew_on
                .to_zoned(TimeZone::UTC)
                .map_or(Timestamp::MAX, |zoned| zoned.timestamp()),
        })
    }
}

fn make(certificate: &Path, key_file: &Path) -> Result<(), TlsError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name("portcullis certificate authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    validity(&mut params, today(), AUTHORITY_DAYS);
    let made = params.self_signed(&key)?;
    if let Some(folder) = certificate.parent() {
        fs::create_dir_all(folder).map_err(|error| TlsError::Write {
            path: folder.to_path_buf(),
            error,
        })?;
    }
    // The key first: a certificate that is there has its key.
    write(key_file, &key.serialize_pem(), 0o600)?;
    write(certificate, &made.pem(), 0o644)
}

/// From yesterday, for clocks that are behind.
fn validity(params: &mut CertificateParams, today: Date, days: i32) {
    let at = |date: Date| {
        let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
        date_time_ymd(i32::from(date.year()), month, day)
    };
    params.not_before = at(plus_days(today, -1));
    params.not_after = at(plus_days(today, days));
}

fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

fn plus_days(date: Date, days: i32) -> Date {
    date.saturating_add(days.days())
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

fn subject_name(name: &str) -> Result<SanType, TlsError> {
    let unusable = || TlsError::Name {
        name: name.to_owned(),
    };
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    if rustls::pki_types::DnsName::try_from(name.trim_start_matches("*.")).is_err() {
        return Err(unusable());
    }
    let name = name.to_owned().try_into().map_err(|_| unusable())?;
    Ok(SanType::DnsName(name))
}

fn expires_soon(certificate: &Path) -> Result<bool, TlsError> {
    let der = parse_certificate(certificate)?;
    let Ok((_, parsed)) = parse_x509_certificate(&der) else {
        return Ok(false);
    };
    let left = parsed.validity().not_after.timestamp() - Timestamp::now().as_second();
    Ok(left < AUTHORITY_MARGIN_DAYS * 24 * 60 * 60)
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
