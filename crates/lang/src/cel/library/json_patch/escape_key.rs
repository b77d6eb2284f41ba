//! `jsonpatch.escapeKey(text)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};

pub(super) static ESCAPE_KEY: Function = Function {
    name: "jsonpatch.escapeKey",
    about: "The text as one segment of a JSON pointer.",
    library: Library::JsonPatch,
    overloads: &[
        Overload::global(&[Ty::String], Ty::String, escape_key),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("jsonpatch.escapeKey('example.com/~x')", "example.com~1~0x"),
        fails("jsonpatch.escapeKey(dyn(1))", "no such overload: jsonpatch.escapeKey(int)"),
    ],
    ..Function::PLAIN
};

fn escape_key<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let text = call.str(0)?;
    Ok(call.text(&text.replace('~', "~0").replace('/', "~1")))
}
