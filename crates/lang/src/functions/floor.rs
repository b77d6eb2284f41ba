//! `floor(number)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static FLOOR: Function = Function {
    name: "floor",
    about: "The number, or the next whole number below it.",
    params: &[param("number", &[Type::Number], "Any number.")],
    returns: &[Type::Number],
    examples: &[
        gives("floor(`1.8`)", "1"),
        gives("floor(`-1.2`)", "-2"),
        gives("floor(`4`)", "4"),
        fails("floor('1.8')", r#"Invalid type for: 1.8, expected: []jmespath.JpType{"number"}"#),
    ],
    call: |args| Ok(Value::Float(args.number(0).floor())),
    ..Function::PLAIN
};
