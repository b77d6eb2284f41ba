//! `a * b`: the product.

use crate::cel::library::{Call, Dispatch, Function, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static MULTIPLY: Function = Function {
    name: "_*_",
    about: "The product of two numbers of one type.",
    overloads: &[
        Overload::global(&[Ty::Double, Ty::Double], Ty::Double, multiply),
        Overload::global(&[Ty::Int, Ty::Int], Ty::Int, multiply),
        Overload::global(&[Ty::Uint, Ty::Uint], Ty::Uint, multiply),
    ],
    dispatch: Dispatch::OnFirst(|value| {
        matches!(value, Val::Double(_) | Val::Int(_) | Val::Uint(_))
    }),
    examples: &[
        gives("3 * 4", "12"),
        gives("1.5 * 2.0", "3"),
        fails("9223372036854775807 * 2", "integer overflow"),
        fails("dyn([1]) * dyn(2)", "no such overload: _*_"),
    ],
    ..Function::PLAIN
};

fn multiply<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(match (call.arg(0), call.arg(1)) {
        (Val::Int(a), Val::Int(b)) => Val::Int(a.checked_mul(b).ok_or("integer overflow")?),
        (Val::Uint(a), Val::Uint(b)) => {
            Val::Uint(a.checked_mul(b).ok_or("unsigned integer overflow")?)
        }
        (Val::Double(a), Val::Double(b)) => Val::Double(a * b),
        _ => return Err(Fault::NO_OVERLOAD),
    })
}
