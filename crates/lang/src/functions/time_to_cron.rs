//! `time_to_cron(time)`

use super::function::{fails, gives, param};
use super::operand::printed;
use super::{Function, Type};

pub(super) static TIME_TO_CRON: Function = Function {
    name: "time_to_cron",
    about: "The line of a crontab that names the minute of a time: minute, hour, day, month, weekday.",
    params: &[param("time", &[Type::String], "In RFC 3339. Its offset from UTC is dropped.")],
    returns: &[Type::String],
    note: "Sunday is 0. A crontab has no years, and both day and weekday must fit: use it for a schedule that \
           fires once and is deleted then.",
    examples: &[
        gives("time_to_cron('2022-04-11T03:14:05-07:00')", r#""14 3 11 4 1""#),
        gives("time_to_cron('2023-01-01T00:00:00Z')", r#""0 0 1 1 0""#),
        gives("time_to_cron(time_add('2023-01-01T23:59:00Z', '1m'))", r#""0 0 2 1 1""#),
        fails(
            "time_to_cron('2023-01-01T24:00:00Z')",
            r#"parsing time "2023-01-01T24:00:00Z": hour out of range"#,
        ),
    ],
    call: |args| Ok(printed(args, args.time(0)?.to_cron())),
    ..Function::PLAIN
};
