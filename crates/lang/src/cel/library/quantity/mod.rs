//! Kubernetes' quantities.

use crate::cel::library::{Call, Outcome, Ty};
use crate::cel::val::{Fault, Opaque, Val};
use crate::scalar::quantity::Quantity;

crate::cel::library::functions! {
    add ADD,
    as_approximate_float AS_APPROXIMATE_FLOAT,
    as_integer AS_INTEGER,
    compare_to COMPARE_TO,
    is_greater_than IS_GREATER_THAN,
    is_integer IS_INTEGER,
    is_less_than IS_LESS_THAN,
    is_quantity IS_QUANTITY,
    quantity QUANTITY,
    sign SIGN,
    sub SUB,
}

const TYPE: Ty = Ty::Opaque("kubernetes.Quantity");

/// The quantity at `index`.
fn of<'v>(call: &Call<'_, 'v>, index: usize) -> Result<&'v Quantity, Fault<'v>> {
    match call.arg(index) {
        Val::Opaque(Opaque::Quantity(quantity)) => Ok(quantity),
        _ => Err(Fault::NO_OVERLOAD),
    }
}

/// A quantity made for the result. The evaluation's memory frees nothing by itself, so one that
/// keeps digits elsewhere is refused.
fn made<'v>(call: &Call<'_, 'v>, quantity: Option<Quantity>) -> Outcome<'v> {
    match quantity {
        Some(quantity) if quantity.is_inline() => {
            Ok(Val::Opaque(Opaque::Quantity(call.bump.alloc(quantity))))
        }
        _ => Err(Fault::text("the quantity has more than 38 digits")),
    }
}
