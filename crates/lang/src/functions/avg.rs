//! `avg(numbers)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static AVG: Function = Function {
    name: "avg",
    about: "The sum of the numbers, divided by how many there are.",
    params: &[param("numbers", &[Type::ArrayNumber], "The numbers.")],
    returns: &[Type::Number],
    note: "Of an empty list it is no number at all (NaN), which cannot be printed as JSON.",
    examples: &[
        gives("avg(`[1, 2, 4, 5]`)", "3"),
        gives("avg(`[1, 2]`)", "1.5"),
        gives("avg(`[]`) == avg(`[]`)", "false"),
        fails("avg(`[\"1\"]`)", r#"Invalid type for: [1], expected: []jmespath.JpType{"array[number]"}"#),
    ],
    call: |args| {
        let numbers = args.list(0);
        args.env.spend(numbers.len())?;
        let sum: f64 = numbers.iter().filter_map(Value::as_f64).fold(0.0, |sum, n| sum + n);
        Ok(Value::Float(sum / numbers.len() as f64))
    },
    ..Function::PLAIN
};
