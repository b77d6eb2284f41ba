//! `multiply(a, b)`

use super::function::{fails, gives, param};
use super::operand::{Errors, Operand, operands, printed};
use super::{Function, Type};
use crate::scalar::duration::Duration;
use crate::value::Value;

pub(super) static MULTIPLY: Function = Function {
    name: "multiply",
    about: "The product of two numbers, or of a quantity or a duration and a number.",
    params: &[
        param("a", &[Type::Any], "A number, a quantity or a duration."),
        param("b", &[Type::Any], "A number, or anything if `a` is one."),
    ],
    returns: &[Type::Any],
    note: "A text is a quantity if it reads as one, else a duration.",
    examples: &[
        gives("multiply(`3`, `2`)", "6"),
        gives("multiply('12Ki', `2`)", r#""24Ki""#),
        gives("multiply(`2.5`, '40s')", r#""1m40s""#),
        fails("multiply('2', '3')", "JMESPath function 'multiply': Types mismatch"),
        fails("multiply(`true`, `2`)", "JMESPath function 'multiply': invalid operand"),
    ],
    call: |args| {
        let errors = Errors("multiply");
        match operands(args, errors)? {
            (Operand::Number(a), Operand::Number(b)) => Ok(Value::Float(a * b)),
            (Operand::Quantity(quantity), Operand::Number(times))
            | (Operand::Number(times), Operand::Quantity(quantity)) => {
                let product = quantity.mul_number(times);
                Ok(printed(args, product.ok_or_else(|| errors.out_of_range())?))
            }
            (Operand::Duration(duration), Operand::Number(times))
            | (Operand::Number(times), Operand::Duration(duration)) => Ok(printed(
                args,
                Duration::from_seconds(duration.seconds() * times),
            )),
            _ => Err(errors.mismatch()),
        }
    },
    ..Function::PLAIN
};
