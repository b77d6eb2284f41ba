//! `time_now()`

use super::function::gives;
use super::operand::printed;
use super::{Function, Type};

pub(super) static TIME_NOW: Function = Function {
    name: "time_now",
    about: "The time of the evaluation in RFC 3339, to the second.",
    params: &[],
    returns: &[Type::String],
    note: "The same wherever it stands in one evaluation. In UTC, as in a container without a time zone.",
    examples: &[
        gives("time_now()", r#""2026-11-21T09:30:00Z""#),
        gives("time_now() == time_now_utc()", "true"),
        gives("time_after(time_now(), '2020-01-01T00:00:00Z')", "true"),
        gives("time_now('ignored')", r#""2026-11-21T09:30:00Z""#),
    ],
    call: |args| Ok(printed(args, args.now())),
    ..Function::PLAIN
};
