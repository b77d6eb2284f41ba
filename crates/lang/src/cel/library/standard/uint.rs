//! `uint(value)`: as a whole number without sign.

use super::conversion::unreadable;
use crate::cel::library::{Call, Function, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static UINT: Function = Function {
    name: "uint",
    about: "The number without its fraction, or the one that a text spells.",
    overloads: &[
        Overload::global(&[Ty::Uint], Ty::Uint, uint),
        Overload::global(&[Ty::Double], Ty::Uint, uint),
        Overload::global(&[Ty::Int], Ty::Uint, uint),
        Overload::global(&[Ty::String], Ty::Uint, uint),
    ],
    examples: &[gives("uint('12')", "12"), fails("uint(-1)", "unsigned integer overflow"), fails("uint('+1')", "type conversion error from 'string' to 'uint'")],
    ..Function::PLAIN
};

const OVERFLOW: &str = "unsigned integer overflow";

fn uint<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Uint(match call.arg(0) {
        Val::Uint(number) => number,
        Val::Int(number) => u64::try_from(number).map_err(|_| OVERFLOW)?,
        Val::Double(number) if number >= 0.0 && number < u64::MAX as f64 => number as u64,
        Val::Double(_) => return Err(Fault::text(OVERFLOW)),
        Val::Str(text) if text.starts_with('+') => return Err(unreadable(call, "uint")),
        Val::Str(text) => text.parse().map_err(|_| unreadable(call, "uint"))?,
        _ => return Err(Fault::NO_OVERLOAD),
    }))
}
