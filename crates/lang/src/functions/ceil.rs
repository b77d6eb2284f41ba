//! `ceil(number)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static CEIL: Function = Function {
    name: "ceil",
    about: "The number, or the next whole number above it.",
    params: &[param("number", &[Type::Number], "Any number.")],
    returns: &[Type::Number],
    examples: &[
        gives("ceil(`1.2`)", "2"),
        gives("ceil(`-1.8`)", "-1"),
        gives("ceil(`4`)", "4"),
        fails("ceil('1.2')", r#"Invalid type for: 1.2, expected: []jmespath.JpType{"number"}"#),
    ],
    call: |args| Ok(Value::Float(args.number(0).ceil())),
    ..Function::PLAIN
};
