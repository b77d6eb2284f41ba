//! `add(a, b)`

use super::function::{fails, gives, param};
use super::operand::{Errors, Operand, operands, pair, printed};
use super::{Args, Function, Type};
use crate::jmespath::Fault;
use crate::value::Value;

pub(super) static ADD: Function = Function {
    name: "add",
    about: "The sum of two numbers, two quantities or two durations.",
    params: &[
        param("a", &[Type::Any], "A number, a quantity or a duration."),
        param("b", &[Type::Any], "Another of the same kind."),
    ],
    returns: &[Type::Any],
    note: "A text is a quantity if it reads as one, else a duration: `'30m'` is 30 thousandths. A quantity \
           prints in the notation of `a`.",
    examples: &[
        gives("add(`1`, `2.5`)", "3.5"),
        gives("add('12Ki', '13')", r#""12301""#),
        gives("add('12s', '13s')", r#""25s""#),
        gives("add('1Gi', '512Mi')", r#""1536Mi""#),
        fails("add('1', `1`)", "JMESPath function 'add': Types mismatch"),
        fails("add('one', `1`)", "JMESPath function 'add': invalid operand"),
    ],
    call: |args| {
        let errors = Errors("add");
        add(args, operands(args, errors)?, errors)
    },
    ..Function::PLAIN
};

/// The sum of two values, under the name of the function that wants it.
pub(super) fn add_values<'v>(
    args: Args<'_, 'v>,
    a: Value<'v>,
    b: Value<'v>,
    errors: Errors,
) -> Result<Value<'v>, Fault<'v>> {
    add(args, pair(a, b, errors)?, errors)
}

fn add<'v>(
    args: Args<'_, 'v>,
    operands: (Operand, Operand),
    errors: Errors,
) -> Result<Value<'v>, Fault<'v>> {
    match operands {
        (Operand::Number(a), Operand::Number(b)) => Ok(Value::Float(a + b)),
        (Operand::Quantity(a), Operand::Quantity(b)) => {
            let sum = a.add(&b).ok_or_else(|| errors.out_of_range())?;
            Ok(printed(args, sum))
        }
        (Operand::Duration(a), Operand::Duration(b)) => Ok(printed(args, a.wrapping_add(b))),
        _ => Err(errors.mismatch()),
    }
}
