//! `math.trunc(number)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static TRUNC: Function = Function {
    name: "math.trunc",
    about: "The number without its fraction.",
    library: Library::Math,
    overloads: &[
        Overload::global(&[Ty::Double], Ty::Double, trunc),
    ],
    examples: &[
        gives("math.trunc(-1.7)", "-1"),
        fails("math.trunc(dyn(3))", "no such overload: math.trunc(int)"),
    ],
    ..Function::PLAIN
};

fn trunc<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match call.arg(0) {
        Val::Double(number) => Ok(Val::Double(number.trunc())),
        _ => Err(Fault::NO_OVERLOAD),
    }
}
