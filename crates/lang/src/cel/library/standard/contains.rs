//! `text.contains(part)`

use crate::cel::library::{Call, Cost, Dispatch, Function, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;

pub(super) static CONTAINS: Function = Function {
    name: "contains",
    about: "Does the text contain the other?",
    overloads: &[
        Overload::member(&[Ty::String, Ty::String], Ty::Bool, contains).costs(Cost::Of(cost::product)),
    ],
    dispatch: Dispatch::One,
    examples: &[gives("'hello'.contains('ell')", "true"), fails("dyn(1).contains('1')", "no such overload")],
    ..Function::PLAIN
};

fn contains<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (text, part) = (call.str(0)?, call.str(1)?);
    Ok(Val::Bool(text.contains(part)))
}
