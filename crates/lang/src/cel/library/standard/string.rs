//! `string(value)`: as text.

use crate::cel::library::{Call, Cost, Function, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static STRING: Function = Function {
    name: "string",
    about: "The value as text: numbers as they are written, bytes as UTF-8, durations in seconds, \
            moments in RFC 3339.",
    overloads: &[
        Overload::global(&[Ty::String], Ty::String, string),
        Overload::global(&[Ty::Bool], Ty::String, string),
        Overload::global(&[Ty::Bytes], Ty::String, string).costs(Cost::Of(cost::first)),
        Overload::global(&[Ty::Double], Ty::String, string),
        Overload::global(&[Ty::Duration], Ty::String, string),
        Overload::global(&[Ty::Int], Ty::String, string),
        Overload::global(&[Ty::Timestamp], Ty::String, string),
        Overload::global(&[Ty::Uint], Ty::String, string),
    ],
    examples: &[
        gives("string(1.5)", "1.5"),
        gives("string(1e20)", "1e+20"),
        gives("string(duration('1h0.5s'))", "3600.5s"),
        gives("string(timestamp('2024-01-01T02:00:00+02:00'))", "2024-01-01T02:00:00+02:00"),
        fails("string(b'\\xff')", "invalid UTF-8 in bytes, cannot convert to string"),
        fails("string(dyn([1]))", "no such overload: string(list)"),
    ],
    ..Function::PLAIN
};

fn string<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(match call.arg(0) {
        Val::Str(text) => Val::Str(text),
        Val::Bytes(bytes) => {
            let invalid = "invalid UTF-8 in bytes, cannot convert to string";
            Val::Str(std::str::from_utf8(bytes).map_err(|_| invalid)?)
        }
        value @ (Val::Bool(_)
        | Val::Double(_)
        | Val::Duration(_)
        | Val::Int(_)
        | Val::Timestamp(_)
        | Val::Uint(_)) => call.print(value),
        _ => return Err(Fault::NO_OVERLOAD),
    })
}
