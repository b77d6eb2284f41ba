//! What `min`, `max` and `isSorted` have in common.

use std::cmp::Ordering;

use crate::cel::library::{Body, Call, Outcome, Overload, Ty};
use crate::cel::val::{Fault, Unordered, Val, compare};

/// The overloads for lists of each type that has an order; the result is of that type.
pub(super) const fn overloads(body: Body) -> [Overload; 8] {
    [
        Overload::member(&[Ty::List(&Ty::Int)], Ty::Int, body),
        Overload::member(&[Ty::List(&Ty::Uint)], Ty::Uint, body),
        Overload::member(&[Ty::List(&Ty::Double)], Ty::Double, body),
        Overload::member(&[Ty::List(&Ty::Bool)], Ty::Bool, body),
        Overload::member(&[Ty::List(&Ty::Duration)], Ty::Duration, body),
        Overload::member(&[Ty::List(&Ty::Timestamp)], Ty::Timestamp, body),
        Overload::member(&[Ty::List(&Ty::String)], Ty::String, body),
        Overload::member(&[Ty::List(&Ty::Bytes)], Ty::Bytes, body),
    ]
}

/// The element that is `preferred` over all others. One that cannot be compared is passed over.
pub(super) fn extreme<'v>(call: &Call<'_, 'v>, name: &str, preferred: Ordering) -> Outcome<'v> {
    let list = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let mut best: Option<Val<'v>> = None;
    for item in list.iter() {
        if compare(item, item) == Err(Unordered::Types) {
            return Err(Fault::NO_OVERLOAD);
        }
        best = Some(match best {
            Some(best) if compare(item, best) != Ok(preferred) => best,
            _ => item,
        });
    }
    best.ok_or_else(|| call.error(format_args!("{name} called on empty list")))
}
