//! `x509_decode(pem)`

mod algorithm;
mod certificate;
mod make;
mod names;
mod pem;
mod request;
#[cfg(test)]
mod tests;

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::jmespath::Fault;
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
        let block = pem::first_block(text).ok_or_else(|| Fault::invalid("failed to decode PEM block"))?;
        let make = Make(args.env.bump());
        let fields = match block.label {
            "CERTIFICATE" => certificate::decode(make, &block.bytes),
            "CERTIFICATE REQUEST" => request::decode(make, &block.bytes),
            _ => Err("PEM block is neither a certificate nor a certificate request".to_owned()),
        };
        fields.map_err(Fault::invalid)
    },
    ..Function::PLAIN
};
