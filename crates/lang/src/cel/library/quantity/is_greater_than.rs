//! `quantity.isGreaterThan(other)`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static IS_GREATER_THAN: Function = Function {
    name: "isGreaterThan",
    about: "Is it greater than the other?",
    library: Library::Quantity,
    overloads: &[
        Overload::member(&[TYPE, TYPE], Ty::Bool, is_greater_than),
    ],
    examples: &[
        gives("quantity('2').isGreaterThan(quantity('1500m'))", "true"),
        fails(
            "quantity('1').isGreaterThan(1)",
            "found no matching overload for 'isGreaterThan' applied to 'kubernetes.Quantity.(int)'",
        ),
    ],
    ..Function::PLAIN
};

fn is_greater_than<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (a, b) = (of(call, 0)?, of(call, 1)?);
    Ok(Val::Bool(a > b))
}
