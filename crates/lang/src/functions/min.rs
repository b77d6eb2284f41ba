//! `min(list)`

use super::extreme::extreme;
use super::function::{fails, gives, param};
use super::{Function, Type};

pub(super) static MIN: Function = Function {
    name: "min",
    about: "The smallest number, or the text that comes first in byte order; `null` of an empty list.",
    params: &[param("list", &[Type::ArrayNumber, Type::ArrayString], "Only numbers, or only texts.")],
    returns: &[Type::Any],
    examples: &[
        gives("min(`[10, 1, 2]`)", "1"),
        gives("min(`[\"b\", \"a\", \"B\"]`)", r#""B""#),
        gives("min(`[]`)", "null"),
        fails(
            "min(`[1, \"a\"]`)",
            r#"Invalid type for: [1 a], expected: []jmespath.JpType{"array[number]", "array[string]"}"#,
        ),
    ],
    call: |args| extreme(args, |a, b| a < b, |a, b| a < b),
    ..Function::PLAIN
};
