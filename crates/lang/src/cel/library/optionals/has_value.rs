//! `optional.hasValue()`: is there one?

use crate::cel::library::{Function, Library, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static HAS_VALUE: Function = Function {
    name: "hasValue",
    about: "Does the optional have a value?",
    library: Library::Optionals,
    overloads: &[Overload::member(
        &[Ty::Optional(&Ty::Param("V"))],
        Ty::Bool,
        |call| match call.arg(0) {
            Val::Optional(value) => Ok(Val::Bool(value.is_some())),
            _ => Err(Fault::NO_OVERLOAD),
        },
    )],
    examples: &[
        gives("{'a': 1}.?a.hasValue()", "true"),
        gives("{'a': 1}.?b.hasValue()", "false"),
        fails("dyn(1).hasValue()", "no such overload: hasValue(int)"),
    ],
    ..Function::PLAIN
};
