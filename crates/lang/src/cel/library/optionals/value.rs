//! `optional.value()`: what it is.

use crate::cel::library::{Function, Library, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

const V: Ty = Ty::Param("V");

pub(super) static VALUE: Function = Function {
    name: "value",
    about: "The value of the optional. That it has none is an error.",
    library: Library::Optionals,
    overloads: &[Overload::member(&[Ty::Optional(&V)], V, |call| {
        match call.arg(0) {
            Val::Optional(Some(value)) => Ok(*value),
            Val::Optional(None) => Err(Fault::text("optional.none() dereference")),
            _ => Err(Fault::NO_OVERLOAD),
        }
    })],
    examples: &[
        gives("optional.of('a').value()", "a"),
        fails("optional.none().value()", "optional.none() dereference"),
    ],
    ..Function::PLAIN
};
