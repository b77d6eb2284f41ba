//! `In` and `NotIn`, deprecated: like their successors for a lone key, but for a list of keys
//! they compare texts exactly.

use super::json_texts::JsonTexts;
use super::membership::fits_any;
use super::operand::Operand;
use super::text::Text;
use crate::scalar::wildcard;
use crate::value::{List, Value};

/// `In`: the key, or every element of it, is among the values.
pub(super) fn all_in(key: Value<'_>, value: Operand<'_>) -> bool {
    match key {
        Value::List(keys) => {
            among(keys, value).is_some_and(|found| found == Found::Itself || found == Found::All)
        }
        Value::Null | Value::Map(_) => false,
        scalar => scalar_found(scalar, value) == Some(true),
    }
}

/// `NotIn`: the key, or some element of it, is not among the values.
///
/// Quirk: of a list of one key that equals the text of the value, both hold.
pub(super) fn some_out(key: Value<'_>, value: Operand<'_>) -> bool {
    match key {
        Value::List(keys) => {
            among(keys, value).is_some_and(|found| found == Found::Itself || found == Found::NotAll)
        }
        Value::Null | Value::Map(_) => false,
        scalar => scalar_found(scalar, value) == Some(false),
    }
}

/// Whether a lone key is among the values; `None` when the value cannot be looked into.
fn scalar_found(key: Value<'_>, value: Operand<'_>) -> Option<bool> {
    let key = Text::of(key);
    let key = key.as_str();
    match value.value() {
        Value::List(values) => Some(fits_any(key, values)),
        Value::Str(text) if wildcard::matches(text, key) => Some(true),
        Value::Str(text) => match JsonTexts::read(text) {
            JsonTexts::Texts(texts) => Some(texts.iter().any(|text| text == key)),
            JsonTexts::NoJson | JsonTexts::Other => None,
        },
        _ => None,
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Found {
    /// The only key is the very text of the value.
    Itself,
    All,
    NotAll,
}

/// How many of the keys are among the values; `None` when one of the sides is no set of texts.
fn among(keys: List<'_>, value: Operand<'_>) -> Option<Found> {
    let found = |all| if all { Found::All } else { Found::NotAll };
    if !keys.iter().all(|key| key.as_str().is_some()) {
        return None;
    }
    let mut texts = keys.iter().filter_map(Value::as_str);
    match value.value() {
        Value::List(values) => {
            let is_text = |value: Value<'_>| value.as_str().is_some();
            let has = |key| values.iter().any(|value| value.as_str() == Some(key));
            values.iter().all(is_text).then(|| found(texts.all(has)))
        }
        Value::Str(text) if keys.len() == 1 && texts.clone().eq([text]) => Some(Found::Itself),
        Value::Str(text) => match JsonTexts::read(text) {
            JsonTexts::Texts(set) => Some(found(texts.all(|key| set.iter().any(|t| t == key)))),
            JsonTexts::NoJson | JsonTexts::Other => None,
        },
        _ => None,
    }
}
