//! Types as functions declare them.

use crate::cel::types::Type;
use crate::cel::val::Val;

/// A type in a declaration of this crate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ty {
    /// Anything.
    Dyn,
    /// `null`.
    Null,
    /// Truth values.
    Bool,
    /// Whole numbers.
    Int,
    /// Whole numbers without sign.
    Uint,
    /// Floating point numbers.
    Double,
    /// Text.
    String,
    /// Bytes.
    Bytes,
    /// Lengths of time.
    Duration,
    /// Moments.
    Timestamp,
    /// Lists of one type.
    List(&'static Ty),
    /// Maps from one type to one type.
    Map(&'static Ty, &'static Ty),
    /// Values that may be absent.
    Optional(&'static Ty),
    /// Types.
    Type(&'static Ty),
    /// A type with fields.
    Struct(&'static str),
    /// A type that only functions look into.
    Opaque(&'static str),
    /// Any type, but the same one wherever the name stands in the overload.
    Param(&'static str),
}

impl Ty {
    /// Is the value of this type, as far as a glance tells? Of a list or a map only the first
    /// element is looked at, as in the reference.
    pub(crate) fn fits(self, value: Val<'_>) -> bool {
        match (self, value) {
            (Ty::Dyn | Ty::Param(_), _)
            | (Ty::Null, Val::Null)
            | (Ty::Bool, Val::Bool(_))
            | (Ty::Int, Val::Int(_))
            | (Ty::Uint, Val::Uint(_))
            | (Ty::Double, Val::Double(_))
            | (Ty::String, Val::Str(_))
            | (Ty::Bytes, Val::Bytes(_))
            | (Ty::Duration, Val::Duration(_))
            | (Ty::Timestamp, Val::Timestamp(_))
            | (Ty::Optional(_), Val::Optional(_))
            | (Ty::Type(_), Val::Type(_))
            // A declared object may arrive as the map that it is in JSON.
            | (Ty::Struct(_), Val::Map(_)) => true,
            (Ty::List(of), Val::List(list)) => {
                list.iter().next().is_none_or(|first| of.fits(first))
            }
            (Ty::Map(key, of), Val::Map(map)) => map
                .iter()
                .next()
                .is_none_or(|(first, value)| key.fits(first) && of.fits(value)),
            (Ty::Struct(name) | Ty::Opaque(name), value) => name == value.type_name(),
            _ => false,
        }
    }
}

impl From<Ty> for Type {
    fn from(ty: Ty) -> Self {
        match ty {
            Ty::Dyn => Type::Dyn,
            Ty::Null => Type::Null,
            Ty::Bool => Type::Bool,
            Ty::Int => Type::Int,
            Ty::Uint => Type::Uint,
            Ty::Double => Type::Double,
            Ty::String => Type::String,
            Ty::Bytes => Type::Bytes,
            Ty::Duration => Type::Duration,
            Ty::Timestamp => Type::Timestamp,
            Ty::List(of) => Type::list_of(Type::from(*of)),
            Ty::Map(key, of) => Type::map_of(Type::from(*key), Type::from(*of)),
            Ty::Optional(of) => Type::optional_of(Type::from(*of)),
            Ty::Type(of) => Type::type_of(Type::from(*of)),
            Ty::Struct(name) => Type::Struct(name.into()),
            Ty::Opaque(name) => Type::Opaque(name.into()),
            Ty::Param(name) => Type::Param(name),
        }
    }
}
