//! `reverse(value)`

use bumpalo::collections::{String, Vec};

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::{List, Value};

pub(super) static REVERSE: Function = Function {
    name: "reverse",
    about: "A text or a list from its end to its start.",
    params: &[param(
        "value",
        &[Type::Array, Type::String],
        "The list or the text. Characters are Unicode code points.",
    )],
    returns: &[Type::Array, Type::String],
    examples: &[
        gives("reverse('abc')", r#""cba""#),
        gives("reverse('né')", r#""én""#),
        gives("reverse(`[1, 2, 3]`)", "[3,2,1]"),
        fails(
            "reverse(`1`)",
            r#"Invalid type for: 1, expected: []jmespath.JpType{"array", "string"}"#,
        ),
    ],
    call: |args| {
        let bump = args.env.bump();
        if let Value::List(list) = args.value(0) {
            args.env.spend(list.len())?;
            let mut items = Vec::with_capacity_in(list.len(), bump);
            items.extend(list);
            items.reverse();
            return Ok(Value::List(List::from_slice(items.into_bump_slice())));
        }
        args.env.spend_bytes(args.text(0).len())?;
        let reversed = String::from_iter_in(args.text(0).chars().rev(), bump);
        Ok(Value::Str(reversed.into_bump_str()))
    },
    ..Function::PLAIN
};
