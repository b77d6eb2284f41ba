//! `time.toCron(timestamp)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static TIME_TO_CRON: Function = Function {
    name: "time.toCron",
    about: "The cron line of the minute: minute, hour, day, month, day of the week.",
    library: Library::Time,
    overloads: &[
        Overload::global(&[Ty::Timestamp], Ty::String, to_cron),
    ],
    examples: &[
        gives("time.toCron(timestamp('2024-05-06T07:08:09Z'))", "8 7 6 5 1"),
        fails("time.toCron(dyn('x'))", "no such overload: time.toCron(string)"),
    ],
    ..Function::PLAIN
};

fn to_cron<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match call.arg(0) {
        Val::Timestamp(moment) => Ok(call.text(&moment.cron())),
        _ => Err(Fault::NO_OVERLOAD),
    }
}
