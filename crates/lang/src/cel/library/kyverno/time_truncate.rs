//! `time.truncate(timestamp, duration)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static TIME_TRUNCATE: Function = Function {
    name: "time.truncate",
    about: "The moment, back to a multiple of the duration since the start of the year 1.",
    library: Library::Time,
    overloads: &[
        Overload::global(&[Ty::Timestamp, Ty::Duration], Ty::Timestamp, truncate),
    ],
    examples: &[
        gives(
            "time.truncate(timestamp('2024-05-06T07:08:09.5Z'), duration('1h'))",
            "2024-05-06T07:00:00Z",
        ),
        fails(
            "time.truncate('a', 'b')",
            "found no matching overload for 'time.truncate' applied to '(string, string)'",
        ),
    ],
    ..Function::PLAIN
};

fn truncate<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match (call.arg(0), call.arg(1)) {
        (Val::Timestamp(moment), Val::Duration(unit)) => Ok(Val::Timestamp(moment.truncated(unit))),
        _ => Err(Fault::NO_OVERLOAD),
    }
}
