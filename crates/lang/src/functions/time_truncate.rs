//! `time_truncate(time, duration)`

use super::function::{fails, gives, param};
use super::operand::printed;
use super::{Function, Type};

pub(super) static TIME_TRUNCATE: Function = Function {
    name: "time_truncate",
    about: "The last time, not after this one, that is a multiple of a duration.",
    params: &[
        param("time", &[Type::String], "In RFC 3339."),
        param("duration", &[Type::String], "Such as `1h`. Zero and less leave the time as it is."),
    ],
    returns: &[Type::String],
    note: "Multiples count from the first day of year 1 in UTC, so whole hours of an offset with half hours \
           do not stay whole.",
    examples: &[
        gives("time_truncate('2021-01-02T17:08:00Z', '1h')", r#""2021-01-02T17:00:00Z""#),
        gives("time_truncate('2021-01-02T17:08:00Z', '24h')", r#""2021-01-02T00:00:00Z""#),
        gives("time_truncate('2021-01-02T17:08:00+05:30', '1h')", r#""2021-01-02T16:30:00+05:30""#),
        gives("time_truncate('2021-01-02T17:08:00Z', '0s')", r#""2021-01-02T17:08:00Z""#),
        fails("time_truncate('2021-01-02T17:08:00Z', '5')", r#"time: missing unit in duration "5""#),
    ],
    call: |args| {
        let time = args.time(0)?;
        Ok(printed(args, time.truncate(args.duration(1)?)))
    },
    ..Function::PLAIN
};
