//! `values(map)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::list;

pub(super) static VALUES: Function = Function {
    name: "values",
    about: "The values of a map, in the alphabetical order of their keys.",
    params: &[param("map", &[Type::Object], "The map.")],
    returns: &[Type::Array],
    note: "Kyverno gives them in no particular order.",
    examples: &[
        gives("values(`{\"b\": 1, \"a\": 2}`)", "[2,1]"),
        gives("values(`{}`)", "[]"),
        gives("values(`{\"a\": null}`)", "[null]"),
        fails("values(`[1]`)", r#"Invalid type for: [1], expected: []jmespath.JpType{"object"}"#),
    ],
    call: |args| {
        let bump = args.env.bump();
        args.env.spend(args.map(0).len())?;
        let entries = args.map(0).sorted(bump);
        Ok(list(bump, entries.iter().map(|(_, value)| *value)))
    },
    ..Function::PLAIN
};
