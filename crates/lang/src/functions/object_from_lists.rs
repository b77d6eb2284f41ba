//! `object_from_lists(keys, values)`

use bumpalo::collections::Vec;

use super::function::{fails, gives, param};
use super::operand::{Errors, printed};
use super::{Function, Type};
use crate::scalar::float::Single;
use crate::value::{Value, map_in_place};

pub(super) static OBJECT_FROM_LISTS: Function = Function {
    name: "object_from_lists",
    about: "A map with the keys of one list and the values of another, pair by pair.",
    params: &[
        param("keys", &[Type::Array], "Texts; numbers and truth values are written as texts."),
        param("values", &[Type::Array], "The values. Where there is none for a key it is `null`."),
    ],
    returns: &[Type::Object],
    note: "Of two equal keys the later one wins.",
    examples: &[
        gives("object_from_lists(`[\"a\", \"b\"]`, `[1, 2]`)", r#"{"a":1,"b":2}"#),
        gives("object_from_lists(`[\"a\", \"b\"]`, `[1]`)", r#"{"a":1,"b":null}"#),
        gives("object_from_lists(`[1.5, true]`, `[1, 2]`)", r#"{"1.5":1,"true":2}"#),
        gives("object_from_lists(`[]`, `[1]`)", "{}"),
        fails(
            "object_from_lists(`[null]`, `[1]`)",
            "JMESPath function 'object_from_lists': argument #1 is not of type StringArray",
        ),
    ],
    call: |args| {
        let mut values = args.list(1).iter();
        let mut entries = Vec::new_in(args.env.bump());
        for key in args.list(0) {
            args.env.spend(1)?;
            let key = match key {
                Value::Float(number) => printed(args, Single(number)),
                Value::Bool(flag) => printed(args, flag),
                other => other,
            };
            let Value::Str(key) = key else {
                let text = "argument #1 is not of type StringArray";
                return Err(Errors("object_from_lists").say(text));
            };
            entries.push((key, values.next().unwrap_or_default()));
        }
        Ok(map_in_place(entries))
    },
    ..Function::PLAIN
};
