//! `a / b`: the quotient, toward zero for whole numbers.

use crate::cel::library::{Call, Dispatch, Function, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static DIVIDE: Function = Function {
    name: "_/_",
    about: "The quotient of two numbers of one type, toward zero for whole numbers.",
    overloads: &[
        Overload::global(&[Ty::Double, Ty::Double], Ty::Double, divide),
        Overload::global(&[Ty::Int, Ty::Int], Ty::Int, divide),
        Overload::global(&[Ty::Uint, Ty::Uint], Ty::Uint, divide),
    ],
    dispatch: Dispatch::OnFirst(|value| {
        matches!(value, Val::Double(_) | Val::Int(_) | Val::Uint(_))
    }),
    examples: &[
        gives("7 / 2", "3"),
        gives("-7 / 2", "-3"),
        gives("7.0 / 2.0", "3.5"),
        gives("1.0 / 0.0", "+Inf"),
        fails("1 / 0", "division by zero"),
    ],
    ..Function::PLAIN
};

fn divide<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(match (call.arg(0), call.arg(1)) {
        (Val::Int(_), Val::Int(0)) | (Val::Uint(_), Val::Uint(0)) => {
            return Err(Fault::text("division by zero"));
        }
        (Val::Int(a), Val::Int(b)) => Val::Int(a.checked_div(b).ok_or("integer overflow")?),
        (Val::Uint(a), Val::Uint(b)) => {
            Val::Uint(a.checked_div(b).ok_or("unsigned integer overflow")?)
        }
        (Val::Double(a), Val::Double(b)) => Val::Double(a / b),
        _ => return Err(Fault::NO_OVERLOAD),
    })
}
