//! What arithmetic takes: numbers, quantities and durations, and how a text becomes one of them.
//!
//! A text is a quantity if it reads as one, else a duration: `30m` is thirty thousandths, never
//! half an hour, and `12` is a quantity, not a number.

use std::fmt::Display;

use super::{Arg, Args};
use crate::jmespath::Fault;
use crate::scalar::duration::Duration;
use crate::scalar::quantity::Quantity;
use crate::value::Value;

/// One operand.
pub(super) enum Operand {
    Number(f64),
    Quantity(Quantity),
    Duration(Duration),
}

impl Operand {
    fn read(value: Value<'_>) -> Option<Operand> {
        match value {
            Value::Float(number) => Some(Operand::Number(number)),
            Value::Str(text) => Quantity::parse(text)
                .map(Operand::Quantity)
                .or_else(|_| Duration::parse(text).map(Operand::Duration))
                .ok(),
            _ => None,
        }
    }
}

/// The errors of one function, under its name.
#[derive(Clone, Copy)]
pub(super) struct Errors(pub(super) &'static str);

impl Errors {
    pub(super) fn say<'v>(self, what: impl Display) -> Fault<'v> {
        Fault::invalid(format_args!("JMESPath function '{}': {what}", self.0))
    }

    pub(super) fn invalid_operand<'v>(self) -> Fault<'v> {
        self.say("invalid operand")
    }

    pub(super) fn mismatch<'v>(self) -> Fault<'v> {
        self.say("Types mismatch")
    }

    pub(super) fn zero_divisor<'v>(self) -> Fault<'v> {
        self.say("Zero divisor passed")
    }

    /// Arithmetic gave up: the result has too many digits to be kept, or a factor is no number.
    pub(super) fn out_of_range<'v>(self) -> Fault<'v> {
        self.say("the result is out of range")
    }
}

/// Both operands of a call.
pub(super) fn operands<'v>(
    args: Args<'_, 'v>,
    errors: Errors,
) -> Result<(Operand, Operand), Fault<'v>> {
    if let (Arg::Value(_), Arg::Value(_)) = (args.arg(0), args.arg(1)) {
        return pair(args.value(0), args.value(1), errors);
    }
    Err(errors.invalid_operand())
}

/// Two values as operands.
pub(super) fn pair<'v>(
    left: Value<'_>,
    right: Value<'_>,
    errors: Errors,
) -> Result<(Operand, Operand), Fault<'v>> {
    let left = Operand::read(left).ok_or_else(|| errors.invalid_operand())?;
    let right = Operand::read(right).ok_or_else(|| errors.invalid_operand())?;
    Ok((left, right))
}

/// A quantity or a duration as the text that it prints as.
pub(super) fn printed<'v>(args: Args<'_, 'v>, value: impl Display) -> Value<'v> {
    Value::Str(bumpalo::format!(in args.env.bump(), "{}", value).into_bump_str())
}
