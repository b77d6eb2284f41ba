//! `math.round(number)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static ROUND: Function = Function {
    name: "math.round",
    about: "The nearest whole number; a half goes away from zero.",
    library: Library::Math,
    overloads: &[
        Overload::global(&[Ty::Double], Ty::Double, round),
    ],
    examples: &[
        gives("math.round(2.5)", "3"),
        fails("math.round(dyn(3))", "no such overload: math.round(int)"),
    ],
    ..Function::PLAIN
};

fn round<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match call.arg(0) {
        Val::Double(number) => Ok(Val::Double(number.round())),
        _ => Err(Fault::NO_OVERLOAD),
    }
}
