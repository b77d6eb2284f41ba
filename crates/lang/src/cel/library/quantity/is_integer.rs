//! `quantity.isInteger()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static IS_INTEGER: Function = Function {
    name: "isInteger",
    about: "Is it a whole number that fits in 64 bits?",
    library: Library::Quantity,
    overloads: &[
        Overload::member(&[TYPE], Ty::Bool, is_integer),
    ],
    examples: &[
        gives("quantity('2k').isInteger()", "true"),
        gives("quantity('1.5').isInteger()", "false"),
        fails("dyn(1).isInteger()", "no such overload: isInteger(int)"),
    ],
    ..Function::PLAIN
};

fn is_integer<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Bool(of(call, 0)?.as_i64().is_some()))
}
