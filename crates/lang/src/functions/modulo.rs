//! `modulo(a, b)`

use super::function::{fails, gives, param};
use super::operand::{Errors, Operand, operands, printed};
use super::{Function, Type};
use crate::scalar::quantity::ModuloError;
use crate::value::Value;

pub(super) static MODULO: Function = Function {
    name: "modulo",
    about: "What is left after taking `b` from `a` as often as it fits; with the sign of `a`.",
    params: &[
        param("a", &[Type::Any], "A whole number, a whole quantity or a duration."),
        param("b", &[Type::Any], "Another of the same kind."),
    ],
    returns: &[Type::Any],
    note: "A text is a quantity if it reads as one, else a duration.",
    examples: &[
        gives("modulo(`7`, `3`)", "1"),
        gives("modulo('12Ki', '5Ki')", r#""2Ki""#),
        gives("modulo('13s', '2s')", r#""1s""#),
        fails("modulo(`1.5`, `1`)", "JMESPath function 'modulo': Non-integer argument(s) passed for modulo"),
        fails("modulo(`1`, `0`)", "JMESPath function 'modulo': Zero divisor passed"),
    ],
    call: |args| {
        let errors = Errors("modulo");
        let not_whole = || errors.say("Non-integer argument(s) passed for modulo");
        match operands(args, errors)? {
            (Operand::Number(a), Operand::Number(b)) => {
                let a = whole(a).ok_or_else(not_whole)?;
                let b = whole(b).ok_or_else(not_whole)?;
                if b == 0 {
                    return Err(errors.zero_divisor());
                }
                Ok(Value::Float(a.wrapping_rem(b) as f64))
            }
            (Operand::Quantity(a), Operand::Quantity(b)) => match a.modulo(&b) {
                Ok(rest) => Ok(printed(args, rest)),
                Err(ModuloError::ZeroDivisor) => Err(errors.zero_divisor()),
                Err(_) => Err(not_whole()),
            },
            (Operand::Duration(a), Operand::Duration(b)) => {
                let rest = a.checked_rem(b).ok_or_else(|| errors.zero_divisor())?;
                Ok(printed(args, rest))
            }
            _ => Err(errors.mismatch()),
        }
    },
    ..Function::PLAIN
};

/// The number as an integer of 64 bits, if it is one.
fn whole(number: f64) -> Option<i64> {
    let integer = number as i64;
    (integer as f64 == number).then_some(integer)
}
