//! Values: views of a JSON document, and the kinds that only CEL knows.
//!
//! Comes in:  [`Value`], literals, what functions make.
//! Goes out:  [`Val`], a small `Copy` view with CEL's equality, order and conversions.
//! Never here: expressions, functions.
//!
//! A document is never converted: a list or a map of it is looked into where it lies, and each
//! element becomes a [`Val`] when somebody asks for it.

mod constant;
mod equal;
mod fault;
mod json;
mod list;
mod map;
mod opaque;
mod order;
mod record;
mod show;
mod time;

pub(crate) use constant::Constant;
pub(crate) use equal::{equal, refuses};
pub use fault::{Fault, Problem};
pub use list::{List, ListIter};
pub(crate) use map::MapBuilder;
pub use map::{Map, MapIter};
pub use opaque::{AUTHORIZER, Authorizer, Decision, Opaque, RESOURCE_CHECK, ResourceType};
pub(crate) use order::{Unordered, compare};
pub use record::{Record, Struct};
pub use time::Timestamp;
pub(crate) use time::TimestampError;

use crate::scalar::duration::Duration;
use crate::value::Value;

/// A value. Copying it copies a view, never data.
#[derive(Clone, Copy, Debug, Default)]
pub enum Val<'v> {
    /// `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number without sign.
    Uint(u64),
    /// A floating point number.
    Double(f64),
    /// Text.
    Str(&'v str),
    /// Bytes.
    Bytes(&'v [u8]),
    /// A length of time.
    Duration(Duration),
    /// A moment.
    Timestamp(Timestamp),
    /// A list.
    List(List<'v>),
    /// A map.
    Map(Map<'v>),
    /// A value that may be absent.
    Optional(Option<&'v Val<'v>>),
    /// A type, by its name.
    Type(&'v str),
    /// An instance of a type with fields, made by an expression.
    Struct(&'v Struct<'v>),
    /// Something whose fields are worked out when they are asked for.
    Record(&'v dyn Record),
    /// A value that only functions look into.
    Opaque(Opaque<'v>),
}

// Views are copied by the thousand.
const _: () = assert!(size_of::<Val<'_>>() <= 40);

impl<'v> Val<'v> {
    /// The name of the value's type, as `type()` and messages have it.
    pub fn type_name(self) -> &'v str {
        match self {
            Val::Null => "null_type",
            Val::Bool(_) => "bool",
            Val::Int(_) => "int",
            Val::Uint(_) => "uint",
            Val::Double(_) => "double",
            Val::Str(_) => "string",
            Val::Bytes(_) => "bytes",
            Val::Duration(_) => "google.protobuf.Duration",
            Val::Timestamp(_) => "google.protobuf.Timestamp",
            Val::List(_) => "list",
            Val::Map(_) => "map",
            Val::Optional(_) => "optional_type",
            Val::Type(_) => "type",
            Val::Struct(made) => made.type_name,
            Val::Record(record) => record.type_name(),
            Val::Opaque(opaque) => opaque.type_name(),
        }
    }

    /// The text, when this is text.
    pub fn as_str(self) -> Option<&'v str> {
        match self {
            Val::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value, when this is one.
    pub fn as_bool(self) -> Option<bool> {
        match self {
            Val::Bool(flag) => Some(flag),
            _ => None,
        }
    }

    /// The list, when this is one.
    pub fn as_list(self) -> Option<List<'v>> {
        match self {
            Val::List(list) => Some(list),
            _ => None,
        }
    }

    /// The map, when this is one.
    pub fn as_map(self) -> Option<Map<'v>> {
        match self {
            Val::Map(map) => Some(map),
            _ => None,
        }
    }

    /// What `size()` says: characters, bytes, elements or entries; `None` for anything else.
    pub(crate) fn size(self) -> Option<usize> {
        match self {
            Val::Str(text) => Some(text.chars().count()),
            Val::Bytes(bytes) => Some(bytes.len()),
            Val::List(list) => Some(list.len()),
            Val::Map(map) => Some(map.len()),
            _ => None,
        }
    }

    /// Zero, empty, false, absent or `null`?
    pub(crate) fn is_zero(self) -> bool {
        match self {
            Val::Null => true,
            Val::Bool(flag) => !flag,
            Val::Int(number) => number == 0,
            Val::Uint(number) => number == 0,
            Val::Double(number) => number == 0.0,
            Val::Duration(span) => span.nanos() == 0,
            Val::Timestamp(moment) => moment.is_zero(),
            Val::Optional(value) => value.is_none(),
            Val::Struct(made) => made.fields.is_empty(),
            Val::Str(_) | Val::Bytes(_) | Val::List(_) | Val::Map(_) => self.size() == Some(0),
            Val::Type(_) | Val::Record(_) | Val::Opaque(_) => false,
        }
    }
}

/// What the numbers of a document are.
///
/// Documents hold every number of a resource as a double. An API server knows whole numbers, and
/// writes a double without a fraction like one, so that each side can be had of the other.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Reading {
    /// As the document has them.
    #[default]
    AsHeld,
    /// Whole where they have no fraction, as an API server hands objects to expressions.
    Whole,
}

/// The doubles between these have room for whole numbers.
const WHOLE: std::ops::Range<f64> = i64::MIN as f64..i64::MAX as f64;

impl<'v> Val<'v> {
    /// A value of a document.
    pub fn read(value: Value<'v>, reading: Reading) -> Self {
        match value {
            Value::Null => Val::Null,
            Value::Bool(flag) => Val::Bool(flag),
            Value::Int(number) => Val::Int(number),
            Value::Float(number)
                if reading == Reading::Whole
                    && number.fract() == 0.0
                    && WHOLE.contains(&number) =>
            {
                Val::Int(number as i64)
            }
            Value::Float(number) => Val::Double(number),
            Value::Str(text) => Val::Str(text),
            Value::List(list) => Val::List(List::of(list, reading)),
            Value::Map(map) => Val::Map(Map::of(map, reading)),
        }
    }
}

impl<'v> From<Value<'v>> for Val<'v> {
    fn from(value: Value<'v>) -> Self {
        Val::read(value, Reading::AsHeld)
    }
}

impl<'v> From<&'v str> for Val<'v> {
    fn from(text: &'v str) -> Self {
        Val::Str(text)
    }
}

impl From<bool> for Val<'_> {
    fn from(flag: bool) -> Self {
        Val::Bool(flag)
    }
}

impl From<i64> for Val<'_> {
    fn from(number: i64) -> Self {
        Val::Int(number)
    }
}

impl From<f64> for Val<'_> {
    fn from(number: f64) -> Self {
        Val::Double(number)
    }
}
