//! `GreaterThan`, `GreaterThanOrEquals`, `LessThan`, `LessThanOrEquals`.

use super::duration;
use super::operand::Operand;
use crate::pattern::Comparison;
use crate::scalar::float::parse_float;
use crate::scalar::quantity::Quantity;
use crate::scalar::semver::Version;
use crate::value::Value;

/// Whether the key stands in that order to the value.
pub(super) fn holds(order: Comparison, key: Value<'_>, value: Operand<'_>) -> bool {
    match key {
        Value::Str(text) => text_holds(order, text, value),
        Value::Int(_) | Value::Float(_) => number_holds(order, key, value),
        _ => false,
    }
}

/// As durations, quantities, numbers, versions: the first that the key, and for the first two
/// also the value, can be read as.
fn text_holds(order: Comparison, key: &str, value: Operand<'_>) -> bool {
    if let Some((key, value)) = duration::both(Value::Str(key), value) {
        return duration::compare(order, key, value);
    }
    if let (Some(wanted), Ok(key)) = (value.quantity(), Quantity::parse(key)) {
        return order.holds(key.cmp(&wanted));
    }
    if let Some(number) = parse_float(key) {
        return number_holds(order, Value::Float(number), value);
    }
    match (Version::parse(key), value.version()) {
        (Ok(key), Some(value)) => order.holds(key.cmp(&value)),
        _ => false,
    }
}

fn number_holds(order: Comparison, key: Value<'_>, value: Operand<'_>) -> bool {
    if let (Value::Int(key), Value::Int(value)) = (key, value.value()) {
        return order.holds(key.cmp(&value));
    }
    if let Some((key, value)) = duration::both(key, value) {
        return duration::compare(order, key, value);
    }
    let number = value.value().as_f64().or_else(|| value.float());
    match (key.as_f64(), number) {
        (Some(key), Some(number)) => order.holds_between(key, number),
        _ => false,
    }
}
