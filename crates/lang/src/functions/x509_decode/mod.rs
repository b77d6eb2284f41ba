//! `x509_decode(pem)`

mod algorithm;
mod certificate;
mod make;
mod names;
mod pem;
mod request;
#[cfg(test)]
mod tests;

use bumpalo::Bump;

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::jmespath::Fault;
use crate::value::Value;
use make::Make;

/// Go's text for anything but RSA.
const NOT_RSA: &str = "certificate should use rsa algorithm";

/// A field of the example, as an expression.
macro_rules! example {
    ($field:literal) => {
        concat!("x509_decode('", include_str!("testdata/example.pem"), "')", $field)
    };
}

pub(super) static X509_DECODE: Function = Function {
    name: "x509_decode",
    about: "The fields of a certificate or of a certificate request, under the names that Go's \
            `crypto/x509` gives them: `Subject.CommonName`, `NotAfter`, `DNSNames`, `PublicKey.N`, ...",
    params: &[param("pem", &[Type::String], "PEM; the first block counts. Its key must be an RSA key.")],
    returns: &[Type::Object],
    note: "Times are in RFC 3339, bytes in base64, serial numbers are rounded to doubles. Nothing is verified.",
    examples: &[
        gives(example!(".Subject.CommonName"), r#""portcullis.example""#),
        gives(example!(".DNSNames"), r#"["portcullis.example"]"#),
        gives(example!(".NotAfter"), r#""2126-10-28T14:38:07Z""#),
        gives(example!(".{ca: IsCA, algorithm: SignatureAlgorithm}"), r#"{"algorithm":4,"ca":false}"#),
        fails("x509_decode('portcullis.example')", "failed to decode PEM block"),
        fails(
            "x509_decode('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')",
            "x509: malformed certificate",
        ),
    ],
    call: |args| {
        let text = args.text(0);
        args.env.spend(text.len())?;
        let neither = "PEM block is neither a certificate nor a certificate request";
        decode(args.env.bump(), text, neither).map_err(Fault::invalid)
    },
    ..Function::PLAIN
};

/// The fields of the certificate, or of the request, that the first block of the text holds;
/// `neither` is the error for another block.
pub(crate) fn decode<'v>(bump: &'v Bump, text: &str, neither: &str) -> Result<Value<'v>, String> {
    let block = pem::first_block(text).ok_or("failed to decode PEM block")?;
    match block.label {
        "CERTIFICATE" => certificate::decode(Make(bump), &block.bytes),
        "CERTIFICATE REQUEST" => request::decode(Make(bump), &block.bytes),
        _ => Err(neither.to_owned()),
    }
}
