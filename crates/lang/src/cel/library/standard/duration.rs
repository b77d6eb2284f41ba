//! `duration(value)`: as a length of time.

use super::conversion::unreadable;
use crate::cel::library::{Call, Function, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};
use crate::scalar::duration::Duration;

pub(super) static DURATION: Function = Function {
    name: "duration",
    about: "The length of time that a text such as `1h30m` spells.",
    overloads: &[
        Overload::global(&[Ty::Duration], Ty::Duration, duration),
        Overload::global(&[Ty::String], Ty::Duration, duration),
    ],
    examples: &[gives("duration('1h30m')", "5400s"), fails("duration(dyn('1d'))", "type conversion error from 'string' to 'google.protobuf.Duration'"), fails("duration('1d')", "invalid duration argument")],
    ..Function::PLAIN
};

fn duration<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Duration(match call.arg(0) {
        Val::Duration(span) => span,
        Val::Str(text) => {
            Duration::parse(text).map_err(|_| unreadable(call, "google.protobuf.Duration"))?
        }
        _ => return Err(Fault::NO_OVERLOAD),
    }))
}
