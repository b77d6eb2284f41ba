//! `timestamp.getMilliseconds(zone?)`, `duration.getMilliseconds()`

use super::time::{DISPATCH, of_moment_or_duration, part_or_whole};
use crate::cel::library::{Function, fails, gives};

pub(super) static GET_MILLISECONDS: Function = Function {
    name: "getMilliseconds",
    about: "The milliseconds within the second of a moment, or the whole milliseconds of a duration. Of UTC, or of a zone: `Europe/Berlin`, `+02:00`.",
    overloads: &of_moment_or_duration(|call| part_or_whole(call, 1_000_000, |at| i64::from(at.subsec_nanosecond()) / 1_000_000)),
    dispatch: DISPATCH,
    examples: &[gives("timestamp('2024-02-29T12:30:00.987Z').getMilliseconds()", "987"), gives("duration('1.5s').getMilliseconds()", "1500"), fails("dyn(1).getMilliseconds()", "no such overload: getMilliseconds")],
    ..Function::PLAIN
};
