//! `to_array(value)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::{Value, list};

pub(super) static TO_ARRAY: Function = Function {
    name: "to_array",
    about: "A list as it is; anything else as the only item of a list.",
    params: &[param("value", &[Type::Any], "Any value.")],
    returns: &[Type::Array],
    note: "The list that `items` makes counts as something else.",
    examples: &[
        gives("to_array('a')", r#"["a"]"#),
        gives("to_array(`[1, 2]`)", "[1,2]"),
        gives("to_array(missing)", "[null]"),
        gives("to_array(items(`{}`, 'k', 'v'))", "[[]]"),
        fails("to_array()", "incorrect number of args"),
    ],
    call: |args| match args.value(0) {
        Value::List(items) if !items.is_records() => Ok(Value::List(items)),
        other => Ok(list(args.env.bump(), [other])),
    },
    ..Function::PLAIN
};
