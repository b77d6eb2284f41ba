//! `time_after(a, b)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static TIME_AFTER: Function = Function {
    name: "time_after",
    about: "Whether a time is later than another.",
    params: &[
        param("a", &[Type::String], "In RFC 3339."),
        param("b", &[Type::String], "In RFC 3339; the offsets may differ."),
    ],
    returns: &[Type::Bool],
    examples: &[
        gives("time_after('2021-01-02T15:04:05Z', '2021-01-02T15:04:04Z')", "true"),
        gives("time_after('2021-01-02T15:04:05Z', '2021-01-02T15:04:05Z')", "false"),
        gives("time_after('2021-01-02T15:00:00Z', '2021-01-02T15:30:00+01:00')", "true"),
        fails(
            "time_after('2021-01-02', '2021-01-02T15:04:05Z')",
            r#"parsing time "2021-01-02" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T""#,
        ),
    ],
    call: |args| Ok(Value::Bool(args.time(0)? > args.time(1)?)),
    ..Function::PLAIN
};
