//! Conditions over values: preconditions, `deny`, exceptions, clean-up.

use schemars::JsonSchema;

use crate::crds::shared::Any;

/// Conditions of which some must hold and all others must.
#[derive(JsonSchema)]
pub(super) struct AnyAllConditions {
    /// One of these must be true, at least.
    any: Option<Vec<Condition>>,
    /// Every one of these must be true.
    all: Option<Vec<Condition>>,
}

/// A comparison of two values, true or false.
#[derive(JsonSchema)]
pub(super) struct Condition {
    /// The value on the left; it may hold variables.
    key: Option<Any>,
    /// How the two are compared.
    operator: Option<Operator>,
    /// The value on the right, or a list of such; it may hold variables.
    value: Option<Any>,
    /// What to say when the condition is false.
    message: Option<String>,
}

#[derive(JsonSchema)]
pub(super) enum Operator {
    Equals,
    NotEquals,
    In,
    AnyIn,
    AllIn,
    NotIn,
    AnyNotIn,
    AllNotIn,
    GreaterThanOrEquals,
    GreaterThan,
    LessThanOrEquals,
    LessThan,
    DurationGreaterThanOrEquals,
    DurationGreaterThan,
    DurationLessThanOrEquals,
    DurationLessThan,
}
