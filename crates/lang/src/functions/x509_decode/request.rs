//! A certificate request, as Go's `x509.CertificateRequest`.

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::cri_attributes::ParsedCriAttribute;
use x509_parser::extensions::{GeneralName, ParsedExtension, X509Extension};
use x509_parser::prelude::FromDer;

use super::algorithm::{RSA, rsa_key, signature_algorithm};
use super::certificate::extension_fields;
use super::make::Make;
use super::names::{Alternatives, distinguished};
use crate::value::Value;

pub(super) fn decode<'v>(make: Make<'v>, der: &[u8]) -> Result<Value<'v>, String> {
    let malformed = |_| "asn1: structure error: malformed certificate request".to_owned();
    let (rest, request) = X509CertificationRequest::from_der(der).map_err(malformed)?;
    if !rest.is_empty() {
        return Err("asn1: syntax error: trailing data".to_owned());
    }
    let info = &request.certification_request_info;
    let key = rsa_key(make, &info.subject_pki)?;
    let extensions = requested(&request);
    let names = extensions.iter().find_map(|extension| match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(names) => Some(names.general_names.as_slice()),
        _ => None,
    });
    let no_names: &[GeneralName<'_>] = &[];
    let names = Alternatives::read(make, names.unwrap_or(no_names))?;
    let shown = extensions.iter().map(|extension| extension_fields(make, extension));
    let fields = [
        ("Attributes", attributes(make, &request)),
        ("Extensions", make.list_or_null(shown)),
        ("ExtraExtensions", Value::Null),
        ("PublicKey", key),
        ("PublicKeyAlgorithm", make.number(RSA)),
        ("Raw", make.bytes(der)),
        ("RawSubject", make.bytes(info.subject.as_raw())),
        ("RawSubjectPublicKeyInfo", make.bytes(info.subject_pki.raw)),
        ("RawTBSCertificateRequest", make.bytes(info.raw)),
        ("Signature", make.bytes(&request.signature_value.data)),
        ("SignatureAlgorithm", make.number(signature_algorithm(&request.signature_algorithm))),
        ("Subject", distinguished(make, &info.subject)),
        ("Version", make.number(info.version.0)),
    ];
    Ok(make.object(fields.into_iter().chain(names.fields(make))))
}

/// The extensions that the request asks for.
fn requested<'r>(request: &'r X509CertificationRequest<'_>) -> &'r [X509Extension<'r>] {
    let mut attributes = request.certification_request_info.iter_attributes();
    let found = attributes.find_map(|attribute| match attribute.parsed_attribute() {
        ParsedCriAttribute::ExtensionRequest(wanted) => Some(wanted.extensions.as_slice()),
        _ => None,
    });
    found.unwrap_or_default()
}

/// Go reads an extension as a pair, so what it takes for the value of a critical one is the mark
/// that it is critical.
fn attributes<'v>(make: Make<'v>, request: &X509CertificationRequest<'_>) -> Value<'v> {
    let attributes = request.certification_request_info.iter_attributes();
    make.list_or_null(attributes.filter_map(|attribute| {
        let ParsedCriAttribute::ExtensionRequest(wanted) = attribute.parsed_attribute() else {
            return None;
        };
        let pairs = wanted.extensions.iter().map(|extension| {
            let value = match extension.critical {
                true => Value::Bool(true),
                false => make.bytes(extension.value),
            };
            make.object([("Type", make.oid(&extension.oid)), ("Value", value)])
        });
        let pairs = make.list_or_null(pairs);
        Some(make.object([
            ("Type", make.oid(&attribute.oid)),
            ("Value", make.list_or_null([pairs])),
        ]))
    }))
}
