//! `math.isNaN(number)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static IS_NAN: Function = Function {
    name: "math.isNaN",
    about: "Is it not a number?",
    library: Library::Math,
    overloads: &[
        Overload::global(&[Ty::Double], Ty::Bool, is_nan),
    ],
    examples: &[
        gives("math.isNaN(double('NaN'))", "true"),
        fails("math.isNaN(dyn(3))", "no such overload: math.isNaN(int)"),
    ],
    ..Function::PLAIN
};

fn is_nan<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match call.arg(0) {
        Val::Double(number) => Ok(Val::Bool(number.is_nan())),
        _ => Err(Fault::NO_OVERLOAD),
    }
}
