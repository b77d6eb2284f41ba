//! `math.isInf(number)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static IS_INF: Function = Function {
    name: "math.isInf",
    about: "Is it infinite?",
    library: Library::Math,
    overloads: &[
        Overload::global(&[Ty::Double], Ty::Bool, is_inf),
    ],
    examples: &[
        gives("math.isInf(1.0 / 0.0)", "true"),
        fails("math.isInf(dyn(3))", "no such overload: math.isInf(int)"),
    ],
    ..Function::PLAIN
};

fn is_inf<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match call.arg(0) {
        Val::Double(number) => Ok(Val::Bool(number.is_infinite())),
        _ => Err(Fault::NO_OVERLOAD),
    }
}
