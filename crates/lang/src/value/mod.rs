//! JSON documents and created values: the one data type that every language here looks at.
//!
//! Comes in:  JSON bytes, YAML text, values made during evaluation.
//! Goes out:  [`Value`], a small `Copy` view; [`Document`], an owned and immutable document.
//! Never here: expressions, policies.
//!
//! ```text
//! JSON bytes ──simd-json──┐
//!                         ├─> tape ──view──> Value<'a> <──view── Bump (made while evaluating)
//! YAML text ──events──────┘
//! ```
//!
//! A tape is a flat list of nodes in document order. A container's node holds how many nodes
//! belong to it, so a subtree is stepped over in one addition, and reading a document copies
//! nothing.

mod document;
mod go;
mod go_json;
#[cfg(test)]
mod hostile;
mod json;
mod lines;
mod list;
mod made;
mod map;
mod tape;
mod weight;
mod write;
pub mod yaml;

pub use document::{Document, Element, Entry, Item, Span};
pub use go::{GoSyntax, GoText};
pub use go_json::parse_json;
pub use json::{JsonError, Numbers};
pub use lines::Lines;
pub use list::{List, ListIter};
pub use made::{copy, list, map, map_from_sorted, map_in_place, object};
pub use map::{Map, MapIter};
pub use simd_json::tape::Node;
pub use tape::{TapeBuilder, value_of};
pub use write::{JsonStyle, to_json, to_json_with, write_json, write_json_string};

/// A view of one JSON value; copying it copies a pointer, never data.
///
/// Two kinds of number are kept apart because the reference engine keeps them apart: a number
/// inside a list or map that a policy spells out is an integer, and does not deep-equal the
/// same number in a resource, which is always a double.
#[derive(Clone, Copy, Debug, Default)]
pub enum Value<'a> {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number written in a policy, or one that a function counts out.
    Int(i64),
    /// Every number of a resource, and every JMESPath number.
    Float(f64),
    /// Text.
    Str(&'a str),
    /// A list.
    List(List<'a>),
    /// A map with text keys.
    Map(Map<'a>),
}

impl<'a> Value<'a> {
    /// The value under `key`, when this is a map that has it.
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        self.as_map()?.get(key)
    }

    /// Follows a chain of map keys; `None` as soon as one is missing.
    pub fn at(self, path: &[&str]) -> Option<Value<'a>> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The text, when this is text.
    pub fn as_str(self) -> Option<&'a str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The text under `key`, or `""` when it is missing or no text.
    pub fn text(self, key: &str) -> &'a str {
        self.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// The map, when this is a map.
    pub fn as_map(self) -> Option<Map<'a>> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, when this is a list.
    pub fn as_list(self) -> Option<List<'a>> {
        match self {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// The truth value, when this is one.
    pub fn as_bool(self) -> Option<bool> {
        match self {
            Value::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    /// The number as a double, whichever kind it is.
    pub fn as_f64(self) -> Option<f64> {
        match self {
            Value::Int(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            _ => None,
        }
    }

    /// How many nodes it takes on its tape; `None` for what evaluation made.
    pub fn nodes(self) -> Option<usize> {
        match self {
            Value::List(list) => list.nodes(),
            Value::Map(map) => map.nodes(),
            _ => Some(1),
        }
    }

    /// Is this `null`?
    pub fn is_null(self) -> bool {
        matches!(self, Value::Null)
    }

    /// The name that Go's `%T` prints for this value, as it stands in user-facing texts.
    pub fn go_type(self) -> &'static str {
        match self {
            Value::Null => "<nil>",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int64",
            Value::Float(_) => "float64",
            Value::Str(_) => "string",
            Value::List(_) => "[]interface {}",
            Value::Map(_) => "map[string]interface {}",
        }
    }
}

/// Deep equality as Go's `reflect.DeepEqual` sees it: the two kinds of number never equal each
/// other, map order does not count, NaN equals nothing.
impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::Str(a), Value::Str(b)) => a == b,
            (Value::List(a), Value::List(b)) => a.equals(b),
            (Value::Map(a), Value::Map(b)) => a.equals(b),
            _ => false,
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Str(text)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Value::Bool(flag)
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Value::Float(number)
    }
}

// Views are copied by the thousand; two fit in a cache line.
const _: () = assert!(size_of::<Value<'_>>() <= 32);

#[cfg(test)]
mod tests;
