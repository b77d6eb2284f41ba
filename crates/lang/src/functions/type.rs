//! `type(value)`

use super::function::{fails, gives, param};
use super::{Arg, Function, Type};
use crate::jmespath::Fault;
use crate::value::Value;

pub(super) static TYPE: Function = Function {
    name: "type",
    about: "What a value is: `number`, `string`, `boolean`, `array`, `object` or `null`.",
    params: &[param("value", &[Type::Any], "Any value.")],
    returns: &[Type::String],
    note: "What `compare` and `items` yield has no such type.",
    examples: &[
        gives("type(`1`)", r#""number""#),
        gives("type(`[]`)", r#""array""#),
        gives("type(missing)", r#""null""#),
        gives("type(`true`)", r#""boolean""#),
        fails("type(compare('a', 'b'))", "unknown type"),
    ],
    call: |args| {
        let Arg::Value(value) = args.arg(0) else {
            return Err(Fault::invalid("unknown type"));
        };
        Ok(Value::Str(match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Float(_) => "number",
            Value::Str(_) => "string",
            Value::Map(_) => "object",
            Value::List(list) if !list.is_records() => "array",
            Value::List(_) | Value::Int(_) => return Err(Fault::invalid("unknown type")),
        }))
    },
    ..Function::PLAIN
};
