//! `time_since(layout, start, end)`

use super::function::{fails, gives, param};
use super::operand::printed;
use super::{Function, Type};
use crate::scalar::time::RFC3339;

pub(super) static TIME_SINCE: Function = Function {
    name: "time_since",
    about: "The duration from a time to another, or to now.",
    params: &[
        param("layout", &[Type::String], "How both are written, as for `time_parse`; '' is RFC 3339."),
        param("start", &[Type::String], "The one time."),
        param("end", &[Type::String], "The other; '' is now."),
    ],
    returns: &[Type::String],
    examples: &[
        gives(
            "time_since('', '2021-01-02T15:04:05-07:00', '2021-01-10T03:14:05-07:00')",
            r#""180h10m0s""#,
        ),
        gives("time_since('', '2026-11-21T09:00:00Z', '')", r#""30m0s""#),
        gives("time_since('2006-01-02', '2021-01-02', '2021-01-01')", r#""-24h0m0s""#),
        fails(
            "time_since('', 'x', '')",
            r#"parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006""#,
        ),
    ],
    call: |args| {
        let layout = match args.text(0) {
            "" => RFC3339,
            layout => layout,
        };
        let start = args.time_in(layout, 1)?;
        let end = match args.text(2) {
            "" => args.now(),
            _ => args.time_in(layout, 2)?,
        };
        Ok(printed(args, end.since(&start)))
    },
    ..Function::PLAIN
};
