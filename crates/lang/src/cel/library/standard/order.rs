//! What `<`, `<=`, `>` and `>=` have in common.

use std::cmp::Ordering;

use crate::cel::library::{Body, Call, Cost, Dispatch, Outcome, Overload, Ty, cost};
use crate::cel::val::{Fault, Unordered, Val, compare};

/// The overloads: values of one type that has an order, and numbers of any two types.
pub(super) const fn overloads(body: Body) -> [Overload; 14] {
    const fn of(params: &'static [Ty], body: Body) -> Overload {
        Overload::global(params, Ty::Bool, body)
    }
    [
        of(&[Ty::Bool, Ty::Bool], body),
        of(&[Ty::Int, Ty::Int], body),
        of(&[Ty::Int, Ty::Double], body),
        of(&[Ty::Int, Ty::Uint], body),
        of(&[Ty::Uint, Ty::Uint], body),
        of(&[Ty::Uint, Ty::Double], body),
        of(&[Ty::Uint, Ty::Int], body),
        of(&[Ty::Double, Ty::Double], body),
        of(&[Ty::Double, Ty::Int], body),
        of(&[Ty::Double, Ty::Uint], body),
        of(&[Ty::String, Ty::String], body).costs(Cost::Of(cost::shorter)),
        of(&[Ty::Bytes, Ty::Bytes], body).costs(Cost::Of(cost::shorter)),
        of(&[Ty::Timestamp, Ty::Timestamp], body),
        of(&[Ty::Duration, Ty::Duration], body),
    ]
}

/// Values that have an order.
pub(super) const DISPATCH: Dispatch = Dispatch::OnFirst(|value| {
    matches!(
        value,
        Val::Bool(_)
            | Val::Bytes(_)
            | Val::Double(_)
            | Val::Duration(_)
            | Val::Int(_)
            | Val::Str(_)
            | Val::Timestamp(_)
            | Val::Uint(_)
    )
});

/// Does the order of the two arguments satisfy the test? Nothing is less or greater than NaN.
pub(super) fn holds<'v>(call: &Call<'_, 'v>, test: fn(Ordering) -> bool) -> Outcome<'v> {
    match compare(call.arg(0), call.arg(1)) {
        Ok(order) => Ok(Val::Bool(test(order))),
        Err(Unordered::Nan) => Ok(Val::Bool(false)),
        Err(Unordered::Types) => Err(Fault::NO_OVERLOAD),
    }
}
