//! `math.sqrt(number)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static SQRT: Function = Function {
    name: "math.sqrt",
    about: "The square root; not a number for one below zero.",
    library: Library::Math,
    overloads: &[
        Overload::global(&[Ty::Double], Ty::Double, sqrt),
        Overload::global(&[Ty::Int], Ty::Double, sqrt),
        Overload::global(&[Ty::Uint], Ty::Double, sqrt),
    ],
    examples: &[
        gives("math.sqrt(4)", "2"),
        gives("math.sqrt(-1.0)", "NaN"),
        fails("math.sqrt(dyn('1'))", "no such overload: math.sqrt(string)"),
    ],
    ..Function::PLAIN
};

fn sqrt<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let number = match call.arg(0) {
        Val::Double(number) => number,
        Val::Int(number) => number as f64,
        Val::Uint(number) => number as f64,
        _ => return Err(Fault::NO_OVERLOAD),
    };
    Ok(Val::Double(number.sqrt()))
}
