//! `bytes(value)`: as bytes.

use crate::cel::library::{Call, Cost, Function, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static BYTES: Function = Function {
    name: "bytes",
    about: "The bytes of a text in UTF-8.",
    overloads: &[
        Overload::global(&[Ty::Bytes], Ty::Bytes, bytes),
        Overload::global(&[Ty::String], Ty::Bytes, bytes).costs(Cost::Of(cost::first)),
    ],
    examples: &[
        gives("size(bytes('né'))", "3"),
        fails("bytes(dyn(1))", "no such overload: bytes(int)"),
    ],
    ..Function::PLAIN
};

fn bytes<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Bytes(match call.arg(0) {
        Val::Bytes(bytes) => bytes,
        Val::Str(text) => text.as_bytes(),
        _ => return Err(Fault::NO_OVERLOAD),
    }))
}
