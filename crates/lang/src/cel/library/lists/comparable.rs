//! Lists of values that have an order.

use std::cmp::Ordering;

use crate::cel::library::{Body, Overload, Ty};
use crate::cel::val::{Fault, List, Val, compare};

/// The overloads of `sort` for elements of each type that has an order.
pub(super) const fn sort_overloads(body: Body) -> [Overload; 8] {
    const fn of(params: &'static [Ty], result: Ty, body: Body) -> Overload {
        Overload::member(params, result, body)
    }
    [
        of(&[Ty::List(&Ty::Int)], Ty::List(&Ty::Int), body),
        of(&[Ty::List(&Ty::Uint)], Ty::List(&Ty::Uint), body),
        of(&[Ty::List(&Ty::Double)], Ty::List(&Ty::Double), body),
        of(&[Ty::List(&Ty::Bool)], Ty::List(&Ty::Bool), body),
        of(&[Ty::List(&Ty::Duration)], Ty::List(&Ty::Duration), body),
        of(&[Ty::List(&Ty::Timestamp)], Ty::List(&Ty::Timestamp), body),
        of(&[Ty::List(&Ty::String)], Ty::List(&Ty::String), body),
        of(&[Ty::List(&Ty::Bytes)], Ty::List(&Ty::Bytes), body),
    ]
}

/// The places of the elements of `keys` in their order; equal ones stay as they are.
pub(super) fn order<'v>(keys: List<'v>) -> Result<Vec<usize>, Fault<'v>> {
    let keys: Vec<Val<'v>> = keys.iter().collect();
    if let Some(first) = keys.first() {
        if compare(*first, *first) == Err(crate::cel::val::Unordered::Types) {
            return Err(Fault::text("list elements must be comparable"));
        }
        if keys.iter().any(|key| key.type_name() != first.type_name()) {
            return Err(Fault::text("list elements must have the same type"));
        }
    }
    let mut places: Vec<usize> = (0..keys.len()).collect();
    let key = |place: &usize| keys.get(*place).copied().unwrap_or_default();
    places.sort_by(|a, b| compare(key(a), key(b)).unwrap_or(Ordering::Equal));
    Ok(places)
}
