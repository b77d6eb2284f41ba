//! What `max`, `min`, `max_by` and `min_by` share: the first item that no other one beats.

use super::Args;
use crate::jmespath::{Fault, or_null};
use crate::value::Value;

/// The first of the list's numbers or texts that no other one beats.
pub(super) fn extreme<'v>(
    args: Args<'_, 'v>,
    number_beats: fn(f64, f64) -> bool,
    text_beats: fn(&str, &str) -> bool,
) -> Result<Value<'v>, Fault<'v>> {
    args.env.spend(args.list(0).len())?;
    let best = args.list(0).iter().reduce(|best, item| {
        let beaten = match (item, best) {
            (Value::Float(item), Value::Float(best)) => number_beats(item, best),
            (Value::Str(item), Value::Str(best)) => text_beats(item, best),
            _ => false,
        };
        if beaten { item } else { best }
    });
    Ok(best.unwrap_or_default())
}

/// The first item of the list at 0 whose value under the expression at 1 no other one's beats.
pub(super) fn extreme_by<'v>(
    args: Args<'_, 'v>,
    number_beats: fn(f64, f64) -> bool,
    text_beats: fn(&str, &str) -> bool,
) -> Result<Value<'v>, Fault<'v>> {
    let mut items = args.list(0).iter();
    let Some(mut best) = items.next() else {
        return Ok(Value::Null);
    };
    if items.len() == 0 {
        return Ok(best);
    }
    let mut best_key = or_null(args.apply(1, best))?;
    if !matches!(best_key, Value::Float(_) | Value::Str(_)) {
        return Err(Fault::invalid("invalid type, must be number of string"));
    }
    for item in items {
        let key = or_null(args.apply(1, item))?;
        let beaten = match (key, best_key) {
            (Value::Float(key), Value::Float(best)) => number_beats(key, best),
            (Value::Str(key), Value::Str(best)) => text_beats(key, best),
            (_, Value::Float(_)) => return Err(Fault::invalid("invalid type, must be number")),
            _ => return Err(Fault::invalid("invalid type, must be string")),
        };
        if beaten {
            (best, best_key) = (item, key);
        }
    }
    Ok(best)
}
