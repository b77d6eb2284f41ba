//! `to_number(value)`

use super::function::{fails, gives, param};
use super::{Arg, Function, Type};
use crate::jmespath::Fault;
use crate::scalar::float::parse_float;
use crate::value::Value;

pub(super) static TO_NUMBER: Function = Function {
    name: "to_number",
    about: "A number as it is, a text as the number that it spells; `null` for anything else.",
    params: &[param("value", &[Type::Any], "Any value.")],
    returns: &[Type::Number],
    note: "`1_000`, `.5`, `+5` and `inf` are numbers too; `0x10` and ` 1` are none.",
    examples: &[
        gives("to_number('1.5')", "1.5"),
        gives("to_number('1e3')", "1000"),
        gives("to_number('1Gi')", "null"),
        gives("to_number(`true`)", "null"),
        fails("to_number(&a)", "unknown type"),
    ],
    call: |args| match args.arg(0) {
        Arg::Value(Value::Float(number)) => Ok(Value::Float(number)),
        Arg::Value(Value::Str(text)) => Ok(parse_float(text).map_or(Value::Null, Value::Float)),
        Arg::Value(Value::Int(_)) | Arg::Lambda(_) => Err(Fault::invalid("unknown type")),
        Arg::Value(Value::List(list)) if list.is_records() => Err(Fault::invalid("unknown type")),
        Arg::Value(_) => Ok(Value::Null),
    },
    ..Function::PLAIN
};
