//! `timestamp.getMinutes(zone?)`, `duration.getMinutes()`

use super::time::{DISPATCH, of_moment_or_duration, part_or_whole};
use crate::cel::library::{Function, fails, gives};

pub(super) static GET_MINUTES: Function = Function {
    name: "getMinutes",
    about: "The minute of a moment, or the whole minutes of a duration. Of UTC, or of a zone: `Europe/Berlin`, `+02:00`.",
    overloads: &of_moment_or_duration(|call| part_or_whole(call, 60_000_000_000, |at| i64::from(at.minute()))),
    dispatch: DISPATCH,
    examples: &[gives("timestamp('2024-02-29T12:30:00Z').getMinutes()", "30"), gives("duration('3661s').getMinutes()", "61"), fails("dyn(1).getMinutes()", "no such overload: getMinutes")],
    ..Function::PLAIN
};
