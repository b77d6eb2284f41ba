//! `format.dns1035Label()`

use super::form::{format, overload};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static DNS1035_LABEL: Function = Function {
    name: "format.dns1035Label",
    about: "A name that begins with a letter: at most 63 small letters, digits and `-`.",
    library: Library::Format,
    overloads: &[overload(|_| Ok(format("dns1035Label")))],
    examples: &[
        gives("format.dns1035Label().validate('my-name').hasValue()", "false"),
        gives("format.dns1035Label().validate('1-name').hasValue()", "true"),
        fails(
            "format.dns1035Label('x')",
            "found no matching overload for 'format.dns1035Label' applied to '(string)'",
        ),
    ],
    ..Function::PLAIN
};
