//! `format.dns1123LabelPrefix()`

use super::form::{format, overload};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static DNS1123_LABEL_PREFIX: Function = Function {
    name: "format.dns1123LabelPrefix",
    about: "The beginning of such a name, as in `generateName`.",
    library: Library::Format,
    overloads: &[overload(|_| Ok(format("dns1123LabelPrefix")))],
    examples: &[
        gives("format.dns1123LabelPrefix().validate('my-').hasValue()", "false"),
        gives("format.dns1123LabelPrefix().validate('-my').hasValue()", "true"),
        fails(
            "format.dns1123LabelPrefix('x')",
            "found no matching overload for 'format.dns1123LabelPrefix' applied to '(string)'",
        ),
    ],
    ..Function::PLAIN
};
