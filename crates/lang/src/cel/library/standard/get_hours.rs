//! `timestamp.getHours(zone?)`, `duration.getHours()`

use super::time::{DISPATCH, of_moment_or_duration, part_or_whole};
use crate::cel::library::{Function, fails, gives};

pub(super) static GET_HOURS: Function = Function {
    name: "getHours",
    about: "The hour of a moment, or the whole hours of a duration. Of UTC, or of a zone: `Europe/Berlin`, `+02:00`.",
    overloads: &of_moment_or_duration(|call| part_or_whole(call, 3_600_000_000_000, |at| i64::from(at.hour()))),
    dispatch: DISPATCH,
    examples: &[gives("timestamp('2024-02-29T12:30:00Z').getHours('+02:00')", "14"), gives("duration('3661s').getHours()", "1"), fails("dyn(1).getHours()", "no such overload: getHours")],
    ..Function::PLAIN
};
