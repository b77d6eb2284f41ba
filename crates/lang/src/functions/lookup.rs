//! `lookup(where, key)`

use super::function::{fails, gives, param};
use super::operand::Errors;
use super::{Function, Type};
use crate::scalar::float::General;
use crate::value::Value;

pub(super) static LOOKUP: Function = Function {
    name: "lookup",
    about: "The value under a key of a map, or at an index of a list; `null` if there is none.",
    params: &[
        param("where", &[Type::Object, Type::Array], "The map or the list."),
        param("key", &[Type::String, Type::Number], "The key, a text; or the index, a whole number."),
    ],
    returns: &[Type::Any],
    note: "For keys that another expression yields.",
    examples: &[
        gives("lookup(`{\"a\": 1}`, 'a')", "1"),
        gives("lookup(`{\"a\": 1}`, 'b')", "null"),
        gives("lookup(`[\"x\", \"y\"]`, `1`)", r#""y""#),
        gives("lookup(`[\"x\", \"y\"]`, `-1`)", "null"),
        fails("lookup(`[1]`, '0')", "JMESPath function 'lookup': argument #2 is not of type Number"),
        fails(
            "lookup(`[1]`, `0.5`)",
            "JMESPath function 'lookup': argument #2: expected an integer number but got: 0.5",
        ),
    ],
    call: |args| {
        let errors = Errors("lookup");
        args.env.spend(1)?;
        match (args.value(0), args.value(1)) {
            (Value::Map(map), Value::Str(key)) => Ok(map.get(key).unwrap_or_default()),
            (Value::Map(_), _) => Err(errors.say("argument #2 is not of type String")),
            (Value::List(list), Value::Float(index)) => {
                if index.trunc() != index || index.is_infinite() {
                    return Err(errors.say(format_args!(
                        "argument #2: expected an integer number but got: {}",
                        General(index)
                    )));
                }
                if index < 0.0 {
                    return Ok(Value::Null);
                }
                Ok(list.get(index as usize).unwrap_or_default())
            }
            _ => Err(errors.say("argument #2 is not of type Number")),
        }
    },
    ..Function::PLAIN
};
