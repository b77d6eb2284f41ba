//! `text.upperAscii()`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};

pub(super) static UPPER_ASCII: Function = Function {
    name: "upperAscii",
    about: "The text with the letters a to z in upper case.",
    library: Library::Strings,
    overloads: &[
        Overload::member(&[Ty::String], Ty::String, upper_ascii),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("'nginé'.upperAscii()", "NGINé"),
        fails("dyn(1).upperAscii()", "no such overload: upperAscii(int)"),
    ],
    ..Function::PLAIN
};

fn upper_ascii<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(call.text(&call.str(0)?.to_ascii_uppercase()))
}
