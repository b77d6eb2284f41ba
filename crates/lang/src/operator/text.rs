//! Scalars as texts, the way set operators compare them.

use crate::scalar::float::Buffer;
use crate::value::{GoText, Value};

/// A value printed as Go's `%v`; only lists and maps allocate.
pub(super) enum Text<'a> {
    Borrowed(&'a str),
    Number(Buffer<32>),
    Long(String),
}

impl<'a> Text<'a> {
    pub(super) fn of(value: Value<'a>) -> Self {
        match value {
            Value::Str(text) => Text::Borrowed(text),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
                Text::Number(Buffer::print(GoText(value)))
            }
            Value::List(_) | Value::Map(_) => Text::Long(GoText(value).to_string()),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Text::Borrowed(text) => text,
            Text::Number(text) => text.as_str(),
            Text::Long(text) => text,
        }
    }
}
