//! `sort(list)`

use std::cmp::Ordering;

use bumpalo::collections::Vec;

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::{List, Value};

pub(super) static SORT: Function = Function {
    name: "sort",
    about: "The numbers or texts of a list in ascending order; texts by their bytes.",
    params: &[param("list", &[Type::ArrayString, Type::ArrayNumber], "Only numbers, or only texts.")],
    returns: &[Type::Array],
    examples: &[
        gives("sort(`[3, 10, 2]`)", "[2,3,10]"),
        gives("sort(`[\"b\", \"a\", \"B\"]`)", r#"["B","a","b"]"#),
        gives("sort(`[]`)", "[]"),
        fails(
            "sort(`[\"b\", 1]`)",
            r#"Invalid type for: [b 1], expected: []jmespath.JpType{"array[string]", "array[number]"}"#,
        ),
    ],
    call: |args| {
        let list = args.list(0);
        args.env.spend(list.len().saturating_mul(8))?;
        let mut items = Vec::with_capacity_in(list.len(), args.env.bump());
        items.extend(list);
        items.sort_by(|a, b| order(*a, *b));
        Ok(Value::List(List::from_slice(items.into_bump_slice())))
    },
    ..Function::PLAIN
};

/// Numbers by size (what is no number comes first), texts by bytes.
pub(super) fn order(a: Value<'_>, b: Value<'_>) -> Ordering {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => match (a.is_nan(), b.is_nan()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // Not `total_cmp`: zero equals minus zero.
            (false, false) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        },
        (Value::Str(a), Value::Str(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}
