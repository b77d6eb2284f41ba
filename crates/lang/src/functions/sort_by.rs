//! `sort_by(list, &expression)`

use bumpalo::collections::Vec;

use super::function::{fails, gives, param};
use super::sort::order;
use super::{Function, Type};
use crate::jmespath::Fault;
use crate::value::{List, Value, list};

pub(super) static SORT_BY: Function = Function {
    name: "sort_by",
    about: "The items of a list in the order of what an expression yields for them. Equal ones keep \
            their order.",
    params: &[
        param("list", &[Type::Array], "The items."),
        param("expression", &[Type::Expref], "Yields a number for every item, or a text for every item."),
    ],
    returns: &[Type::Array],
    examples: &[
        gives("sort_by(`[{\"a\": 2}, {\"a\": 1}]`, &a)", r#"[{"a":1},{"a":2}]"#),
        gives("sort_by(`[\"bb\", \"a\", \"cc\"]`, &length(@))", r#"["a","bb","cc"]"#),
        gives("sort_by(`[]`, &a)", "[]"),
        fails("sort_by(`[{\"a\": 1}, {\"a\": \"x\"}]`, &a)", "error in sort_by comparison"),
        fails("sort_by(`[{\"a\": null}]`, &a)", "invalid type, must be number of string"),
    ],
    call: |args| {
        let bump = args.env.bump();
        let mut keyed = Vec::with_capacity_in(args.list(0).len(), bump);
        for item in args.list(0) {
            let key = args.apply(1, item);
            match (keyed.first(), key) {
                (None, key) => keyed.push((key?, item)),
                (Some((Value::Float(_), _)), Ok(key @ Value::Float(_))) => keyed.push((key, item)),
                (Some((Value::Str(_), _)), Ok(key @ Value::Str(_))) => keyed.push((key, item)),
                (_, Err(stop @ Fault::Stop(_))) => return Err(stop),
                (Some((Value::Float(_) | Value::Str(_), _)), _) => {
                    return Err(Fault::invalid("error in sort_by comparison"));
                }
                _ => break,
            }
        }
        if let Some((key, _)) = keyed.first()
            && !matches!(key, Value::Float(_) | Value::Str(_))
        {
            return Err(Fault::invalid("invalid type, must be number of string"));
        }
        args.env.spend(keyed.len().saturating_mul(8))?;
        keyed.sort_by(|(a, _), (b, _)| order(*a, *b));
        Ok(match keyed.is_empty() {
            true => Value::List(List::EMPTY),
            false => list(bump, keyed.iter().map(|(_, item)| *item)),
        })
    },
    ..Function::PLAIN
};
