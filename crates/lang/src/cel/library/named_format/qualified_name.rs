//! `format.qualifiedName()`

use super::form::{format, overload};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static QUALIFIED_NAME: Function = Function {
    name: "format.qualifiedName",
    about: "The key of a label or an annotation.",
    library: Library::Format,
    overloads: &[overload(|_| Ok(format("qualifiedName")))],
    examples: &[
        gives("format.qualifiedName().validate('example.com/name').hasValue()", "false"),
        gives("format.qualifiedName().validate('a/b/c').hasValue()", "true"),
        fails(
            "format.qualifiedName('x')",
            "found no matching overload for 'format.qualifiedName' applied to '(string)'",
        ),
    ],
    ..Function::PLAIN
};
