//! `int(value)`: as a whole number.

use super::conversion::unreadable;
use crate::cel::library::{Call, Function, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static INT: Function = Function {
    name: "int",
    about: "The number without its fraction, the one that a text spells, the nanoseconds of a duration, or the seconds of a moment since 1970.",
    overloads: &[
        Overload::global(&[Ty::Int], Ty::Int, int),
        Overload::global(&[Ty::Double], Ty::Int, int),
        Overload::global(&[Ty::Duration], Ty::Int, int),
        Overload::global(&[Ty::String], Ty::Int, int),
        Overload::global(&[Ty::Timestamp], Ty::Int, int),
        Overload::global(&[Ty::Uint], Ty::Int, int),
    ],
    examples: &[gives("int('-12')", "-12"), gives("int(2.9)", "2"), gives("int(timestamp('1970-01-02T00:00:00Z'))", "86400"), fails("int(dyn('x'))", "type conversion error from 'string' to 'int'"), fails("int(dyn(true))", "no such overload: int(bool)"), fails("int(1e19)", "integer overflow")],
    ..Function::PLAIN
};

const OVERFLOW: &str = "integer overflow";

fn int<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Int(match call.arg(0) {
        Val::Int(number) => number,
        Val::Uint(number) => i64::try_from(number).map_err(|_| OVERFLOW)?,
        // Both ends of the range are refused: the doubles next to them are beyond it.
        Val::Double(number) if number > i64::MIN as f64 && number < i64::MAX as f64 => {
            number as i64
        }
        Val::Double(_) => return Err(Fault::text(OVERFLOW)),
        Val::Str(text) => text.parse().map_err(|_| unreadable(call, "int"))?,
        Val::Duration(span) => span.nanos(),
        Val::Timestamp(moment) => moment.seconds(),
        _ => return Err(Fault::NO_OVERLOAD),
    }))
}
