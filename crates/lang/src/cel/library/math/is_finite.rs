//! `math.isFinite(number)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static IS_FINITE: Function = Function {
    name: "math.isFinite",
    about: "Is it neither infinite nor not a number?",
    library: Library::Math,
    overloads: &[
        Overload::global(&[Ty::Double], Ty::Bool, is_finite),
    ],
    examples: &[
        gives("math.isFinite(1.5)", "true"),
        fails("math.isFinite(dyn(3))", "no such overload: math.isFinite(int)"),
    ],
    ..Function::PLAIN
};

fn is_finite<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match call.arg(0) {
        Val::Double(number) => Ok(Val::Bool(number.is_finite())),
        _ => Err(Fault::NO_OVERLOAD),
    }
}
