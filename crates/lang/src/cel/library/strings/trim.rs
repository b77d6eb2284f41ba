//! `text.trim()`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;

pub(super) static TRIM: Function = Function {
    name: "trim",
    about: "The text without blanks at its ends.",
    library: Library::Strings,
    overloads: &[
        Overload::member(&[Ty::String], Ty::String, trim),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("'  a b '.trim()", "a b"),
        fails("dyn(1).trim()", "no such overload: trim(int)"),
    ],
    ..Function::PLAIN
};

fn trim<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Str(call.str(0)?.trim()))
}
