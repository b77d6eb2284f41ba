//! `max(list)`

use super::extreme::extreme;
use super::function::{fails, gives, param};
use super::{Function, Type};

pub(super) static MAX: Function = Function {
    name: "max",
    about: "The largest number, or the text that comes last in byte order; `null` of an empty list.",
    params: &[param("list", &[Type::ArrayNumber, Type::ArrayString], "Only numbers, or only texts.")],
    returns: &[Type::Any],
    examples: &[
        gives("max(`[1, 10, 2]`)", "10"),
        gives("max(`[\"b\", \"a\", \"B\"]`)", r#""b""#),
        gives("max(`[]`)", "null"),
        fails(
            "max(`[1, \"a\"]`)",
            r#"Invalid type for: [1 a], expected: []jmespath.JpType{"array[number]", "array[string]"}"#,
        ),
    ],
    call: |args| extreme(args, |a, b| a > b, |a, b| a > b),
    ..Function::PLAIN
};
