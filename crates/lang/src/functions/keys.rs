//! `keys(map)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::{Value, list};

pub(super) static KEYS: Function = Function {
    name: "keys",
    about: "The keys of a map, in alphabetical order.",
    params: &[param("map", &[Type::Object], "The map.")],
    returns: &[Type::Array],
    note: "Kyverno gives them in no particular order.",
    examples: &[
        gives("keys(`{\"b\": 1, \"a\": 2}`)", r#"["a","b"]"#),
        gives("keys(`{}`)", "[]"),
        gives("keys(`{\"B\": 1, \"a\": 2}`)", r#"["B","a"]"#),
        fails("keys(`[1]`)", r#"Invalid type for: [1], expected: []jmespath.JpType{"object"}"#),
    ],
    call: |args| {
        let bump = args.env.bump();
        args.env.spend(args.map(0).len())?;
        let entries = args.map(0).sorted(bump);
        Ok(list(bump, entries.iter().map(|(key, _)| Value::Str(key))))
    },
    ..Function::PLAIN
};
