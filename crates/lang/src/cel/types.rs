//! Types: what a declaration says, what the checker finds, what messages print.

use std::fmt;
use std::sync::Arc;

/// A type. Cloning shares.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Anything; checked when it runs.
    Dyn,
    /// The type of an expression that is wrong; fits everything, so that one mistake is one message.
    Error,
    /// The type of `null`.
    Null,
    /// `true` and `false`.
    Bool,
    /// 64-bit whole numbers.
    Int,
    /// 64-bit whole numbers without sign.
    Uint,
    /// 64-bit floating point numbers.
    Double,
    /// Text.
    String,
    /// Bytes.
    Bytes,
    /// A length of time.
    Duration,
    /// A moment.
    Timestamp,
    /// A list of elements of one type.
    List(Arc<Type>),
    /// A map from keys of one type to values of one type.
    Map(Arc<Type>, Arc<Type>),
    /// A value that may be absent.
    Optional(Arc<Type>),
    /// The type of a type.
    Type(Arc<Type>),
    /// A type with declared fields.
    Struct(Arc<str>),
    /// A type that only functions look into, such as `kubernetes.Quantity`.
    Opaque(Arc<str>),
    /// A type parameter of a function's declaration.
    Param(&'static str),
    /// A type that the checker has still to find out.
    Var(u32),
}

impl Type {
    /// `list(of)`.
    pub fn list_of(of: Type) -> Type {
        Type::List(of.into())
    }

    /// `map(key, value)`.
    pub fn map_of(key: Type, value: Type) -> Type {
        Type::Map(key.into(), value.into())
    }

    /// `optional_type(of)`.
    pub fn optional_of(of: Type) -> Type {
        Type::Optional(of.into())
    }

    /// `type(of)`.
    pub fn type_of(of: Type) -> Type {
        Type::Type(of.into())
    }

    /// The type that one of protobuf's wrappers stands for: `google.protobuf.Int64Value{value: 1}`
    /// is `1`.
    pub(crate) fn wrapped_by(name: &str) -> Option<Type> {
        Some(match name.strip_prefix("google.protobuf.")? {
            "BoolValue" => Type::Bool,
            "BytesValue" => Type::Bytes,
            "DoubleValue" | "FloatValue" => Type::Double,
            "Int32Value" | "Int64Value" => Type::Int,
            "StringValue" => Type::String,
            "UInt32Value" | "UInt64Value" => Type::Uint,
            _ => return None,
        })
    }

    /// Anything, checked or in error?
    pub(crate) fn is_dyn_or_error(&self) -> bool {
        matches!(self, Type::Dyn | Type::Error)
    }

    /// The type whose name a value's own type has, without what it is made of: `list`, `map`,
    /// `google.protobuf.Duration`.
    pub(crate) fn runtime_name(&self) -> &str {
        match self {
            Type::Dyn => "dyn",
            Type::Error => "error",
            Type::Null => "null_type",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Uint => "uint",
            Type::Double => "double",
            Type::String => "string",
            Type::Bytes => "bytes",
            Type::Duration => "google.protobuf.Duration",
            Type::Timestamp => "google.protobuf.Timestamp",
            Type::List(_) => "list",
            Type::Map(..) => "map",
            Type::Optional(_) => "optional_type",
            Type::Type(_) => "type",
            Type::Struct(name) | Type::Opaque(name) => name,
            Type::Param(name) => name,
            Type::Var(_) => "dyn",
        }
    }
}

/// As messages print it: `list(string)`, `null`, `timestamp`, `!error!`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Error => f.write_str("!error!"),
            Type::Null => f.write_str("null"),
            Type::Duration => f.write_str("duration"),
            Type::Timestamp => f.write_str("timestamp"),
            Type::List(of) => write!(f, "list({})", of),
            Type::Map(key, value) => write!(f, "map({}, {})", key, value),
            Type::Optional(of) => write!(f, "optional_type({})", of),
            Type::Type(of) => write!(f, "type({})", of),
            Type::Var(number) => write!(f, "_var{number}"),
            other => f.write_str(other.runtime_name()),
        }
    }
}
