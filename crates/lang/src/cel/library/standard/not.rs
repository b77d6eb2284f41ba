//! `!a`: the opposite.

use crate::cel::library::{Call, Dispatch, Function, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static NOT: Function = Function {
    name: "!_",
    about: "The opposite truth value.",
    overloads: &[Overload::global(&[Ty::Bool], Ty::Bool, not)],
    dispatch: Dispatch::One,
    examples: &[gives("!true", "false"), fails("!dyn(1)", "no such overload")],
    ..Function::PLAIN
};

fn not<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match call.arg(0) {
        Val::Bool(flag) => Ok(Val::Bool(!flag)),
        _ => Err(Fault::NO_OVERLOAD),
    }
}
