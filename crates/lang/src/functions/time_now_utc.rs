//! `time_now_utc()`

use super::function::gives;
use super::operand::printed;
use super::{Function, Type};

pub(super) static TIME_NOW_UTC: Function = Function {
    name: "time_now_utc",
    about: "The time of the evaluation in RFC 3339 and in UTC, to the second.",
    params: &[],
    returns: &[Type::String],
    note: "The same wherever it stands in one evaluation.",
    examples: &[
        gives("time_now_utc()", r#""2026-11-21T09:30:00Z""#),
        gives("time_add(time_now_utc(), '24h')", r#""2026-11-22T09:30:00Z""#),
        gives("time_to_cron(time_now_utc())", r#""30 9 21 11 6""#),
        gives("time_now_utc('ignored')", r#""2026-11-21T09:30:00Z""#),
    ],
    call: |args| Ok(printed(args, args.now())),
    ..Function::PLAIN
};
