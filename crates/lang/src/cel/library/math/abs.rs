//! `math.abs(number)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static ABS: Function = Function {
    name: "math.abs",
    about: "The number without its sign.",
    library: Library::Math,
    overloads: &[
        Overload::global(&[Ty::Double], Ty::Double, abs),
        Overload::global(&[Ty::Int], Ty::Int, abs),
        Overload::global(&[Ty::Uint], Ty::Uint, abs),
    ],
    examples: &[
        gives("math.abs(-5)", "5"),
        gives("math.abs(-1.5)", "1.5"),
        fails("math.abs(-9223372036854775808)", "integer overflow"),
    ],
    ..Function::PLAIN
};

fn abs<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(match call.arg(0) {
        Val::Double(number) => Val::Double(number.abs()),
        Val::Int(number) => Val::Int(number.checked_abs().ok_or("integer overflow")?),
        Val::Uint(number) => Val::Uint(number),
        _ => return Err(Fault::NO_OVERLOAD),
    })
}
