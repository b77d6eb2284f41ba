//! `parse_json(text)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::jmespath::Fault;

pub(super) static PARSE_JSON: Function = Function {
    name: "parse_json",
    about: "The value that a JSON text holds.",
    params: &[param("text", &[Type::String], "JSON, such as an annotation's value.")],
    returns: &[Type::Any],
    examples: &[
        gives("parse_json('{\"a\": [1, null]}')", r#"{"a":[1,null]}"#),
        gives("parse_json('{\"a\": 1}').a", "1"),
        gives("parse_json('{\"a\": 1, \"a\": 2}')", r#"{"a":2}"#),
        gives("parse_json('true')", "true"),
        fails("parse_json('{a: 1}')", "invalid character 'a' looking for beginning of object key string"),
    ],
    call: |args| {
        args.env.spend(args.text(0).len())?;
        crate::value::parse_json(args.env.bump(), args.text(0)).map_err(Fault::invalid)
    },
    ..Function::PLAIN
};
