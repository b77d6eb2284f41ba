//! `time.now()`

use super::ask::ask;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Question, Ty, fails, gives};
use crate::cel::val::{Fault, Timestamp, Val};

pub(super) static TIME_NOW: Function = Function {
    name: "time.now",
    about: "The time: the same one during an evaluation.",
    library: Library::Time,
    overloads: &[
        Overload::global(&[], Ty::Timestamp, now),
    ],
    examples: &[
        gives("time.now()", "2023-11-14T22:13:20Z"),
        gives("time.now() == time.now()", "true"),
        fails("time.now('x')", "found no matching overload for 'time.now' applied to '(string)'"),
    ],
    ..Function::PLAIN
};

fn now<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let nanos = match ask(call, &Question::Now, "")? {
        Val::Int(nanos) => nanos,
        _ => return Err(Fault::text("the time is not known")),
    };
    let now = Timestamp::from_nanos(i128::from(nanos));
    Ok(Val::Timestamp(now.ok_or("timestamp overflow")?))
}
