//! `x509.decode(pem)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;
use crate::functions::decode_x509;
use crate::value::object;

pub(super) static X509_DECODE: Function = Function {
    name: "x509.decode",
    about: "The fields of a certificate, or of a certificate request, under the names of the reference's own language. The key must be an RSA key. Nothing is verified.",
    library: Library::X509,
    overloads: &[
        Overload::global(&[Ty::String], Ty::Dyn, decode),
    ],
    examples: &[
        gives(
            concat!(
                "x509.decode('''",
                include_str!("../../../functions/x509_decode/testdata/example.pem"),
                "''').Issuer.CommonName"
            ),
            "portcullis.example",
        ),
        fails("x509.decode('nope')", "failed to decode PEM block"),
    ],
    ..Function::PLAIN
};

fn decode<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let neither = "PEM block neither contains a CERTIFICATE or CERTIFICATE REQUEST";
    let fields = match decode_x509(call.bump, call.str(0)?, neither) {
        Ok(fields) => fields,
        Err(error) => return Err(call.error(error)),
    };
    // The reference leaves the subject of a certificate out, though not that of a request.
    let fields = match fields.as_map() {
        Some(map) if map.contains_key("NotAfter") => {
            object(call.bump, map.iter().filter(|(name, _)| *name != "Subject"))
        }
        _ => fields,
    };
    Ok(Val::from(fields))
}
