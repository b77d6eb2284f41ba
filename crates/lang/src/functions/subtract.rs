//! `subtract(a, b)`

use super::function::{fails, gives, param};
use super::operand::{Errors, Operand, operands, printed};
use super::{Function, Type};
use crate::value::Value;

pub(super) static SUBTRACT: Function = Function {
    name: "subtract",
    about: "The difference of two numbers, two quantities or two durations.",
    params: &[
        param("a", &[Type::Any], "A number, a quantity or a duration."),
        param("b", &[Type::Any], "What to take away, of the same kind."),
    ],
    returns: &[Type::Any],
    note: "A text is a quantity if it reads as one, else a duration. A quantity prints in the notation of `a`.",
    examples: &[
        gives("subtract(`3`, `1`)", "2"),
        gives("subtract('12Ki', '13Ki')", r#""-1Ki""#),
        gives("subtract('1h', '15m0s')", r#""45m0s""#),
        fails("subtract('1h', `1`)", "JMESPath function 'subtract': Types mismatch"),
        fails("subtract(`null`, `1`)", "JMESPath function 'subtract': invalid operand"),
    ],
    call: |args| {
        let errors = Errors("subtract");
        match operands(args, errors)? {
            (Operand::Number(a), Operand::Number(b)) => Ok(Value::Float(a - b)),
            (Operand::Quantity(a), Operand::Quantity(b)) => {
                let difference = a.sub(&b).ok_or_else(|| errors.out_of_range())?;
                Ok(printed(args, difference))
            }
            (Operand::Duration(a), Operand::Duration(b)) => Ok(printed(args, a.wrapping_sub(b))),
            _ => Err(errors.mismatch()),
        }
    },
    ..Function::PLAIN
};
