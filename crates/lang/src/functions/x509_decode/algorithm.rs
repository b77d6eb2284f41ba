//! Go's numbers for signature algorithms, and RSA keys.

use x509_parser::asn1_rs::{FromDer, Oid, Sequence};
use x509_parser::num_bigint::BigUint;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::NOT_RSA;
use super::make::Make;
use crate::value::Value;

/// Go's `x509.RSA`.
pub(super) const RSA: f64 = 1.0;

/// The RSA key as `{E, N}`.
pub(super) fn rsa_key<'v>(make: Make<'v>, info: &SubjectPublicKeyInfo<'_>) -> Result<Value<'v>, String> {
    let Ok(PublicKey::RSA(key)) = info.parsed() else {
        return Err(NOT_RSA.to_owned());
    };
    let modulus = BigUint::from_bytes_be(key.modulus).to_string();
    let exponent = BigUint::from_bytes_be(key.exponent);
    Ok(make.object([("E", make.big(&exponent)), ("N", make.text(&modulus))]))
}

/// Go's number for a signature algorithm; zero for one that it does not know.
pub(super) fn signature_algorithm(identifier: &AlgorithmIdentifier<'_>) -> f64 {
    f64::from(match identifier.algorithm.to_id_string().as_str() {
        "1.2.840.113549.1.1.4" => 2,
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => 3,
        "1.2.840.113549.1.1.11" => 4,
        "1.2.840.113549.1.1.12" => 5,
        "1.2.840.113549.1.1.13" => 6,
        "1.2.840.10040.4.3" => 7,
        "2.16.840.1.101.3.4.3.2" => 8,
        "1.2.840.10045.4.1" => 9,
        "1.2.840.10045.4.3.2" => 10,
        "1.2.840.10045.4.3.3" => 11,
        "1.2.840.10045.4.3.4" => 12,
        "1.2.840.113549.1.1.10" => match pss_hash(identifier).as_deref() {
            Some("2.16.840.1.101.3.4.2.1") => 13,
            Some("2.16.840.1.101.3.4.2.2") => 14,
            Some("2.16.840.1.101.3.4.2.3") => 15,
            _ => 0,
        },
        "1.3.101.112" => 16,
        _ => 0u8,
    })
}

/// The hash of RSASSA-PSS, which its parameters start with: `[0] { SEQUENCE { oid, ... } }`.
fn pss_hash(identifier: &AlgorithmIdentifier<'_>) -> Option<String> {
    let parameters = identifier.parameters.as_ref()?;
    let (_, tagged) = x509_parser::asn1_rs::Any::from_der(parameters.data).ok()?;
    let (_, hash) = Sequence::from_der(tagged.data).ok()?;
    let (_, oid) = Oid::from_der(&hash.content).ok()?;
    Some(oid.to_id_string())
}
