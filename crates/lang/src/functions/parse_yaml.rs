//! `parse_yaml(text)`

use bumpalo::Bump;

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::jmespath::Fault;
use crate::value::yaml::{self, Scalar, YamlError};
use crate::value::{GoSyntax, Numbers, Value, copy};

pub(super) static PARSE_YAML: Function = Function {
    name: "parse_yaml",
    about: "The value that a YAML text holds; of several documents the first.",
    params: &[param("text", &[Type::String], "YAML, such as a ConfigMap's value.")],
    returns: &[Type::Any],
    note: "YAML 1.1: `yes`, `on` and `y` are true, also as keys, and `0777` is octal.",
    examples: &[
        gives("parse_yaml('a: [1, ~]')", r#"{"a":[1,null]}"#),
        gives("parse_yaml('a: yes')", r#"{"a":true}"#),
        gives("parse_yaml('1: 0777')", r#"{"1":511}"#),
        gives("parse_yaml('')", "null"),
        fails("parse_yaml('a: b: c')", "yaml: mapping values are not allowed in this context"),
        fails("parse_yaml('a: .inf')", "json: unsupported value: +Inf"),
    ],
    call: |args| {
        let text = args.text(0);
        args.env.spend(text.len())?;
        read(args.env.bump(), text).map_err(Fault::invalid)
    },
    ..Function::PLAIN
};

/// The value that a YAML text holds, or Go's error.
pub(crate) fn read<'v>(bump: &'v Bump, text: &str) -> Result<Value<'v>, String> {
    match yaml::read_raw(text, Numbers::Doubles) {
        Ok(document) => Ok(copy(bump, document.root())),
        Err(error) => Err(go_text(&error, text)),
    }
}

/// The error in the words of Go's parser, where it has its own; the line only from the second on.
fn go_text(error: &YamlError, text: &str) -> String {
    let found = text.get(error.at.start..error.at.end).unwrap_or_default();
    if let Scalar::Float(number) = yaml::resolve(found)
        && !number.is_finite()
    {
        let sign = if number < 0.0 { '-' } else { '+' };
        return match number.is_nan() {
            true => "json: unsupported value: NaN".to_owned(),
            false => format!("json: unsupported value: {sign}Inf"),
        };
    }
    if error.message.starts_with("a map key is") {
        return match yaml::read_raw(found, Numbers::Doubles) {
            Ok(key) => format!("yaml: invalid map key: {}", GoSyntax(key.root())),
            Err(_) => format!("yaml: {}", error.message),
        };
    }
    let problem = match error.message.as_str() {
        message if message.contains("surrogate") => "found invalid Unicode character escape code",
        message if message.starts_with("tabs disallowed") => CANNOT_START,
        message if message.starts_with("unexpected character") => CANNOT_START,
        "unclosed quote" => "found unexpected end of stream",
        "unclosed bracket '['" => "did not find expected ',' or ']'",
        "unclosed bracket '{'" => "did not find expected ',' or '}'",
        message => match message.split_once(", ") {
            Some((context, problem)) if context.starts_with("while ") => problem,
            _ => message,
        },
    };
    match text.get(..error.at.start).unwrap_or(text).matches('\n').count() {
        0 => format!("yaml: {problem}"),
        lines => format!("yaml: line {}: {problem}", lines + 1),
    }
}

const CANNOT_START: &str = "found character that cannot start any token";
