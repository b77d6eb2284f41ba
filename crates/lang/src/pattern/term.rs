//! One term of a text pattern: an operator and what it compares with.
//!
//! Comes in:  the text between two of `|` and `&`, trimmed; then scalars to compare.
//! Goes out:  whether a scalar fits.
//! Never here: `|` and `&` (see `scalar`), maps, lists.

use std::cmp::Ordering;

use super::range;
use crate::scalar::duration::Duration;
use crate::scalar::float::{Buffer, Scientific};
use crate::scalar::quantity::{Format, Quantity};
use crate::scalar::wildcard::{self, Wildcard};
use crate::value::Value;

/// A term, its operands read once.
#[derive(Clone, Debug)]
pub(super) enum Term<'a> {
    /// An operator and its operand.
    Compare(Comparison, Operand<'a>),
    /// `a-b`: both ends included.
    Inside(Operand<'a>, Operand<'a>),
    /// `a!-b`: neither end included.
    Outside(Operand<'a>, Operand<'a>),
}

/// What stands before an operand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Comparison {
    /// Nothing.
    Equal,
    /// `!`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A text and everything it can be read as.
#[derive(Clone, Debug)]
pub(super) struct Operand<'a> {
    text: Glob<'a>,
    duration: Option<Duration>,
    quantity: Option<Quantity>,
}

/// A wildcard text: met once, or held by a policy and made ready.
#[derive(Clone, Debug)]
enum Glob<'a> {
    Borrowed(&'a str),
    Prepared(Wildcard),
}

impl<'a> Term<'a> {
    /// Reads a term. Every text is one.
    pub(super) fn parse(text: &'a str) -> Self {
        use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        // A lone `<` is the text `<`.
        if text.len() < 2 {
            return Term::Compare(Equal, Operand::read(text));
        }
        let prefixes = [
            (">=", GreaterOrEqual),
            ("<=", LessOrEqual),
            (">", Greater),
            ("<", Less),
            ("!", NotEqual),
        ];
        for (prefix, comparison) in prefixes {
            if let Some(rest) = text.strip_prefix(prefix) {
                return Term::Compare(comparison, Operand::read(rest.trim_matches(' ')));
            }
        }
        if let Some(ends) = range::outside(text) {
            return Term::Outside(Operand::read(ends.left), Operand::read(ends.right));
        }
        if let Some(ends) = range::inside(text) {
            return Term::Inside(Operand::read(ends.left), Operand::read(ends.right));
        }
        Term::Compare(Equal, Operand::read(text))
    }

    /// The same term, free of the text it was read from and ready to be asked often.
    pub(super) fn into_prepared(self) -> Term<'static> {
        match self {
            Term::Compare(comparison, operand) => {
                Term::Compare(comparison, operand.into_prepared())
            }
            Term::Inside(left, right) => Term::Inside(left.into_prepared(), right.into_prepared()),
            Term::Outside(left, right) => {
                Term::Outside(left.into_prepared(), right.into_prepared())
            }
        }
    }

    /// See [`ScalarPattern::refused_head`](super::ScalarPattern::refused_head).
    pub(super) fn refused_head(&self) -> Option<&str> {
        match self {
            Term::Compare(Comparison::NotEqual, operand)
                if operand.duration.is_none() && operand.quantity.is_none() =>
            {
                match &operand.text {
                    Glob::Prepared(pattern) => Some(pattern.head()),
                    Glob::Borrowed(_) => None,
                }
            }
            _ => None,
        }
    }

    /// The only text that fits, for a term that is one and compares as nothing else.
    pub(super) fn literal(&self) -> Option<&str> {
        match self {
            Term::Compare(Comparison::Equal, operand)
                if operand.duration.is_none() && operand.quantity.is_none() =>
            {
                match &operand.text {
                    Glob::Prepared(pattern) if pattern.is_literal() => Some(pattern.as_str()),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether `value` fits. Maps and lists never do.
    pub(super) fn matches(&self, value: Value<'_>) -> bool {
        use Comparison::{Greater, GreaterOrEqual, Less, LessOrEqual};
        match self {
            Term::Compare(comparison, operand) => operand.compare(*comparison, value),
            Term::Inside(left, right) => {
                left.compare(GreaterOrEqual, value) && right.compare(LessOrEqual, value)
            }
            Term::Outside(left, right) => {
                left.compare(Less, value) || right.compare(Greater, value)
            }
        }
    }
}

impl Comparison {
    /// Whether two things that stand in `order` compare as asked.
    pub(crate) fn holds(self, order: Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
        }
    }

    /// [`Comparison::holds`] for doubles; what is not a number is only different.
    pub(crate) fn holds_between(self, left: f64, right: f64) -> bool {
        left.partial_cmp(&right)
            .map_or(self == Comparison::NotEqual, |order| self.holds(order))
    }
}

impl<'a> Operand<'a> {
    fn read(text: &'a str) -> Self {
        Operand {
            text: Glob::Borrowed(text),
            duration: Duration::parse(text).ok(),
            quantity: Quantity::parse(text).ok(),
        }
    }

    fn into_prepared(self) -> Operand<'static> {
        let Operand {
            text,
            duration,
            quantity,
        } = self;
        Operand {
            text: Glob::Prepared(match text {
                Glob::Borrowed(text) => Wildcard::new(text),
                Glob::Prepared(ready) => ready,
            }),
            duration,
            quantity,
        }
    }

    /// As durations where both sides are one, else as quantities, else as texts.
    fn compare(&self, comparison: Comparison, value: Value<'_>) -> bool {
        if let (Some(wanted), Some(found)) = (self.duration, as_duration(value)) {
            return comparison.holds(found.cmp(&wanted));
        }
        if let Some(wanted) = &self.quantity
            && let Some(found) = as_quantity(value)
        {
            return comparison.holds(found.cmp(wanted));
        }
        match comparison {
            Comparison::Equal => self.fits_text(value) == Some(true),
            Comparison::NotEqual => self.fits_text(value) == Some(false),
            _ => false,
        }
    }

    /// Whether the wildcard text covers the value's text; `None` for a value without text.
    fn fits_text(&self, value: Value<'_>) -> Option<bool> {
        let printed: Buffer<32>;
        let text = match value {
            Value::Str(text) => text,
            Value::Bool(true) => "true",
            Value::Bool(false) => "false",
            Value::Int(number) => {
                printed = Buffer::print(number);
                printed.as_str()
            }
            Value::Float(number) => {
                printed = Buffer::print(Scientific(number));
                printed.as_str()
            }
            Value::Null | Value::List(_) | Value::Map(_) => return None,
        };
        Some(match &self.text {
            Glob::Borrowed(pattern) => wildcard::matches(pattern, text),
            Glob::Prepared(pattern) => pattern.matches(text),
        })
    }
}

/// A value as a duration. Missing counts as none at all; a double prints with decimals and
/// without a unit, so it never is one, not even zero.
fn as_duration(value: Value<'_>) -> Option<Duration> {
    match value {
        Value::Null | Value::Int(0) => Some(Duration::ZERO),
        Value::Str(text) => Duration::parse(text).ok(),
        _ => None,
    }
}

/// A value as a quantity; missing counts as zero.
fn as_quantity(value: Value<'_>) -> Option<Quantity> {
    match value {
        Value::Null => Some(Quantity::from_i64(0, Format::DecimalSi)),
        Value::Int(number) => Some(Quantity::from_i64(number, Format::DecimalSi)),
        Value::Float(number) => Quantity::from_fixed(number),
        Value::Str(text) => Quantity::parse(text).ok(),
        Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
    }
}
