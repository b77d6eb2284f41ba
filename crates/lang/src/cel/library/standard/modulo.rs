//! `a % b`: the remainder, with the sign of `a`.

use crate::cel::library::{Call, Dispatch, Function, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static MODULO: Function = Function {
    name: "_%_",
    about: "The remainder of a division of whole numbers of one type, with the sign of `a`.",
    overloads: &[
        Overload::global(&[Ty::Int, Ty::Int], Ty::Int, modulo),
        Overload::global(&[Ty::Uint, Ty::Uint], Ty::Uint, modulo),
    ],
    dispatch: Dispatch::OnFirst(|value| matches!(value, Val::Int(_) | Val::Uint(_))),
    examples: &[
        gives("7 % 3", "1"),
        gives("-7 % 3", "-1"),
        fails("7 % 0", "modulus by zero"),
        fails("dyn(7.5) % dyn(2)", "no such overload: _%_"),
    ],
    ..Function::PLAIN
};

fn modulo<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(match (call.arg(0), call.arg(1)) {
        (Val::Int(_), Val::Int(0)) | (Val::Uint(_), Val::Uint(0)) => {
            return Err(Fault::text("modulus by zero"));
        }
        (Val::Int(a), Val::Int(b)) => Val::Int(a.checked_rem(b).ok_or("integer overflow")?),
        (Val::Uint(a), Val::Uint(b)) => {
            Val::Uint(a.checked_rem(b).ok_or("unsigned integer overflow")?)
        }
        _ => return Err(Fault::NO_OVERLOAD),
    })
}
