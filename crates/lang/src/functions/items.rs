//! `items(value, key, value)`

use bumpalo::collections::Vec;

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::jmespath::Fault;
use crate::value::{List, Value, object};

pub(super) static ITEMS: Function = Function {
    name: "items",
    about: "The entries of a map, by key, or the items of a list, as a list of maps with two entries each.",
    params: &[
        param("value", &[Type::Object, Type::Array], "The map or the list."),
        param("key", &[Type::String], "What to call the key, or the index, in the result."),
        param("value", &[Type::String], "What to call the value in the result."),
    ],
    returns: &[Type::Array],
    note: "The result is a list of a kind of its own: `[*]`, `[]`, filters, indexes and `length` take it, \
           other functions do not. Write `items(...)[]` for them.",
    examples: &[
        gives("items(`{\"b\": 1, \"a\": 2}`, 'k', 'v')", r#"[{"k":"a","v":2},{"k":"b","v":1}]"#),
        gives("items(`[\"x\", \"y\"]`, 'i', 'v')", r#"[{"i":0,"v":"x"},{"i":1,"v":"y"}]"#),
        gives("items(`{\"a\": 1, \"b\": 2}`, 'k', 'v')[?v > `1`].k", r#"["b"]"#),
        gives("reverse(items(`{\"a\": 1}`, 'k', 'v')[])", r#"[{"k":"a","v":1}]"#),
        fails(
            "reverse(items(`{\"a\": 1}`, 'k', 'v'))",
            "JMESPath function 'reverse': argument #1 is a list made by `items`; write `items(...)[]` for a plain list",
        ),
        fails(
            "items('a', 'k', 'v')",
            r#"Invalid type for: a, expected: []jmespath.JpType{"object", "array"}"#,
        ),
    ],
    call: |args| {
        let bump = args.env.bump();
        let (key_name, value_name) = (args.text(1), args.text(2));
        let record = |key, value| object(bump, [(key_name, key), (value_name, value)]);
        let mut records = Vec::new_in(bump);
        match args.value(0) {
            Value::List(list) => {
                args.env.spend(list.len())?;
                let items = list.iter().enumerate();
                records.extend(items.map(|(i, item)| record(Value::Float(i as f64), item)));
            }
            Value::Map(map) => {
                args.env.spend(map.len())?;
                let entries = map.sorted(bump).iter();
                records.extend(entries.map(|(key, value)| record(Value::Str(key), *value)));
            }
            _ => return Err(Fault::invalid("unknown type")),
        }
        Ok(Value::List(List::records(records.into_bump_slice())))
    },
    ..Function::PLAIN
};
