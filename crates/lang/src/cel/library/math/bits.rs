//! What the functions on bits have in common.

use crate::cel::library::{Body, Call, Outcome, Overload, Ty};
use crate::cel::val::{Fault, Val};

/// The overloads for two numbers of one type.
pub(super) const fn overloads(body: Body) -> [Overload; 2] {
    [
        Overload::global(&[Ty::Int, Ty::Int], Ty::Int, body),
        Overload::global(&[Ty::Uint, Ty::Uint], Ty::Uint, body),
    ]
}

/// Joins the bits of two numbers of one type.
pub(super) fn join<'v>(call: &Call<'_, 'v>, join: fn(u64, u64) -> u64) -> Outcome<'v> {
    Ok(match (call.arg(0), call.arg(1)) {
        (Val::Int(a), Val::Int(b)) => Val::Int(join(a as u64, b as u64) as i64),
        (Val::Uint(a), Val::Uint(b)) => Val::Uint(join(a, b)),
        _ => return Err(Fault::NO_OVERLOAD),
    })
}

/// The overloads for a number and how far to shift it.
pub(super) const fn shift_overloads(body: Body) -> [Overload; 2] {
    [
        Overload::global(&[Ty::Int, Ty::Int], Ty::Int, body),
        Overload::global(&[Ty::Uint, Ty::Int], Ty::Uint, body),
    ]
}

/// Shifts the bits of a number; all out from 64 on.
pub(super) fn shift<'v>(
    call: &Call<'_, 'v>,
    name: &str,
    shift: fn(u64, u32) -> Option<u64>,
) -> Outcome<'v> {
    let by = call.int(1)?;
    if by < 0 {
        return Err(call.error(format_args!("math.{name}() negative offset: {by}")));
    }
    let by = u32::try_from(by).unwrap_or(u32::MAX);
    let shift = |bits| shift(bits, by).unwrap_or(0);
    Ok(match call.arg(0) {
        Val::Int(number) => Val::Int(shift(number as u64) as i64),
        Val::Uint(number) => Val::Uint(shift(number)),
        _ => return Err(Fault::NO_OVERLOAD),
    })
}
