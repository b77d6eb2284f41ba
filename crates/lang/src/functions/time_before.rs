//! `time_before(a, b)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static TIME_BEFORE: Function = Function {
    name: "time_before",
    about: "Whether a time is earlier than another.",
    params: &[
        param("a", &[Type::String], "In RFC 3339."),
        param("b", &[Type::String], "In RFC 3339; the offsets may differ."),
    ],
    returns: &[Type::Bool],
    examples: &[
        gives("time_before('2021-01-02T15:04:04Z', '2021-01-02T15:04:05Z')", "true"),
        gives("time_before('2021-01-02T15:04:05Z', '2021-01-02T15:04:05Z')", "false"),
        gives("time_before(time_now_utc(), '2000-01-01T00:00:00Z')", "false"),
        fails(
            "time_before('x', '2021-01-02T15:04:05Z')",
            r#"parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006""#,
        ),
    ],
    call: |args| Ok(Value::Bool(args.time(0)? < args.time(1)?)),
    ..Function::PLAIN
};
