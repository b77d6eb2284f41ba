//! Condition operators: `{key, operator, value}` once both sides are plain values.
//!
//! Comes in:  an operator's name; a key and a value, variables resolved already.
//! Goes out:  whether the condition holds. Nothing here fails: what cannot be compared is
//!            false, and true for `NotEquals`.
//! Never here: variables, `any` and `all` blocks, messages.
//!
//! | family     | file         | operators                                     |
//! |------------|--------------|-----------------------------------------------|
//! | equality   | `equals`     | Equals, NotEquals                             |
//! | membership | `membership` | AnyIn, AllIn, AnyNotIn, AllNotIn              |
//! | old sets   | `subset`     | In, NotIn (deprecated)                        |
//! | order      | `ordering`   | GreaterThan, GreaterThanOrEquals, LessThan, … |
//! | durations  | `duration`   | DurationGreaterThan, … (deprecated)           |
//!
//! The value side is an [`Operand`]: a plain [`Value`], read each time, or a [`Constant`],
//! read once. The same code answers for both.

mod duration;
mod equals;
mod json_texts;
mod membership;
mod operand;
mod ordering;
mod subset;
mod text;

pub use operand::{Constant, Operand, written};

use crate::pattern::Comparison;
use crate::value::Value;
use membership::{Membership, Quantifier};

/// A condition operator.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Operator {
    /// `Equals`, or its older name `Equal`.
    Equals,
    /// `NotEquals`, or its older name `NotEqual`.
    NotEquals,
    /// Deprecated: the key, or all of its elements, are among the values.
    In,
    /// Some element of the key is among the values.
    AnyIn,
    /// All elements of the key are among the values.
    AllIn,
    /// Deprecated: the key, or some element of it, is not among the values.
    NotIn,
    /// Some element of the key is not among the values.
    AnyNotIn,
    /// No element of the key is among the values.
    AllNotIn,
    /// Numbers, quantities, durations, versions.
    GreaterThan,
    /// Numbers, quantities, durations, versions.
    GreaterThanOrEquals,
    /// Numbers, quantities, durations, versions.
    LessThan,
    /// Numbers, quantities, durations, versions.
    LessThanOrEquals,
    /// Deprecated: durations and seconds only.
    DurationGreaterThan,
    /// Deprecated: durations and seconds only.
    DurationGreaterThanOrEquals,
    /// Deprecated: durations and seconds only.
    DurationLessThan,
    /// Deprecated: durations and seconds only.
    DurationLessThanOrEquals,
}

impl Operator {
    /// Every operator.
    pub const ALL: [Operator; 16] = [
        Operator::Equals,
        Operator::NotEquals,
        Operator::In,
        Operator::AnyIn,
        Operator::AllIn,
        Operator::NotIn,
        Operator::AnyNotIn,
        Operator::AllNotIn,
        Operator::GreaterThan,
        Operator::GreaterThanOrEquals,
        Operator::LessThan,
        Operator::LessThanOrEquals,
        Operator::DurationGreaterThan,
        Operator::DurationGreaterThanOrEquals,
        Operator::DurationLessThan,
        Operator::DurationLessThanOrEquals,
    ];

    /// The name as policies spell it.
    pub fn name(self) -> &'static str {
        match self {
            Operator::Equals => "Equals",
            Operator::NotEquals => "NotEquals",
            Operator::In => "In",
            Operator::AnyIn => "AnyIn",
            Operator::AllIn => "AllIn",
            Operator::NotIn => "NotIn",
            Operator::AnyNotIn => "AnyNotIn",
            Operator::AllNotIn => "AllNotIn",
            Operator::GreaterThan => "GreaterThan",
            Operator::GreaterThanOrEquals => "GreaterThanOrEquals",
            Operator::LessThan => "LessThan",
            Operator::LessThanOrEquals => "LessThanOrEquals",
            Operator::DurationGreaterThan => "DurationGreaterThan",
            Operator::DurationGreaterThanOrEquals => "DurationGreaterThanOrEquals",
            Operator::DurationLessThan => "DurationLessThan",
            Operator::DurationLessThanOrEquals => "DurationLessThanOrEquals",
        }
    }

    /// The operator of that exact name; what the check of a policy accepts.
    pub fn parse(name: &str) -> Option<Operator> {
        match name {
            "Equal" => Some(Operator::Equals),
            "NotEqual" => Some(Operator::NotEquals),
            _ => Operator::ALL.into_iter().find(|known| known.name() == name),
        }
    }

    /// The operator that evaluation finds under a name in any case.
    ///
    /// Comparisons of order are found only under their exact names: in another spelling, as
    /// under an unknown name, a condition never holds, which is what `None` says.
    pub fn parse_lenient(name: &str) -> Option<Operator> {
        Operator::parse(name).or_else(|| {
            let olds = [
                ("Equal", Operator::Equals),
                ("NotEqual", Operator::NotEquals),
            ];
            let names = Operator::ALL.map(|known| (known.name(), known));
            let mut names = names.into_iter().chain(olds);
            let (_, found) = names.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
            found.order().is_none().then_some(found)
        })
    }

    /// Whether policies are advised to use another one.
    pub fn is_deprecated(self) -> bool {
        matches!(self, Operator::In | Operator::NotIn) || self.name().starts_with("Duration")
    }

    /// What a comparison of order asks for.
    fn order(self) -> Option<Comparison> {
        match self {
            Operator::GreaterThan | Operator::DurationGreaterThan => Some(Comparison::Greater),
            Operator::LessThan | Operator::DurationLessThan => Some(Comparison::Less),
            Operator::GreaterThanOrEquals | Operator::DurationGreaterThanOrEquals => {
                Some(Comparison::GreaterOrEqual)
            }
            Operator::LessThanOrEquals | Operator::DurationLessThanOrEquals => {
                Some(Comparison::LessOrEqual)
            }
            _ => None,
        }
    }
}

/// Whether `key operator value` holds. A key that is `null` makes every operator false.
///
/// Both sides are read as they are given: see [`written`] for numbers that a policy spells
/// out. Scalars are compared in place; set operators try every pair of elements, and print
/// the elements that are lists or maps.
pub fn evaluate<'a>(operator: Operator, key: Value<'_>, value: impl Into<Operand<'a>>) -> bool {
    let value = value.into();
    let members = |quantifier, inside| Membership { quantifier, inside }.holds(key, value);
    match operator {
        _ if key.is_null() => false,
        Operator::Equals => equals::equals(key, value),
        Operator::NotEquals => !equals::equals(key, value),
        Operator::In => subset::all_in(key, value),
        Operator::NotIn => subset::some_out(key, value),
        Operator::AnyIn => members(Quantifier::Any, true),
        Operator::AllIn => members(Quantifier::All, true),
        Operator::AnyNotIn => members(Quantifier::Any, false),
        Operator::AllNotIn => members(Quantifier::All, false),
        Operator::GreaterThan
        | Operator::GreaterThanOrEquals
        | Operator::LessThan
        | Operator::LessThanOrEquals => operator
            .order()
            .is_some_and(|order| ordering::holds(order, key, value)),
        Operator::DurationGreaterThan
        | Operator::DurationGreaterThanOrEquals
        | Operator::DurationLessThan
        | Operator::DurationLessThanOrEquals => operator
            .order()
            .is_some_and(|order| duration::holds(order, key, value)),
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
