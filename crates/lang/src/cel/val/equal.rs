//! Equality: of any two values, across types.

use super::order::compare_numbers;
use super::{Opaque, Struct, Val};

/// Is the first a value that the reference refuses to compare with anything of another type?
pub(crate) fn refuses(a: Val<'_>, b: Val<'_>) -> bool {
    let strict = matches!(
        a,
        Val::Opaque(
            Opaque::Quantity(_)
                | Opaque::Semver(_)
                | Opaque::Url(_)
                | Opaque::Format(_)
                | Opaque::Ip(_)
                | Opaque::Cidr(_)
        )
    );
    strict && a.type_name() != b.type_name()
}

/// Are they equal? Numbers of different types are compared as numbers; other values of different
/// types are not equal. NaN equals nothing.
pub(crate) fn equal(a: Val<'_>, b: Val<'_>) -> bool {
    match (a, b) {
        (Val::Null, Val::Null) => true,
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Str(a), Val::Str(b)) => a == b,
        (Val::Bytes(a), Val::Bytes(b)) => a == b,
        (Val::Duration(a), Val::Duration(b)) => a == b,
        (Val::Timestamp(a), Val::Timestamp(b)) => a.instant() == b.instant(),
        (Val::Type(a), Val::Type(b)) => a == b,
        (Val::List(a), Val::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Val::Map(a), Val::Map(b)) => {
            let same = |(key, value)| b.get(key).is_some_and(|other| equal(value, other));
            a.len() == b.len() && a.iter().all(same)
        }
        (Val::Optional(a), Val::Optional(b)) => match (a, b) {
            (Some(a), Some(b)) => equal(*a, *b),
            (a, b) => a.is_none() && b.is_none(),
        },
        (Val::Struct(a), Val::Struct(b)) => equal_structs(a, b),
        (Val::Record(a), Val::Record(b)) => std::ptr::addr_eq(a, b),
        (Val::Opaque(a), Val::Opaque(b)) => a.equals(b),
        _ => compare_numbers(a, b).is_some_and(std::cmp::Ordering::is_eq),
    }
}

fn equal_structs(a: &Struct<'_>, b: &Struct<'_>) -> bool {
    let same =
        |(name, value): &(&str, Val<'_>)| b.field(name).is_some_and(|other| equal(*value, other));
    a.type_name == b.type_name && a.fields.len() == b.fields.len() && a.fields.iter().all(same)
}
