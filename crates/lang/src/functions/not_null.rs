//! `not_null(value, ...)`

use super::function::{fails, gives, variadic};
use super::{Function, Type};

pub(super) static NOT_NULL: Function = Function {
    name: "not_null",
    about: "The first value that is neither `null` nor missing; `null` if all are.",
    params: &[variadic("values", &[Type::Any], "At least one value.")],
    returns: &[Type::Any],
    note: "Unlike with `||`, `false` and what is empty are values too.",
    examples: &[
        gives("not_null(missing, 'x')", r#""x""#),
        gives("not_null(`false`, 'x')", "false"),
        gives("not_null('', 'x')", r#""""#),
        gives("not_null(missing)", "null"),
        fails("not_null()", "Invalid arity."),
    ],
    call: |args| Ok(args.values().find(|value| !value.is_null()).unwrap_or_default()),
    ..Function::PLAIN
};
