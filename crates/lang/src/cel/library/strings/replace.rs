//! `text.replace(part, other, times?)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};

pub(super) static REPLACE: Function = Function {
    name: "replace",
    about: "The text with one part of it replaced everywhere, or so many times.",
    library: Library::Strings,
    overloads: &[
        Overload::member(&[Ty::String, Ty::String, Ty::String], Ty::String, replace),
        Overload::member(
            &[Ty::String, Ty::String, Ty::String, Ty::Int],
            Ty::String,
            replace,
        ),
    ],
    cost: Cost::Of(cost::first_twice),
    examples: &[
        gives("'hello'.replace('l', 'L')", "heLLo"),
        gives("'hello'.replace('l', 'L', 1)", "heLlo"),
        gives("'ab'.replace('', '-')", "-a-b-"),
        fails("'a'.replace('a', dyn(1))", "no such overload: replace(string, string, int)"),
    ],
    ..Function::PLAIN
};

fn replace<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (text, part, other) = (call.str(0)?, call.str(1)?, call.str(2)?);
    let times = match call.args {
        [_, _, _] => -1,
        _ => call.int(3)?,
    };
    let times = usize::try_from(times).unwrap_or(usize::MAX);
    Ok(call.text(&text.replacen(part, other, times)))
}
