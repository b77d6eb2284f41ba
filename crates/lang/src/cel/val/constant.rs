//! Constants of a program, which owns them.

use std::net::IpAddr;

use super::map::{is_key, key_order};
use super::{List, Map, Opaque, Timestamp, Val};
use crate::scalar::duration::Duration;
use crate::scalar::ip::Cidr;
use crate::scalar::quantity::Quantity;

/// A value that is known when the expression is compiled.
#[derive(Debug)]
pub(crate) enum Constant {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    Str(Box<str>),
    Bytes(Box<[u8]>),
    /// The name of a type.
    Type(Box<str>),
    /// The object behind the name of a library, by the name of its type.
    Library(&'static str),
    Duration(Duration),
    Timestamp(Timestamp),
    Quantity(Quantity),
    Ip(IpAddr),
    Cidr(Cidr),
    List(Box<[Constant]>),
    /// Sorted by key, each key once.
    Map(Box<[(Constant, Constant)]>),
}

impl Constant {
    /// The constant as a value that borrows from the program.
    pub(crate) fn view(&self) -> Val<'_> {
        match self {
            Constant::Null => Val::Null,
            Constant::Bool(flag) => Val::Bool(*flag),
            Constant::Int(number) => Val::Int(*number),
            Constant::Uint(number) => Val::Uint(*number),
            Constant::Double(number) => Val::Double(*number),
            Constant::Str(text) => Val::Str(text),
            Constant::Bytes(bytes) => Val::Bytes(bytes),
            Constant::Type(name) => Val::Type(name),
            Constant::Library(name) => Val::Opaque(Opaque::Library(name)),
            Constant::Duration(span) => Val::Duration(*span),
            Constant::Quantity(quantity) => Val::Opaque(Opaque::Quantity(quantity)),
            Constant::Ip(ip) => Val::Opaque(Opaque::Ip(*ip)),
            Constant::Cidr(cidr) => Val::Opaque(Opaque::Cidr(*cidr)),
            Constant::Timestamp(moment) => Val::Timestamp(*moment),
            Constant::List(items) => Val::List(List::constant(items)),
            Constant::Map(entries) => Val::Map(Map::constant(entries)),
        }
    }

    /// A map of keys and values in turn; `None` when one of the keys cannot be one.
    pub(crate) fn map(parts: Vec<Constant>) -> Option<Constant> {
        let mut entries = Vec::with_capacity(parts.len() / 2);
        let mut parts = parts.into_iter();
        while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
            if !is_key(key.view()) {
                return None;
            }
            entries.push((key, value));
        }
        // Stable, so that the last of equal keys comes first; then the others are dropped.
        entries.reverse();
        entries.sort_by(|a, b| key_order(a.0.view(), b.0.view()));
        entries.dedup_by(|a, b| key_order(a.0.view(), b.0.view()).is_eq());
        Some(Constant::Map(entries.into()))
    }

    /// The value as a constant, when it owns and borrows nothing but text, bytes, lists and maps.
    pub(crate) fn of(value: Val<'_>) -> Option<Constant> {
        Some(match value {
            Val::Null => Constant::Null,
            Val::Bool(flag) => Constant::Bool(flag),
            Val::Int(number) => Constant::Int(number),
            Val::Uint(number) => Constant::Uint(number),
            Val::Double(number) => Constant::Double(number),
            Val::Str(text) => Constant::Str(text.into()),
            Val::Bytes(bytes) => Constant::Bytes(bytes.into()),
            Val::Duration(span) => Constant::Duration(span),
            Val::Timestamp(moment) => Constant::Timestamp(moment),
            Val::List(list) => {
                Constant::List(list.iter().map(Constant::of).collect::<Option<_>>()?)
            }
            Val::Map(map) => {
                let entry = |(key, value)| Some((Constant::of(key)?, Constant::of(value)?));
                Constant::Map(map.sorted().into_iter().map(entry).collect::<Option<_>>()?)
            }
            Val::Type(name) => Constant::Type(name.into()),
            Val::Optional(_) | Val::Struct(_) | Val::Record(_) | Val::Opaque(_) => return None,
        })
    }
}
