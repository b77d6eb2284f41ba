//! Go's values as JSON has them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bumpalo::Bump;
use x509_parser::asn1_rs::Oid;
use x509_parser::num_bigint::BigUint;
use x509_parser::prelude::ASN1Time;

use crate::scalar::time::Time;
use crate::value::{Value, list, object};

/// Makes values in the evaluation's memory.
#[derive(Clone, Copy)]
pub(super) struct Make<'v>(pub(super) &'v Bump);

impl<'v> Make<'v> {
    pub(super) fn text(self, text: &str) -> Value<'v> {
        Value::Str(self.0.alloc_str(text))
    }

    pub(super) fn number(self, number: impl Into<f64>) -> Value<'v> {
        Value::Float(number.into())
    }

    /// Bytes are base64.
    pub(super) fn bytes(self, bytes: &[u8]) -> Value<'v> {
        self.text(&STANDARD.encode(bytes))
    }

    /// An object identifier is a list of its numbers.
    pub(super) fn oid(self, oid: &Oid<'_>) -> Value<'v> {
        let numbers = oid.iter().into_iter().flatten();
        list(self.0, numbers.map(|number| Value::Float(number as f64)))
    }

    /// A large number, as near as a double comes.
    pub(super) fn big(self, number: &BigUint) -> Value<'v> {
        Value::Float(number.to_string().parse().unwrap_or(f64::INFINITY))
    }

    pub(super) fn time(self, time: &ASN1Time) -> Value<'v> {
        self.text(&Time::from_unix(time.timestamp()).to_string())
    }

    /// A list, or Go's nil where there is nothing in it.
    pub(super) fn list_or_null(self, items: impl IntoIterator<Item = Value<'v>>) -> Value<'v> {
        match list(self.0, items) {
            Value::List(items) if items.is_empty() => Value::Null,
            items => items,
        }
    }

    pub(super) fn object(
        self,
        fields: impl IntoIterator<Item = (&'v str, Value<'v>)>,
    ) -> Value<'v> {
        object(self.0, fields)
    }
}
