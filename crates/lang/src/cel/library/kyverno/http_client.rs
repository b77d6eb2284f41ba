//! `http.client(caBundle)`

use super::ask::HTTP;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Opaque, Val};

pub(super) static HTTP_CLIENT: Function = Function {
    name: "client",
    aliases: &["Client"],
    about: "HTTP with servers whose certificates these sign (PEM), and no others; with none given, with the usual ones.",
    library: Library::Http,
    overloads: &[
        Overload::member(&[HTTP, Ty::String], HTTP, client),
    ],
    examples: &[
        gives("http.client('').get('https://example.com/').statusCode", "200"),
        fails(
            "http.client('PEM').get('https://example.com/')",
            "request failed: certificate signed by unknown authority",
        ),
    ],
    ..Function::PLAIN
};

fn client<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(match call.str(1)? {
        "" => call.arg(0),
        bundle => Val::Opaque(Opaque::Client(bundle)),
    })
}

/// The certificates that the object at 0 trusts; empty for the usual ones.
pub(super) fn ca_bundle<'v>(call: &Call<'_, 'v>) -> &'v str {
    match call.arg(0) {
        Val::Opaque(Opaque::Client(bundle)) => bundle,
        _ => "",
    }
}
