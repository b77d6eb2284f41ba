//! `format.dns1123Label()`

use super::form::{format, overload};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static DNS1123_LABEL: Function = Function {
    name: "format.dns1123Label",
    about: "A name: at most 63 small letters, digits and `-`.",
    library: Library::Format,
    overloads: &[overload(|_| Ok(format("dns1123Label")))],
    examples: &[
        gives("format.dns1123Label().validate('1-name').hasValue()", "false"),
        gives("format.dns1123Label().validate('My').hasValue()", "true"),
        fails(
            "format.dns1123Label('x')",
            "found no matching overload for 'format.dns1123Label' applied to '(string)'",
        ),
    ],
    ..Function::PLAIN
};
