//! `text.lowerAscii()`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};

pub(super) static LOWER_ASCII: Function = Function {
    name: "lowerAscii",
    about: "The text with the letters A to Z in lower case.",
    library: Library::Strings,
    overloads: &[
        Overload::member(&[Ty::String], Ty::String, lower_ascii),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("'NginÉ'.lowerAscii()", "nginÉ"),
        fails("dyn(1).lowerAscii()", "no such overload: lowerAscii(int)"),
    ],
    ..Function::PLAIN
};

fn lower_ascii<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(call.text(&call.str(0)?.to_ascii_lowercase()))
}
