//! `sign(quantity)`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static SIGN: Function = Function {
    name: "sign",
    about: "-1, 0 or 1. The reference declares it so that it cannot be called on a quantity.",
    library: Library::Quantity,
    overloads: &[Overload::global(&[TYPE], Ty::Int, sign)],
    examples: &[
        gives("sign(quantity('-5'))", "-1"),
        fails(
            "quantity('-5').sign()",
            "found no matching overload for 'sign' applied to 'kubernetes.Quantity.()'",
        ),
    ],
    ..Function::PLAIN
};

fn sign<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Int(i64::from(of(call, 0)?.signum())))
}
