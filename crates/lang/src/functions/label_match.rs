//! `label_match(wanted, labels)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::jmespath::equal;
use crate::value::Value;

pub(super) static LABEL_MATCH: Function = Function {
    name: "label_match",
    about: "Whether a map has every entry of another.",
    params: &[
        param("wanted", &[Type::Object], "The entries to look for, such as a selector's `matchLabels`."),
        param("labels", &[Type::Object], "The map to look into."),
    ],
    returns: &[Type::Bool],
    examples: &[
        gives("label_match(`{\"a\": \"b\"}`, `{\"a\": \"b\", \"c\": \"d\"}`)", "true"),
        gives("label_match(`{\"a\": \"b\"}`, `{\"a\": \"c\"}`)", "false"),
        gives("label_match(`{}`, `{\"a\": \"b\"}`)", "true"),
        fails("label_match('a', `{}`)", r#"Invalid type for: a, expected: []jmespath.JpType{"object"}"#),
    ],
    call: |args| {
        let (wanted, labels) = (args.map(0), args.map(1));
        args.env.spend(wanted.len().saturating_add(labels.len()))?;
        for (key, value) in wanted {
            match labels.get(key) {
                Some(found) if equal(found, value, args.env)? => {}
                _ => return Ok(Value::Bool(false)),
            }
        }
        Ok(Value::Bool(true))
    },
    ..Function::PLAIN
};
