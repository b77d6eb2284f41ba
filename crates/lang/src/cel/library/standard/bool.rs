//! `bool(value)`: as a truth value.

use super::conversion::unreadable;
use crate::cel::library::{Call, Function, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static BOOL: Function = Function {
    name: "bool",
    about: "The truth value that a text spells: `true`, `t`, `1` and the like.",
    overloads: &[
        Overload::global(&[Ty::Bool], Ty::Bool, bool),
        Overload::global(&[Ty::String], Ty::Bool, bool),
    ],
    examples: &[gives("bool('true')", "true"), gives("bool('F')", "false"), fails("bool('yes')", "type conversion error from 'string' to 'bool'")],
    ..Function::PLAIN
};

fn bool<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Bool(match call.arg(0) {
        Val::Bool(flag) => flag,
        Val::Str("1" | "t" | "T" | "TRUE" | "true" | "True") => true,
        Val::Str("0" | "f" | "F" | "FALSE" | "false" | "False") => false,
        Val::Str(_) => return Err(unreadable(call, "bool")),
        _ => return Err(Fault::NO_OVERLOAD),
    }))
}
