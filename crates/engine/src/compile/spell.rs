//! A value spelled out, so that equal texts mean equal values: the two kinds of number stay apart,
//! which JSON would not do.

use std::fmt::Write;

use portcullis_lang::value::{Value, write_json_string};

pub(super) fn spell(out: &mut String, value: Value<'_>) {
    match value {
        Value::Null => out.push('~'),
        Value::Bool(flag) => out.push_str(if flag { "true" } else { "false" }),
        Value::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Float(number) => {
            let _ = write!(out, "{number:?}f");
        }
        Value::Str(text) => write_json_string(out, text, false),
        Value::List(items) => {
            out.push('[');
            for item in items {
                spell(out, item);
                out.push(',');
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (key, item) in entries {
                entry(out, key, item);
            }
            out.push('}');
        }
    }
}

/// One entry of a map.
pub(super) fn entry(out: &mut String, key: &str, value: Value<'_>) {
    write_json_string(out, key, false);
    out.push(':');
    spell(out, value);
    out.push(',');
}

pub(super) fn spelled(value: Value<'_>) -> String {
    let mut out = String::new();
    spell(&mut out, value);
    out
}
