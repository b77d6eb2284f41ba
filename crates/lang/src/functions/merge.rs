//! `merge(map, ...)`

use bumpalo::collections::Vec;

use super::function::{fails, gives, variadic, wrong_type};
use super::{Function, Type};
use crate::value::{Value, map_in_place};

pub(super) static MERGE: Function = Function {
    name: "merge",
    about: "All entries of all maps; of two with the same key the later one wins.",
    params: &[variadic("maps", &[Type::Object], "At least one map.")],
    returns: &[Type::Object],
    note: "Maps within maps are replaced as a whole. Kyverno ends its process when something is no map.",
    examples: &[
        gives("merge(`{\"a\": 1}`, `{\"b\": 2}`)", r#"{"a":1,"b":2}"#),
        gives("merge(`{\"a\": 1}`, `{\"a\": 2}`, `{}`)", r#"{"a":2}"#),
        gives("merge(`{\"a\": {\"b\": 1}}`, `{\"a\": {\"c\": 2}}`)", r#"{"a":{"c":2}}"#),
        fails("merge()", "Invalid arity."),
        fails(
            "merge(`{}`, `null`)",
            r#"Invalid type for: <nil>, expected: []jmespath.JpType{"object"}"#,
        ),
    ],
    call: |args| {
        let mut entries = Vec::new_in(args.env.bump());
        for arg in args.all() {
            if !arg.is(Type::Object) {
                return Err(wrong_type(*arg, &[Type::Object]));
            }
        }
        for map in args.values().filter_map(Value::as_map) {
            args.env.spend(map.len())?;
            entries.extend(map);
        }
        Ok(map_in_place(entries))
    },
    ..Function::PLAIN
};
