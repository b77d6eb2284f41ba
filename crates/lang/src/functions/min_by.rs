//! `min_by(list, &expression)`

use super::extreme::extreme_by;
use super::function::{fails, gives, param};
use super::{Function, Type};

pub(super) static MIN_BY: Function = Function {
    name: "min_by",
    about: "The item for which an expression yields the least; the first of several, `null` of none.",
    params: &[
        param("list", &[Type::Array], "The items."),
        param("expression", &[Type::Expref], "Yields a number for every item, or a text for every item."),
    ],
    returns: &[Type::Any],
    examples: &[
        gives("min_by(`[{\"a\": 2}, {\"a\": 1}]`, &a)", r#"{"a":1}"#),
        gives("min_by(`[\"bb\", \"a\", \"c\"]`, &length(@))", r#""a""#),
        gives("min_by(`[]`, &a)", "null"),
        fails("min_by(`[{\"a\": \"b\"}, {\"a\": 1}]`, &a)", "invalid type, must be string"),
        fails("min_by(`[{\"b\": 1}, {\"b\": 2}]`, &a)", "invalid type, must be number of string"),
    ],
    call: |args| extreme_by(args, |a, b| a < b, |a, b| a < b),
    ..Function::PLAIN
};
