//! `base64.encode(bytes)`

use base64::{Engine, prelude::BASE64_STANDARD as STANDARD};

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static BASE64_ENCODE: Function = Function {
    name: "base64.encode",
    about: "The bytes in base64.",
    library: Library::Encoders,
    overloads: &[
        Overload::global(&[Ty::Bytes], Ty::String, base64_encode),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("base64.encode(b'hello')", "aGVsbG8="),
        fails(
            "base64.encode('hello')",
            "found no matching overload for 'base64.encode' applied to '(string)'",
        ),
    ],
    ..Function::PLAIN
};

fn base64_encode<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match call.arg(0) {
        Val::Bytes(bytes) => Ok(call.text(&STANDARD.encode(bytes))),
        _ => Err(Fault::NO_OVERLOAD),
    }
}
