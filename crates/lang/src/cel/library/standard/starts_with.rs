//! `text.startsWith(part)`

use crate::cel::library::{Call, Cost, Dispatch, Function, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;

pub(super) static STARTS_WITH: Function = Function {
    name: "startsWith",
    about: "Does the text start with the other?",
    overloads: &[
        Overload::member(&[Ty::String, Ty::String], Ty::Bool, starts_with).costs(Cost::Of(cost::first)),
    ],
    dispatch: Dispatch::One,
    examples: &[gives("'hello'.startsWith('he')", "true"), fails("'hello'.startsWith(dyn(1))", "no such overload")],
    ..Function::PLAIN
};

fn starts_with<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (text, part) = (call.str(0)?, call.str(1)?);
    Ok(Val::Bool(text.starts_with(part)))
}
