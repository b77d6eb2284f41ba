//! `time_add(time, duration)`

use super::function::{fails, gives, param};
use super::operand::printed;
use super::{Function, Type};

pub(super) static TIME_ADD: Function = Function {
    name: "time_add",
    about: "The time that is a duration later, told in the same offset from UTC.",
    params: &[
        param("time", &[Type::String], "In RFC 3339."),
        param("duration", &[Type::String], "Such as `1h30m`; `-1h` is earlier. There are no days."),
    ],
    returns: &[Type::String],
    examples: &[
        gives("time_add('2021-01-02T15:04:05-07:00', '3h')", r#""2021-01-02T18:04:05-07:00""#),
        gives("time_add('2024-02-28T23:00:00Z', '1h')", r#""2024-02-29T00:00:00Z""#),
        gives("time_add('2021-01-02T15:04:05Z', '-5s')", r#""2021-01-02T15:04:00Z""#),
        fails("time_add('2021-01-02T15:04:05Z', '1d')", r#"time: unknown unit "d" in duration "1d""#),
    ],
    call: |args| {
        let time = args.time(0)?;
        Ok(printed(args, time.add(args.duration(1)?)))
    },
    ..Function::PLAIN
};
