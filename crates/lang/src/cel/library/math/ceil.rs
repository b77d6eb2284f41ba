//! `math.ceil(number)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static CEIL: Function = Function {
    name: "math.ceil",
    about: "The least whole number that is not less.",
    library: Library::Math,
    overloads: &[
        Overload::global(&[Ty::Double], Ty::Double, ceil),
    ],
    examples: &[
        gives("math.ceil(1.2)", "2"),
        fails("math.ceil(dyn(3))", "no such overload: math.ceil(int)"),
    ],
    ..Function::PLAIN
};

fn ceil<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match call.arg(0) {
        Val::Double(number) => Ok(Val::Double(number.ceil())),
        _ => Err(Fault::NO_OVERLOAD),
    }
}
