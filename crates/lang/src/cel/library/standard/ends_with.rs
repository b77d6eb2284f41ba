//! `text.endsWith(part)`

use crate::cel::library::{Call, Cost, Dispatch, Function, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;

pub(super) static ENDS_WITH: Function = Function {
    name: "endsWith",
    about: "Does the text end with the other?",
    overloads: &[
        Overload::member(&[Ty::String, Ty::String], Ty::Bool, ends_with).costs(Cost::Of(cost::first)),
    ],
    dispatch: Dispatch::One,
    examples: &[gives("'nginx:latest'.endsWith(':latest')", "true"), fails("'a'.endsWith()", "found no matching overload for 'endsWith' applied to 'string.()'")],
    ..Function::PLAIN
};

fn ends_with<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (text, part) = (call.str(0)?, call.str(1)?);
    Ok(Val::Bool(text.ends_with(part)))
}
