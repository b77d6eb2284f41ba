//! `math.floor(number)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static FLOOR: Function = Function {
    name: "math.floor",
    about: "The greatest whole number that is not greater.",
    library: Library::Math,
    overloads: &[
        Overload::global(&[Ty::Double], Ty::Double, floor),
    ],
    examples: &[
        gives("math.floor(-1.2)", "-2"),
        fails("math.floor(dyn(3))", "no such overload: math.floor(int)"),
    ],
    ..Function::PLAIN
};

fn floor<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match call.arg(0) {
        Val::Double(number) => Ok(Val::Double(number.floor())),
        _ => Err(Fault::NO_OVERLOAD),
    }
}
