//! `math.bitNot(number)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static BIT_NOT: Function = Function {
    name: "math.bitNot",
    about: "The bits that the number does not have.",
    library: Library::Math,
    overloads: &[
        Overload::global(&[Ty::Int], Ty::Int, bit_not),
        Overload::global(&[Ty::Uint], Ty::Uint, bit_not),
    ],
    examples: &[
        gives("math.bitNot(1)", "-2"),
        gives("math.bitNot(0u)", "18446744073709551615"),
        fails("math.bitNot(1.5)", "found no matching overload for 'math.bitNot' applied to '(double)'"),
    ],
    ..Function::PLAIN
};

fn bit_not<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(match call.arg(0) {
        Val::Int(number) => Val::Int(!number),
        Val::Uint(number) => Val::Uint(!number),
        _ => return Err(Fault::NO_OVERLOAD),
    })
}
