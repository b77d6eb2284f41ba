//! Durations in conditions: when two values are compared as such, and the operators that
//! compare nothing else.

use super::operand::Operand;
use crate::pattern::Comparison;
use crate::scalar::duration::Duration;
use crate::value::Value;

/// `DurationGreaterThan` and its kin, deprecated: durations and numbers of seconds.
pub(super) fn holds(order: Comparison, key: Value<'_>, value: Operand<'_>) -> bool {
    let key = of_key(key).or_else(|| of_number(key));
    let value = value.duration().or_else(|| of_number(value.value()));
    matches!((key, value), (Some(key), Some(value)) if compare(order, key, value))
}

/// Both sides as durations, where a condition that could mean more compares them as such: at
/// least one is the text of a duration, the other that or a number of seconds. The text `0`
/// does not count, because it is a number as well.
pub(super) fn both(key: Value<'_>, value: Operand<'_>) -> Option<(Duration, Duration)> {
    let not_zero = |side: Value<'_>| side.as_str() != Some("0");
    let key_text = of_key(key).filter(|_| not_zero(key));
    let value_text = value.duration().filter(|_| not_zero(value.value()));
    if key_text.is_none() && value_text.is_none() {
        return None;
    }
    Some((
        key_text.or_else(|| of_number(key))?,
        value_text.or_else(|| of_number(value.value()))?,
    ))
}

/// In seconds, fractions included, as doubles.
pub(super) fn compare(order: Comparison, key: Duration, value: Duration) -> bool {
    order.holds_between(key.seconds(), value.seconds())
}

fn of_key(key: Value<'_>) -> Option<Duration> {
    Duration::parse(key.as_str()?).ok()
}

/// A number is whole seconds; its fraction does not count.
fn of_number(value: Value<'_>) -> Option<Duration> {
    match value {
        Value::Int(seconds) => Some(Duration::from_nanos(seconds.wrapping_mul(1_000_000_000))),
        Value::Float(seconds) => Some(Duration::from_whole_seconds(seconds)),
        _ => None,
    }
}
