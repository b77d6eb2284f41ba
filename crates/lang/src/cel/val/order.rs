//! Order: which of two values is less.

use std::cmp::Ordering;

use super::Val;

/// Why two values have no order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unordered {
    /// One of them is NaN.
    Nan,
    /// Their types cannot be compared.
    Types,
}

/// The order of two values of one ordered type, or of two numbers of any types.
pub(crate) fn compare(a: Val<'_>, b: Val<'_>) -> Result<Ordering, Unordered> {
    Ok(match (a, b) {
        (Val::Bool(a), Val::Bool(b)) => a.cmp(&b),
        (Val::Str(a), Val::Str(b)) => a.cmp(b),
        (Val::Bytes(a), Val::Bytes(b)) => a.cmp(b),
        (Val::Duration(a), Val::Duration(b)) => a.cmp(&b),
        (Val::Timestamp(a), Val::Timestamp(b)) => a.instant().cmp(&b.instant()),
        (
            Val::Int(_) | Val::Uint(_) | Val::Double(_),
            Val::Int(_) | Val::Uint(_) | Val::Double(_),
        ) => compare_numbers(a, b).ok_or(Unordered::Nan)?,
        _ => return Err(Unordered::Types),
    })
}

/// The order of two numbers of any types, as the numbers that they are; `None` with NaN, and
/// when one is no number.
pub(super) fn compare_numbers(a: Val<'_>, b: Val<'_>) -> Option<Ordering> {
    match (a, b) {
        (Val::Double(a), Val::Double(b)) => a.partial_cmp(&b),
        (Val::Double(a), b) => compare_mixed(a, integer(b)?),
        (a, Val::Double(b)) => compare_mixed(b, integer(a)?).map(Ordering::reverse),
        _ => Some(integer(a)?.cmp(&integer(b)?)),
    }
}

fn integer(number: Val<'_>) -> Option<i128> {
    match number {
        Val::Int(number) => Some(number.into()),
        Val::Uint(number) => Some(number.into()),
        _ => None,
    }
}

/// A double against an integer: beyond the integers' range it is out of it, within it the
/// integer is taken as a double.
fn compare_mixed(double: f64, integer: i128) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    // The reference rounds the integer; so 9007199254740993 equals 9007199254740992.0.
    double.partial_cmp(&(integer as f64))
}
