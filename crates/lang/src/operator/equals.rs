//! `Equals`; `NotEquals` is its opposite.

use super::duration;
use super::operand::Operand;
use crate::pattern::{Comparison, as_whole};
use crate::scalar::quantity::Quantity;
use crate::scalar::wildcard;
use crate::value::Value;

/// Whether the two are equal; the type of the key decides how the value is read.
pub(super) fn equals(key: Value<'_>, value: Operand<'_>) -> bool {
    match (key, value.value()) {
        (Value::Str(text), _) => text_equals(text, value),
        (Value::Int(key), Value::Float(number)) => as_whole(number) == Some(key),
        (Value::Int(key), Value::Str(_)) => value.int() == Some(key),
        (Value::Float(key), Value::Int(number)) => as_whole(key) == Some(number),
        (Value::Float(key), Value::Str(_)) => value.float() == Some(key),
        (Value::Null, _) => false,
        // The same type on both sides; inside lists and maps the two kinds of number differ.
        (key, value) => key == value,
    }
}

/// As durations, else as quantities when the key is one, else with the value as a pattern.
fn text_equals(key: &str, value: Operand<'_>) -> bool {
    if let Some((key, value)) = duration::both(Value::Str(key), value) {
        return duration::compare(Comparison::Equal, key, value);
    }
    let Value::Str(pattern) = value.value() else {
        return false;
    };
    match Quantity::parse(key) {
        Ok(key) => value.quantity().is_some_and(|value| key == *value),
        Err(_) => wildcard::matches(pattern, key),
    }
}
