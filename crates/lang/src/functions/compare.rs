//! `compare(a, b)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static COMPARE: Function = Function {
    name: "compare",
    about: "-1, 0 or 1: whether a text comes before another in byte order, is the same, or comes after.",
    params: &[
        param("a", &[Type::String], "The one text."),
        param("b", &[Type::String], "The other."),
    ],
    returns: &[Type::Number],
    note: "The result is of another kind than JMESPath's numbers: `compare('a', 'a') == `0`` is false, and \
           no arithmetic takes it. Use it as the key of a condition.",
    examples: &[
        gives("compare('a', 'b')", "-1"),
        gives("compare('a', 'a')", "0"),
        gives("compare('a', 'B')", "1"),
        gives("compare('a', 'a') == `0`", "false"),
        fails("compare(`1`, 'a')", r#"Invalid type for: 1, expected: []jmespath.JpType{"string"}"#),
    ],
    call: |args| Ok(Value::Int(args.text(0).cmp(args.text(1)) as i64)),
    ..Function::PLAIN
};
