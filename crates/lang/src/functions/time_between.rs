//! `time_between(time, start, end)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static TIME_BETWEEN: Function = Function {
    name: "time_between",
    about: "Whether a time is later than a start and earlier than an end.",
    params: &[
        param("time", &[Type::String], "In RFC 3339."),
        param("start", &[Type::String], "In RFC 3339; does not belong to what is between."),
        param("end", &[Type::String], "In RFC 3339; does not belong either."),
    ],
    returns: &[Type::Bool],
    examples: &[
        gives(
            "time_between('2021-01-02T00:00:00Z', '2021-01-01T00:00:00Z', '2021-01-03T00:00:00Z')",
            "true",
        ),
        gives(
            "time_between('2021-01-01T00:00:00Z', '2021-01-01T00:00:00Z', '2021-01-03T00:00:00Z')",
            "false",
        ),
        gives(
            "time_between('2021-01-02T00:00:00Z', '2021-01-03T00:00:00Z', '2021-01-01T00:00:00Z')",
            "false",
        ),
        fails(
            "time_between('2021-02-30T00:00:00Z', '2021-01-01T00:00:00Z', '2021-01-03T00:00:00Z')",
            r#"parsing time "2021-02-30T00:00:00Z": day out of range"#,
        ),
    ],
    call: |args| {
        let (time, start, end) = (args.time(0)?, args.time(1)?, args.time(2)?);
        Ok(Value::Bool(time > start && time < end))
    },
    ..Function::PLAIN
};
