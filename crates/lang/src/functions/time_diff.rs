//! `time_diff(start, end)`

use super::function::{fails, gives, param};
use super::operand::printed;
use super::{Function, Type};

pub(super) static TIME_DIFF: Function = Function {
    name: "time_diff",
    about: "The duration from a time to another; negative if the other is earlier.",
    params: &[
        param("start", &[Type::String], "In RFC 3339."),
        param("end", &[Type::String], "In RFC 3339."),
    ],
    returns: &[Type::String],
    note: "At most about 292 years either way.",
    examples: &[
        gives("time_diff('2021-01-02T15:04:05Z', '2021-01-02T16:04:05Z')", r#""1h0m0s""#),
        gives("time_diff('2021-01-02T15:04:05Z', '2021-01-02T15:04:04.5Z')", r#""-500ms""#),
        gives("time_diff('2021-01-02T15:00:00Z', '2021-01-02T16:00:00+01:00')", r#""0s""#),
        fails(
            "time_diff('', '2021-01-02T15:04:05Z')",
            r#"parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006""#,
        ),
    ],
    call: |args| {
        let (start, end) = (args.time(0)?, args.time(1)?);
        Ok(printed(args, end.since(&start)))
    },
    ..Function::PLAIN
};
