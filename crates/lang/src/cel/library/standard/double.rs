//! `double(value)`: as a floating point number.

use super::conversion::unreadable;
use crate::cel::library::{Call, Function, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};
use crate::scalar::float::parse_float;

pub(super) static DOUBLE: Function = Function {
    name: "double",
    about: "The number as a floating point number, or the one that a text spells.",
    overloads: &[
        Overload::global(&[Ty::Double], Ty::Double, double),
        Overload::global(&[Ty::Int], Ty::Double, double),
        Overload::global(&[Ty::String], Ty::Double, double),
        Overload::global(&[Ty::Uint], Ty::Double, double),
    ],
    examples: &[gives("double('1.5')", "1.5"), gives("double(3)", "3"), fails("double('x')", "type conversion error from 'string' to 'double'")],
    ..Function::PLAIN
};

fn double<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Double(match call.arg(0) {
        Val::Double(number) => number,
        Val::Int(number) => number as f64,
        Val::Uint(number) => number as f64,
        Val::Str(text) => parse_float(text).ok_or_else(|| unreadable(call, "double"))?,
        _ => return Err(Fault::NO_OVERLOAD),
    }))
}
