//! Reading operations: from a value, or from the text of a rule.

use bumpalo::Bump;
use portcullis_lang::diagnostic::position;
use portcullis_lang::value::{
    Document, JsonStyle, Numbers, Value, list, object, to_json, write_json, write_json_string, yaml,
};

use super::error::JsonPatchError;

/// What an operation does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// `add`
    Add,
    /// `remove`
    Remove,
    /// `replace`
    Replace,
    /// `move`
    Move,
    /// `copy`
    Copy,
    /// `test`
    Test,
}

impl Kind {
    /// The word that patches use.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Add => "add",
            Kind::Remove => "remove",
            Kind::Replace => "replace",
            Kind::Move => "move",
            Kind::Copy => "copy",
            Kind::Test => "test",
        }
    }

    /// Reads the word that patches use.
    pub fn parse(text: &str) -> Option<Kind> {
        use Kind::{Add, Copy, Move, Remove, Replace, Test};
        [Add, Remove, Replace, Move, Copy, Test]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// One operation of a patch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Operation<'v> {
    /// What it does.
    pub kind: Kind,
    /// A JSON pointer (RFC 6901).
    pub path: &'v str,
    /// Where `move` and `copy` take the value from; `""` for the others.
    pub from: &'v str,
    /// What `add`, `replace` and `test` bring along; `null` for the others.
    pub value: Value<'v>,
}

/// The operations as JSON text.
pub fn write(operations: &[Operation<'_>]) -> String {
    let mut out = String::from("[");
    for (index, operation) in operations.iter().enumerate() {
        out.push_str(if index > 0 { "," } else { "" });
        out.push_str(r#"{"op":""#);
        out.push_str(operation.kind.as_str());
        out.push_str(r#"","path":"#);
        write_json_string(&mut out, operation.path, false);
        match operation.kind {
            Kind::Move | Kind::Copy => {
                out.push_str(r#","from":"#);
                write_json_string(&mut out, operation.from, false);
            }
            Kind::Add | Kind::Replace | Kind::Test => {
                out.push_str(r#","value":"#);
                write_json(&mut out, operation.value, JsonStyle::default());
            }
            Kind::Remove => {}
        }
        out.push('}');
    }
    out.push(']');
    out
}

/// Reads a rule's text, YAML or JSON, as a value that [`parse`] takes.
///
/// The numbers of JSON text stay as they are written, because `test` compares them so.
///
/// # Errors
///
/// Where the text is neither.
pub fn read_text(text: &str) -> Result<Document, JsonPatchError> {
    if text.starts_with('[') {
        return Document::from_json(text.as_bytes(), Numbers::AsWritten)
            .map_err(|_| JsonPatchError::Invalid);
    }
    let document = yaml::read_one(text, Numbers::AsWritten)
        .map_err(|error| JsonPatchError::Yaml(yaml_text(text, &error)))?;
    Ok(Document::from_value(shortened(
        &Bump::new(),
        document.root(),
    )))
}

/// Reads operations.
///
/// # Errors
///
/// Where `patch` is no list of operations. An operation needs a `path` and a known `op`; `add` and
/// `replace` need a `value`, `move` and `copy` a `from`.
pub fn parse(patch: Value<'_>) -> Result<Vec<Operation<'_>>, JsonPatchError> {
    match patch {
        Value::Null => Ok(Vec::new()),
        Value::List(items) => items.iter().map(operation).collect(),
        Value::Map(_) => Err(JsonPatchError::NoList("object")),
        Value::Str(_) => Err(JsonPatchError::NoList("string")),
        Value::Bool(_) => Err(JsonPatchError::NoList("bool")),
        Value::Int(_) | Value::Float(_) => Err(JsonPatchError::NoList("number")),
    }
}

fn operation(item: Value<'_>) -> Result<Operation<'_>, JsonPatchError> {
    let refuse = |cause| JsonPatchError::Operation {
        operation: to_json(item),
        cause,
    };
    let text = |key: &str| item.get(key).and_then(Value::as_str);
    let kind = text("op")
        .and_then(Kind::parse)
        .ok_or_else(|| refuse("unsupported operation"))?;
    let needs_value = matches!(kind, Kind::Add | Kind::Replace);
    if needs_value && item.get("value").is_none() {
        return Err(refuse(
            "failed to decode 'value': operation, missing value field: missing value",
        ));
    }
    if matches!(kind, Kind::Move | Kind::Copy) && text("from").is_none() {
        return Err(refuse(
            "failed to decode 'from': operation, missing from field: missing value",
        ));
    }
    Ok(Operation {
        kind,
        path: text("path").ok_or_else(|| {
            refuse("failed to decode 'path': operation missing path field: missing value")
        })?,
        from: text("from").unwrap_or_default(),
        value: item.get("value").unwrap_or_default(),
    })
}

/// The value in which numbers look as they do once YAML has become JSON: `1.0` is `1`.
fn shortened<'v>(bump: &'v Bump, value: Value<'v>) -> Value<'v> {
    match value {
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            Value::Int(number as i64)
        }
        Value::List(items) => list(bump, items.iter().map(|item| shortened(bump, item))),
        Value::Map(map) => object(
            bump,
            map.iter().map(|(key, item)| (key, shortened(bump, item))),
        ),
        scalar => scalar,
    }
}

/// A YAML error as Go's library words it: with the number of the lines before.
fn yaml_text(text: &str, error: &yaml::YamlError) -> String {
    // The usual one: a variable put a text with quotes between quotes.
    let message = if error.message.starts_with("invalid trailing content") {
        "did not find expected key"
    } else {
        &error.message
    };
    match position(text, error.at.start).line.saturating_sub(1) {
        0 => format!("yaml: {message}"),
        line => format!("yaml: line {line}: {message}"),
    }
}
