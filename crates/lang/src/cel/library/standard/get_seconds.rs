//! `timestamp.getSeconds(zone?)`, `duration.getSeconds()`

use super::time::{DISPATCH, of_moment_or_duration, part_or_whole};
use crate::cel::library::{Function, fails, gives};

pub(super) static GET_SECONDS: Function = Function {
    name: "getSeconds",
    about: "The second of a moment, or the whole seconds of a duration. Of UTC, or of a zone: `Europe/Berlin`, `+02:00`.",
    overloads: &of_moment_or_duration(|call| part_or_whole(call, 1_000_000_000, |at| i64::from(at.second()))),
    dispatch: DISPATCH,
    examples: &[gives("timestamp(59).getSeconds()", "59"), gives("duration('-90.5s').getSeconds()", "-90"), fails("dyn(1).getSeconds()", "no such overload: getSeconds")],
    ..Function::PLAIN
};
