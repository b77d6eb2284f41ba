//! `round(number, decimals)`

use super::function::{fails, gives, param};
use super::operand::Errors;
use super::{Function, Type};
use crate::value::Value;

pub(super) static ROUND: Function = Function {
    name: "round",
    about: "The number with that many decimals, a half rounded away from zero.",
    params: &[
        param("number", &[Type::Number], "Any number."),
        param("decimals", &[Type::Number], "How many decimals: a whole number, zero at least."),
    ],
    returns: &[Type::Number],
    examples: &[
        gives("round(`9.414675`, `2`)", "9.41"),
        gives("round(`2.5`, `0`)", "3"),
        gives("round(`-2.5`, `0`)", "-3"),
        fails(
            "round(`1.5`, `0.5`)",
            "JMESPath function 'round': Non-integer argument(s) passed for round off",
        ),
        fails(
            "round(`15`, `-1`)",
            "JMESPath function 'round': %!d(MISSING) argument is out of bounds (%!d(MISSING))",
        ),
    ],
    call: |args| {
        let (number, decimals) = (args.number(0), args.number(1));
        if decimals.trunc() != decimals {
            return Err(Errors("round").say("Non-integer argument(s) passed for round off"));
        }
        if decimals < 0.0 {
            // The reference's own text, in which two numbers are missing.
            let text = "%!d(MISSING) argument is out of bounds (%!d(MISSING))";
            return Err(Errors("round").say(text));
        }
        let shift = 10f64.powf(decimals);
        Ok(Value::Float((number * shift).round() / shift))
    },
    ..Function::PLAIN
};
