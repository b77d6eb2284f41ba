//! `format.dns1035LabelPrefix()`

use super::form::{format, overload};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static DNS1035_LABEL_PREFIX: Function = Function {
    name: "format.dns1035LabelPrefix",
    about: "The beginning of such a name, as in `generateName`.",
    library: Library::Format,
    overloads: &[overload(|_| Ok(format("dns1035LabelPrefix")))],
    examples: &[
        gives("format.dns1035LabelPrefix().validate('my-').hasValue()", "false"),
        gives("format.dns1035LabelPrefix().validate('1a-').hasValue()", "true"),
        fails(
            "format.dns1035LabelPrefix('x')",
            "found no matching overload for 'format.dns1035LabelPrefix' applied to '(string)'",
        ),
    ],
    ..Function::PLAIN
};
