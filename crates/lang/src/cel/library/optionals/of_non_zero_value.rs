//! `optional.ofNonZeroValue(value)`: something, unless it is zero or empty.

use crate::cel::library::{Function, Library, Overload, Ty, fails, gives};
use crate::cel::val::Val;

const V: Ty = Ty::Param("V");

pub(super) static OF_NON_ZERO_VALUE: Function = Function {
    name: "optional.ofNonZeroValue",
    about: "An optional with this value, or without one if it is zero, false, empty or null.",
    library: Library::Optionals,
    overloads: &[Overload::global(&[V], Ty::Optional(&V), |call| {
        let value = call.arg(0);
        Ok(if value.is_zero() {
            Val::Optional(None)
        } else {
            call.some(value)
        })
    })],
    examples: &[
        gives("optional.ofNonZeroValue('').hasValue()", "false"),
        gives("optional.ofNonZeroValue([0]).hasValue()", "true"),
        fails("optional.ofNonZeroValue(0).value()", "optional.none() dereference"),
    ],
    ..Function::PLAIN
};
