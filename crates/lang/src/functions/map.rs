//! `map(&expression, list)`

use bumpalo::collections::Vec;

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::jmespath::or_null;
use crate::value::{List, Value};

pub(super) static MAP: Function = Function {
    name: "map",
    about: "What an expression yields for each item of a list. Unlike `[*]` it keeps `null`.",
    params: &[
        param("expression", &[Type::Expref], "What to do with each item."),
        param("list", &[Type::Array], "The items."),
    ],
    returns: &[Type::Array],
    examples: &[
        gives("map(&a, `[{\"a\": 1}, {\"a\": 2}]`)", "[1,2]"),
        gives("map(&a, `[{\"a\": 1}, {\"b\": 2}]`)", "[1,null]"),
        gives("map(&to_upper(@), `[\"a\", \"b\"]`)", r#"["A","B"]"#),
        fails("map(&a, 'a')", r#"Invalid type for: a, expected: []jmespath.JpType{"array"}"#),
    ],
    call: |args| {
        let list = args.list(1);
        let mut items = Vec::with_capacity_in(list.len(), args.env.bump());
        for item in list {
            items.push(or_null(args.apply(0, item))?);
        }
        Ok(Value::List(List::from_slice(items.into_bump_slice())))
    },
    ..Function::PLAIN
};
