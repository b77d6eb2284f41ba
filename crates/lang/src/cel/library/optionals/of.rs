//! `optional.of(value)`: something.

use crate::cel::library::{Function, Library, Overload, Ty, fails, gives};

const V: Ty = Ty::Param("V");

pub(super) static OF: Function = Function {
    name: "optional.of",
    about: "An optional with this value.",
    library: Library::Optionals,
    overloads: &[Overload::global(&[V], Ty::Optional(&V), |call| {
        Ok(call.some(call.arg(0)))
    })],
    examples: &[
        gives("optional.of(1).value()", "1"),
        gives("optional.of(null).hasValue()", "true"),
        fails(
            "optional.of(1) == 1",
            "found no matching overload for '_==_' applied to '(optional_type(int), int)'",
        ),
    ],
    ..Function::PLAIN
};
