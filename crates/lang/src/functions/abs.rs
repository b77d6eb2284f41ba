//! `abs(number)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static ABS: Function = Function {
    name: "abs",
    about: "The number without its sign.",
    params: &[param("number", &[Type::Number], "Any number.")],
    returns: &[Type::Number],
    examples: &[
        gives("abs(`-3`)", "3"),
        gives("abs(`2.5`)", "2.5"),
        gives("abs(`0`)", "0"),
        fails("abs('-3')", r#"Invalid type for: -3, expected: []jmespath.JpType{"number"}"#),
    ],
    call: |args| Ok(Value::Float(args.number(0).abs())),
    ..Function::PLAIN
};
