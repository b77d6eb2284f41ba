//! `sum(list)`

use super::add::add_values;
use super::function::{fails, gives, param};
use super::operand::Errors;
use super::{Function, Type};

pub(super) static SUM: Function = Function {
    name: "sum",
    about: "The sum of a list of numbers, of quantities or of durations, as `add` adds them.",
    params: &[param("list", &[Type::Array], "At least one item, all of one kind.")],
    returns: &[Type::Any],
    note: "A single item is returned as it is, whatever it is.",
    examples: &[
        gives("sum(`[1, 2, 3]`)", "6"),
        gives("sum(`[\"1Gi\", \"512Mi\"]`)", r#""1536Mi""#),
        gives("sum(`[\"x\"]`)", r#""x""#),
        fails("sum(`[\"1h\", \"30m\"]`)", "JMESPath function 'sum': Types mismatch"),
        fails("sum(`[]`)", "JMESPath function 'sum': at least one element in the array is required"),
    ],
    call: |args| {
        let errors = Errors("sum");
        let mut items = args.list(0).iter();
        let first = items
            .next()
            .ok_or_else(|| errors.say("at least one element in the array is required"))?;
        items.try_fold(first, |sum, item| {
            args.env.spend(1)?;
            add_values(args, sum, item, errors)
        })
    },
    ..Function::PLAIN
};
