//! Conditions: sides asked or constant, then compared.

use portcullis_lang::jmespath::{Env, Fault};
use portcullis_lang::operator::{self, Operand};
use portcullis_lang::template::Template;
use portcullis_lang::value::Value;

use crate::ir::{Ask, Condition, Conditions, Side};

/// Why a condition has no truth value here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Trouble {
    /// The reference evaluator makes an error of it.
    Refused,
    /// Only the reference evaluator can tell.
    Unsure,
}

pub(super) type Truth = Result<bool, Trouble>;

/// The answer to an expression that stands in a document: a list or map in which there are variables
/// again is not for us.
pub(super) fn answer<'v>(
    ask: &'v Ask,
    deletes: bool,
    root: Value<'v>,
    env: &Env<'v>,
) -> Result<Value<'v>, Trouble> {
    match ask.query(deletes).ask(root, env) {
        Ok(made @ (Value::List(_) | Value::Map(_))) if !Template::scan(made).is_constant() => {
            Err(Trouble::Unsure)
        }
        Ok(value) => Ok(value),
        Err(Fault::NotFound(_) | Fault::Invalid(_)) => Err(Trouble::Refused),
        Err(_) => Err(Trouble::Unsure),
    }
}

/// One condition whose expressions were asked: `key` and `value` where these are no constants.
pub(super) fn compare(condition: &Condition, key: Value<'_>, value: Value<'_>) -> bool {
    let Some(operator) = condition.operator else {
        return false;
    };
    let key = match &condition.key {
        Side::Constant(constant) => constant.value(),
        Side::Ask(_) => key,
    };
    match &condition.value {
        Side::Constant(constant) => operator::evaluate(operator, key, constant),
        Side::Ask(_) => operator::evaluate(operator, key, Operand::from(value)),
    }
}

/// A block, as the reference evaluator goes through it: a condition that is not reached is not asked.
pub(super) fn block<'c, C>(
    any: Option<&'c [C]>,
    all: &'c [C],
    mut holds: impl FnMut(&'c C) -> Truth,
) -> Truth {
    let mut any_holds = true;
    if let Some(any) = any {
        any_holds = false;
        for condition in any {
            if holds(condition)? {
                any_holds = true;
                break;
            }
        }
    }
    for condition in all {
        if !holds(condition)? {
            return Ok(false);
        }
    }
    Ok(any_holds)
}

/// A block over variables of its own.
pub(super) fn conditions<'v>(
    conditions: &'v Conditions,
    deletes: bool,
    root: Value<'v>,
    env: &Env<'v>,
) -> Truth {
    let side = |side: &'v Side| match side {
        Side::Constant(_) => Ok(Value::Null),
        Side::Ask(ask) => answer(ask, deletes, root, env),
    };
    block(conditions.any.as_deref(), &conditions.all, |condition| {
        let (key, value) = (side(&condition.key)?, side(&condition.value)?);
        Ok(compare(condition, key, value))
    })
}
