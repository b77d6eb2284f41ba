//! `max_by(list, &expression)`

use super::extreme::extreme_by;
use super::function::{fails, gives, param};
use super::{Function, Type};

pub(super) static MAX_BY: Function = Function {
    name: "max_by",
    about: "The item for which an expression yields the most; the first of several, `null` of none.",
    params: &[
        param("list", &[Type::Array], "The items."),
        param("expression", &[Type::Expref], "Yields a number for every item, or a text for every item."),
    ],
    returns: &[Type::Any],
    examples: &[
        gives("max_by(`[{\"a\": 1}, {\"a\": 3}, {\"a\": 2}]`, &a)", r#"{"a":3}"#),
        gives("max_by(`[\"a\", \"bbb\", \"ccc\"]`, &length(@))", r#""bbb""#),
        gives("max_by(`[]`, &a)", "null"),
        fails("max_by(`[{\"a\": 1}, {\"a\": \"b\"}]`, &a)", "invalid type, must be number"),
        fails("max_by(`[{\"b\": 1}, {\"b\": 2}]`, &a)", "invalid type, must be number of string"),
    ],
    call: |args| extreme_by(args, |a, b| a > b, |a, b| a > b),
    ..Function::PLAIN
};
