//! `format.labelValue()`

use super::form::{format, overload};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static LABEL_VALUE: Function = Function {
    name: "format.labelValue",
    about: "The value of a label.",
    library: Library::Format,
    overloads: &[overload(|_| Ok(format("labelValue")))],
    examples: &[
        gives("format.labelValue().validate('').hasValue()", "false"),
        gives("format.labelValue().validate('-a').hasValue()", "true"),
        fails(
            "format.labelValue('x')",
            "found no matching overload for 'format.labelValue' applied to '(string)'",
        ),
    ],
    ..Function::PLAIN
};
