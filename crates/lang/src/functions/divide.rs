//! `divide(a, b)`

use super::function::{fails, gives, param};
use super::operand::{Errors, Operand, operands, printed};
use super::{Function, Type};
use crate::scalar::duration::Duration;
use crate::value::Value;

pub(super) static DIVIDE: Function = Function {
    name: "divide",
    about: "How often `b` is in `a`, for two of one kind; or a quantity or a duration, cut into equal parts.",
    params: &[
        param("a", &[Type::Any], "A number, a quantity or a duration."),
        param("b", &[Type::Any], "Another of the same kind, or a number."),
    ],
    returns: &[Type::Any],
    note: "A quantity divided by a number is rounded toward zero, to the decimals that the two have. `'8'` is \
           a quantity: `divide('8', `3`)` is `\"2\"`.",
    examples: &[
        gives("divide('12s', '5s')", "2.4"),
        gives("divide('12Ki', `3`)", r#""4Ki""#),
        gives("divide('1h', `4`)", r#""15m0s""#),
        gives("divide('8', `3`)", r#""2""#),
        fails("divide(`1`, `0`)", "JMESPath function 'divide': Zero divisor passed"),
        fails("divide(`3`, '1Gi')", "JMESPath function 'divide': Types mismatch"),
    ],
    call: |args| {
        let errors = Errors("divide");
        match operands(args, errors)? {
            (Operand::Quantity(a), Operand::Quantity(b)) => {
                let quotient = a.div(&b).ok_or_else(|| errors.zero_divisor())?;
                Ok(Value::Float(quotient))
            }
            (Operand::Duration(_), Operand::Duration(Duration::ZERO))
            | (_, Operand::Number(0.0)) => Err(errors.zero_divisor()),
            (Operand::Number(a), Operand::Number(b)) => Ok(Value::Float(a / b)),
            (Operand::Quantity(a), Operand::Number(b)) => {
                let quotient = a.div_number(b).ok_or_else(|| errors.out_of_range())?;
                Ok(printed(args, quotient))
            }
            (Operand::Duration(a), Operand::Duration(b)) => {
                Ok(Value::Float(a.seconds() / b.seconds()))
            }
            (Operand::Duration(a), Operand::Number(b)) => {
                Ok(printed(args, Duration::from_seconds(a.seconds() / b)))
            }
            _ => Err(errors.mismatch()),
        }
    },
    ..Function::PLAIN
};
