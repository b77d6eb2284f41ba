//! Making certificates, and looking at those that others made.
//!
//! Comes in:  names, terms, keys in PEM form.
//! Goes out:  a [`Pair`] of certificate and key; what there is to know about one.
//! Never here: where they are kept, when they are replaced.
//!
//! Keys are ECDSA P-256 where nobody wants others: the server's side of a full handshake takes 0.11 ms of CPU with it, as with
//! Ed25519, and 0.66 ms with RSA 2048.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PKCS_ED25519, PKCS_RSA_SHA256, PublicKeyData, RsaKeySize, SanType, date_time_ymd,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use x509_parser::parse_x509_certificate;

use super::TlsError;

/// A certificate, or a chain or bundle of them, and a key. Both in PEM form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Pair {
    /// Certificates.
    pub(crate) certificate: String,
    /// The key of one of them: the first that it belongs to.
    pub(crate) key: String,
}

/// Of a key that is made here.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Algorithm {
    /// On the curve P-256.
    #[default]
    Ecdsa,
    /// Ed25519.
    Ed25519,
    /// RSA with 2048 bits.
    Rsa,
}

impl Algorithm {
    fn make(self) -> Result<KeyPair, rcgen::Error> {
        match self {
            Algorithm::Ecdsa => KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256),
            Algorithm::Ed25519 => KeyPair::generate_for(&PKCS_ED25519),
            Algorithm::Rsa => KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
        }
    }
}

/// From when to when a certificate is good.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Term {
    /// Earlier than now, for clocks that are behind.
    pub(crate) from: Timestamp,
    /// The end.
    pub(crate) to: Timestamp,
}

impl Term {
    /// For `long` from now on.
    pub(crate) fn lasting(long: Duration) -> Term {
        const BEHIND: Duration = Duration::from_secs(24 * 60 * 60);
        let now = Timestamp::now();
        Term {
            from: now.checked_sub(BEHIND).unwrap_or(now),
            to: now.checked_add(long).unwrap_or(Timestamp::MAX),
        }
    }

    fn of(self, params: &mut CertificateParams) {
        let at = |moment: Timestamp| {
            let seconds = u64::try_from(moment.as_second()).unwrap_or_default();
            date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
        };
        (params.not_before, params.not_after) = (at(self.from), at(self.to));
    }
}

/// A new authority that vouches for itself.
///
/// # Errors
///
/// The library's.
pub(crate) fn make_authority(
    name: &str,
    algorithm: Algorithm,
    term: Term,
) -> Result<Pair, TlsError> {
    let key = algorithm.make()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    term.of(&mut params);
    let made = params.self_signed(&key)?;
    Ok(Pair {
        certificate: made.pem(),
        key: key.serialize_pem(),
    })
}

/// A new key, and a serving certificate for it that is valid for `names`.
///
/// # Errors
///
/// A name that cannot stand in a certificate.
pub(super) fn make_leaf(
    issuer: &Issuer<'_, KeyPair>,
    name: &str,
    names: &[String],
    algorithm: Algorithm,
    term: Term,
) -> Result<(Certificate, KeyPair), TlsError> {
    let key = algorithm.make()?;
    let mut params = CertificateParams::default();
    for name in names {
        let san = subject_name(name)?;
        if !params.subject_alt_names.contains(&san) {
            params.subject_alt_names.push(san);
        }
    }
    params.distinguished_name = common_name(name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    term.of(&mut params);
    let certificate = params.signed_by(&key, issuer)?;
    Ok((certificate, key))
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

impl Pair {
    /// To serve with.
    ///
    /// # Errors
    ///
    /// What is wrong with either, or that they do not belong together.
    pub(crate) fn certified(&self) -> Result<CertifiedKey, String> {
        let chain = certificates(&self.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes())
            .map_err(|error| format!("the key: {error}"))?;
        let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key)
            .map_err(|error| format!("the key: {error}"))?;
        let certified = CertifiedKey::new(chain, key);
        certified
            .keys_match()
            .map_err(|_| "does not belong to its key".to_owned())?;
        Ok(certified)
    }

    /// A serving certificate of this authority.
    ///
    /// # Errors
    ///
    /// Where there is no certificate of the key, or a name cannot stand in one.
    pub(crate) fn sign(
        &self,
        name: &str,
        names: &[String],
        algorithm: Algorithm,
        term: Term,
    ) -> Result<Pair, String> {
        let key = KeyPair::from_pem(&self.key)
            .map_err(|_| "the authority's key is of a kind that cannot sign here".to_owned())?;
        let own = self.signer()?;
        let issuer = Issuer::from_ca_cert_der(&own, key).map_err(|error| error.to_string())?;
        let (certificate, key) =
            make_leaf(&issuer, name, names, algorithm, term).map_err(|error| error.to_string())?;
        Ok(Pair {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        })
    }

    /// When the certificate that belongs to the key ends.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub(crate) fn end(&self) -> Result<Timestamp, String> {
        end_of(&self.signer()?)
    }

    fn signer(&self) -> Result<CertificateDer<'static>, String> {
        let key = KeyPair::from_pem(&self.key).map_err(|_| "the key cannot be read".to_owned())?;
        let public = key.subject_public_key_info();
        let belongs = |der: &CertificateDer<'_>| {
            parse_x509_certificate(der)
                .is_ok_and(|(_, parsed)| parsed.public_key().raw == public.as_slice())
        };
        let mut certificates = certificates(&self.certificate)?.into_iter();
        certificates
            .find(belongs)
            .ok_or_else(|| "no certificate belongs to the key".to_owned())
    }

    /// Does a client that trusts `bundle` believe the server, at `now`, under each of `names`?
    ///
    /// # Errors
    ///
    /// Why not.
    pub(crate) fn verify(
        &self,
        bundle: &str,
        names: &[String],
        now: Timestamp,
    ) -> Result<(), String> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(bundle)? {
            // Others may be there for other purposes.
            let _ = roots.add(certificate);
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| error.to_string())?;
        let chain = certificates(&self.certificate)?;
        let Some((own, others)) = chain.split_first() else {
            return Err("holds no certificate".to_owned());
        };
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        for name in names {
            let name = ServerName::try_from(name.as_str()).map_err(|error| error.to_string())?;
            verifier
                .verify_server_cert(own, others, &name, &[], now)
                .map_err(|error| format!("`{}`: {error}", name.to_str()))?;
        }
        Ok(())
    }
}

/// `made` in front of the certificates of `bundle` that are still good at `now`.
pub(crate) fn renew_bundle(made: &str, bundle: &str, now: Timestamp) -> String {
    const END: &str = "-----END CERTIFICATE-----\n";
    let good = |text: &&str| {
        let certificate = CertificateDer::from_pem_slice(text.as_bytes());
        certificate.is_ok_and(|der| end_of(&der).is_ok_and(|end| end > now))
    };
    let old = bundle.split_inclusive(END).filter(good);
    std::iter::once(made).chain(old).collect()
}

/// When a certificate ends.
pub(super) fn end_of(der: &CertificateDer<'_>) -> Result<Timestamp, String> {
    let (_, parsed) =
        parse_x509_certificate(der).map_err(|_| "is no X.509 certificate".to_owned())?;
    let seconds = parsed.validity().not_after.timestamp();
    Timestamp::from_second(seconds).map_err(|error| error.to_string())
}

/// Every certificate of a text; at least one.
pub(super) fn certificates(text: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let list = CertificateDer::pem_slice_iter(text.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| error.to_string())?;
    match list.is_empty() {
        true => Err("holds no certificate in PEM form".to_owned()),
        false => Ok(list),
    }
}
