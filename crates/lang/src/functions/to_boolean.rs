//! `to_boolean(text)`

use super::function::{fails, gives, param};
use super::operand::Errors;
use super::{Function, Type};
use crate::value::Value;

pub(super) static TO_BOOLEAN: Function = Function {
    name: "to_boolean",
    about: "The truth value that a text spells.",
    params: &[param("text", &[Type::String], "`true` or `false`, capital or small.")],
    returns: &[Type::Bool],
    examples: &[
        gives("to_boolean('true')", "true"),
        gives("to_boolean('False')", "false"),
        gives("!to_boolean('FALSE')", "true"),
        fails(
            "to_boolean('yes')",
            "JMESPath function 'to_boolean': lowercase argument must be 'true' or 'false' (provided: 'yes')",
        ),
        fails("to_boolean(`true`)", r#"Invalid type for: true, expected: []jmespath.JpType{"string"}"#),
    ],
    call: |args| match args.text(0) {
        text if text.eq_ignore_ascii_case("true") => Ok(Value::Bool(true)),
        text if text.eq_ignore_ascii_case("false") => Ok(Value::Bool(false)),
        text => Err(Errors("to_boolean").say(format_args!(
            "lowercase argument must be 'true' or 'false' (provided: '{text}')"
        ))),
    },
    ..Function::PLAIN
};
