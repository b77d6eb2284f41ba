//! Fields of another type than Kubernetes gives them.
//!
//! An API server never sends such an object; files may hold one. The reference reads the whole Pod
//! into Go structs and reports the first field that does not fit; so do these readers, for the
//! fields that checks look at, in Go's words.

use std::fmt;

use bumpalo::Bump;
use portcullis_lang::value::{List, Map, Value};

/// The first field that does not fit.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mistyped {
    /// What stands there, as Go's JSON reader calls it.
    found: String,
    /// The Go struct that holds the field.
    owner: String,
    /// From the resource down to the field, without indexes.
    path: String,
    /// The Go type of the field.
    wanted: String,
}

impl Mistyped {
    pub(super) fn new(owner: &str, key: &str, value: Value<'_>, wanted: &str) -> Mistyped {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Str(_) => "string",
            Value::List(_) => "array",
            Value::Map(_) => "object",
            Value::Int(_) | Value::Float(_) => "number",
        };
        Mistyped {
            found: match value {
                Value::Float(number) if number.fract() != 0.0 => format!("number {number}"),
                _ => found.to_owned(),
            },
            owner: owner.to_owned(),
            path: key.to_owned(),
            wanted: wanted.to_owned(),
        }
    }

    /// The same finding, seen from the map that holds the field's map under `key`.
    #[must_use]
    pub(super) fn within(mut self, key: &str) -> Mistyped {
        self.path.insert(0, '.');
        self.path.insert_str(0, key);
        self
    }
}

impl fmt::Display for Mistyped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mistyped {
            found,
            owner,
            path,
            wanted,
        } = self;
        write!(
            f,
            "json: cannot unmarshal {found} into Go struct field {owner}.{path} of type {wanted}"
        )
    }
}

impl std::error::Error for Mistyped {}

/// A field, or the finding that it does not fit.
pub(super) type Read<T> = Result<T, Mistyped>;

/// A truth value; `null` is none.
pub(super) fn flag(owner: &str, key: &str, value: Value<'_>) -> Read<Option<bool>> {
    match value {
        Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(flag)),
        _ => Err(Mistyped::new(owner, key, value, "bool")),
    }
}

/// Text; `null` is none.
pub(super) fn text<'v>(owner: &str, key: &str, value: Value<'v>) -> Read<Option<&'v str>> {
    match value {
        Value::Null => Ok(None),
        Value::Str(text) => Ok(Some(text)),
        _ => Err(Mistyped::new(owner, key, value, "string")),
    }
}

/// A whole number; `null` is none.
pub(super) fn whole(owner: &str, key: &str, value: Value<'_>, wanted: &str) -> Read<Option<i64>> {
    match value {
        Value::Null => Ok(None),
        Value::Int(number) => Ok(Some(number)),
        Value::Float(number) if number.fract() == 0.0 => Ok(Some(number as i64)),
        _ => Err(Mistyped::new(owner, key, value, wanted)),
    }
}

/// A map; `null` is an empty one.
pub(super) fn map<'v>(owner: &str, key: &str, value: Value<'v>, wanted: &str) -> Read<Map<'v>> {
    match value {
        Value::Null => Ok(Map::EMPTY),
        Value::Map(map) => Ok(map),
        _ => Err(Mistyped::new(owner, key, value, wanted)),
    }
}

/// A list; `null` is an empty one.
pub(super) fn list<'v>(owner: &str, key: &str, value: Value<'v>, wanted: &str) -> Read<List<'v>> {
    match value {
        Value::Null => Ok(List::EMPTY),
        Value::List(list) => Ok(list),
        _ => Err(Mistyped::new(owner, key, value, wanted)),
    }
}

/// What `read` makes of each element, in memory that lasts as long as the evaluation.
pub(super) fn each<'v, T>(
    bump: &'v Bump,
    list: List<'v>,
    read: impl FnMut(Value<'v>) -> Read<T>,
) -> Read<&'v [T]> {
    let mut made = bumpalo::collections::Vec::with_capacity_in(list.len(), bump);
    for item in list.iter().map(read) {
        made.push(item?);
    }
    Ok(made.into_bump_slice())
}
