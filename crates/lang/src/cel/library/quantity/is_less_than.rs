//! `quantity.isLessThan(other)`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static IS_LESS_THAN: Function = Function {
    name: "isLessThan",
    about: "Is it less than the other?",
    library: Library::Quantity,
    overloads: &[
        Overload::member(&[TYPE, TYPE], Ty::Bool, is_less_than),
    ],
    examples: &[
        gives("quantity('500Mi').isLessThan(quantity('1Gi'))", "true"),
        fails(
            "quantity('1').isLessThan(1)",
            "found no matching overload for 'isLessThan' applied to 'kubernetes.Quantity.(int)'",
        ),
    ],
    ..Function::PLAIN
};

fn is_less_than<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (a, b) = (of(call, 0)?, of(call, 1)?);
    Ok(Val::Bool(a < b))
}
