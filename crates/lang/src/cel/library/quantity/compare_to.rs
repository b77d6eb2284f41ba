//! `quantity.compareTo(other)`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static COMPARE_TO: Function = Function {
    name: "compareTo",
    about: "-1 if it is less than the other, 1 if greater, 0 if equal.",
    library: Library::Quantity,
    overloads: &[
        Overload::member(&[TYPE, TYPE], Ty::Int, compare_to),
    ],
    examples: &[
        gives("quantity('1').compareTo(quantity('2'))", "-1"),
        gives("quantity('1k').compareTo(quantity('1000'))", "0"),
        fails(
            "quantity('1').compareTo('1')",
            "found no matching overload for 'compareTo' applied to 'kubernetes.Quantity.(string)'",
        ),
    ],
    ..Function::PLAIN
};

fn compare_to<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Int(of(call, 0)?.cmp(of(call, 1)?) as i64))
}
