//! `AnyIn`, `AllIn`, `AnyNotIn`, `AllNotIn`.
//!
//! A key is one text or a list of them; a value is a list, a range, a JSON list of texts, or
//! one text. Wildcards count on both sides, except among the texts of a JSON list and a lone
//! key.

use std::borrow::Cow;

use super::json_texts::JsonTexts;
use super::operand::Operand;
use super::text::Text;
use crate::pattern::{ScalarPattern, range};
use crate::scalar::wildcard;
use crate::value::{List, Value};

/// One of the four operators.
#[derive(Clone, Copy)]
pub(super) struct Membership {
    pub(super) quantifier: Quantifier,
    /// Is the question who is among the values, or who is not?
    pub(super) inside: bool,
}

/// How many elements of a key must do.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Quantifier {
    Any,
    All,
}

/// What the text of a value names.
#[derive(Clone, Debug)]
pub(super) enum Members<'a> {
    /// `a-b`, and the opposite range, which is not simply what lies outside: a text that is no
    /// number lies in neither.
    Range {
        inside: ScalarPattern,
        outside: ScalarPattern,
    },
    /// Itself.
    One(Cow<'a, str>),
    /// A JSON list of texts.
    Many(Vec<String>),
    /// Other JSON, with which no operator holds.
    Invalid,
}

impl Membership {
    pub(super) fn holds(self, key: Value<'_>, value: Operand<'_>) -> bool {
        match key {
            Value::List(keys) => self.holds_for_list(keys, value),
            Value::Null | Value::Map(_) => false,
            scalar => {
                let found = scalar_found(Text::of(scalar).as_str(), value);
                found == Some(self.inside)
            }
        }
    }

    fn holds_for_list(self, keys: List<'_>, value: Operand<'_>) -> bool {
        match value.value() {
            Value::List(values) => self.over(keys, |key| fits_any(key, values)),
            Value::Str(text) => {
                if keys.len() == 1 && keys.first().is_some_and(|key| prints_as(key, text)) {
                    return self.inside;
                }
                match value.members().as_deref() {
                    None | Some(Members::Invalid) => false,
                    Some(Members::Range { inside, outside }) => {
                        self.over_range(keys, inside, outside)
                    }
                    Some(Members::One(one)) => self.over(keys, |key| alike(one, key)),
                    Some(Members::Many(many)) => {
                        self.over(keys, |key| many.iter().any(|text| alike(text, key)))
                    }
                }
            }
            scalar @ (Value::Bool(_) | Value::Int(_) | Value::Float(_))
                if self.quantifier == Quantifier::Any =>
            {
                let one = Text::of(scalar);
                self.over(keys, |key| alike(one.as_str(), key))
            }
            _ => false,
        }
    }

    /// Counts the elements of which `found` says what is asked for.
    fn over(self, keys: List<'_>, found: impl Fn(&str) -> bool) -> bool {
        let mut asked = keys
            .iter()
            .map(|key| found(Text::of(key).as_str()) == self.inside);
        match self.quantifier {
            Quantifier::Any => asked.any(|yes| yes),
            Quantifier::All => asked.all(|yes| yes),
        }
    }

    fn over_range(self, keys: List<'_>, inside: &ScalarPattern, outside: &ScalarPattern) -> bool {
        match (self.quantifier, self.inside) {
            (Quantifier::Any, false) => keys
                .iter()
                .any(|key| outside.matches(Value::Str(Text::of(key).as_str()))),
            _ => self.over(keys, |key| inside.matches(Value::Str(key))),
        }
    }
}

/// Whether a lone key is among the values; `None` when the value cannot be looked into.
fn scalar_found(key: &str, value: Operand<'_>) -> Option<bool> {
    match value.value() {
        Value::List(values) => Some(fits_any(key, values)),
        Value::Str(text) if wildcard::matches(text, key) => Some(true),
        Value::Str(_) => match value.members()?.as_ref() {
            Members::Range { inside, .. } => Some(inside.matches(Value::Str(key))),
            Members::One(one) => Some(one == key),
            Members::Many(many) => Some(many.iter().any(|text| text == key)),
            Members::Invalid => None,
        },
        _ => None,
    }
}

/// Whether some element fits the key.
pub(super) fn fits_any(key: &str, values: List<'_>) -> bool {
    values
        .iter()
        .any(|value| alike(Text::of(value).as_str(), key))
}

/// Either may be the pattern of the other.
fn alike(a: &str, b: &str) -> bool {
    wildcard::matches(a, b) || wildcard::matches(b, a)
}

fn prints_as(value: Value<'_>, text: &str) -> bool {
    Text::of(value).as_str() == text
}

impl<'a> Members<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        if range::inside(text).is_some() {
            return Members::Range {
                inside: ScalarPattern::parse(text),
                // The first dash, also where that is the sign of the left end: then the
                // opposite is no range but everything that differs from this very text.
                outside: ScalarPattern::parse(&text.replacen('-', "!-", 1)),
            };
        }
        match JsonTexts::read(text) {
            JsonTexts::NoJson => Members::One(Cow::Borrowed(text)),
            JsonTexts::Texts(texts) => Members::Many(texts),
            JsonTexts::Other => Members::Invalid,
        }
    }

    pub(super) fn into_owned(self) -> Members<'static> {
        match self {
            Members::Range { inside, outside } => Members::Range { inside, outside },
            Members::One(text) => Members::One(Cow::Owned(text.into_owned())),
            Members::Many(texts) => Members::Many(texts),
            Members::Invalid => Members::Invalid,
        }
    }
}
