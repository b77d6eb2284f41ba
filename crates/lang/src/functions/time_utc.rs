//! `time_utc(time)`

use super::function::{fails, gives, param};
use super::operand::printed;
use super::{Function, Type};

pub(super) static TIME_UTC: Function = Function {
    name: "time_utc",
    about: "The same instant, told in UTC.",
    params: &[param("time", &[Type::String], "In RFC 3339.")],
    returns: &[Type::String],
    examples: &[
        gives("time_utc('2021-01-02T15:04:05-07:00')", r#""2021-01-02T22:04:05Z""#),
        gives("time_utc('2023-01-01T00:00:00+02:00')", r#""2022-12-31T22:00:00Z""#),
        gives("time_utc('2023-01-01T00:00:00.9Z')", r#""2023-01-01T00:00:00Z""#),
        fails(
            "time_utc('2023-01-01 00:00:00Z')",
            r#"parsing time "2023-01-01 00:00:00Z" as "2006-01-02T15:04:05Z07:00": cannot parse " 00:00:00Z" as "T""#,
        ),
    ],
    call: |args| Ok(printed(args, args.time(0)?.to_utc())),
    ..Function::PLAIN
};
