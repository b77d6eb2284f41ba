//! `math.sign(number)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static SIGN: Function = Function {
    name: "math.sign",
    about: "-1, 0 or 1, of the type of the number.",
    library: Library::Math,
    overloads: &[
        Overload::global(&[Ty::Double], Ty::Double, sign),
        Overload::global(&[Ty::Int], Ty::Int, sign),
        Overload::global(&[Ty::Uint], Ty::Uint, sign),
    ],
    examples: &[
        gives("math.sign(-5)", "-1"),
        gives("math.sign(0.0)", "0"),
        fails("math.sign(dyn('1'))", "no such overload: math.sign(string)"),
    ],
    ..Function::PLAIN
};

fn sign<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(match call.arg(0) {
        // Zero and NaN are themselves.
        Val::Double(number) if number > 0.0 => Val::Double(1.0),
        Val::Double(number) if number < 0.0 => Val::Double(-1.0),
        Val::Double(number) => Val::Double(number),
        Val::Int(number) => Val::Int(number.signum()),
        Val::Uint(number) => Val::Uint(number.min(1)),
        _ => return Err(Fault::NO_OVERLOAD),
    })
}
