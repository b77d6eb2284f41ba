//! `optional.none()`: nothing.

use crate::cel::library::{Function, Library, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static NONE: Function = Function {
    name: "optional.none",
    about: "An optional without a value.",
    library: Library::Optionals,
    overloads: &[Overload::global(&[], Ty::Optional(&Ty::Param("V")), |_| {
        Ok(Val::Optional(None))
    })],
    examples: &[
        gives("optional.none().hasValue()", "false"),
        fails("optional.none().value()", "optional.none() dereference"),
    ],
    ..Function::PLAIN
};
