//! Values as the reference engine's YAML library sees and prints them.

use bumpalo::Bump;
use portcullis_lang::value::{Value, to_json, write_json_string};

/// The text of a scalar node: what merge keys and anchors compare. Lists and maps have none.
pub(super) fn of_node<'v>(bump: &'v Bump, value: Value<'v>) -> &'v str {
    match value {
        Value::Str(text) => text,
        Value::Null => "null",
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Int(_) | Value::Float(_) => bump.alloc_str(&to_json(value)),
        Value::List(_) | Value::Map(_) => "",
    }
}

/// The value in YAML's flow style, as error texts show a node: JSON with a blank behind each comma
/// and colon.
pub(super) fn flow(value: Value<'_>) -> String {
    let mut out = String::new();
    write_flow(&mut out, value);
    out
}

fn write_flow(out: &mut String, value: Value<'_>) {
    match value {
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_flow(out, item);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (index, (key, item)) in entries.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                write_json_string(out, key, false);
                out.push_str(": ");
                write_flow(out, item);
            }
            out.push('}');
        }
        scalar => out.push_str(&to_json(scalar)),
    }
}
