//! `base64.decode(text)`

use super::alphabet::decode;
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;

pub(super) static BASE64_DECODE: Function = Function {
    name: "base64.decode",
    about: "The bytes that a text in base64 spells; the padding may be missing.",
    library: Library::Encoders,
    overloads: &[
        Overload::global(&[Ty::String], Ty::Bytes, base64_decode),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("string(base64.decode('aGk='))", "hi"),
        gives("string(base64.decode('aGk'))", "hi"),
        fails("base64.decode('a GV')", "illegal base64 data at input byte 1"),
    ],
    ..Function::PLAIN
};

fn base64_decode<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match decode(call.str(0)?) {
        Ok(bytes) => Ok(Val::Bytes(call.bump.alloc_slice_copy(&bytes))),
        Err(at) => Err(call.error(format_args!("illegal base64 data at input byte {at}"))),
    }
}
