//! `timestamp.getDayOfWeek(zone?)`

use super::time::{DISPATCH, of_moment, part};
use crate::cel::library::{Function, gives};

pub(super) static GET_DAY_OF_WEEK: Function = Function {
    name: "getDayOfWeek",
    about: "The day of the week, from 0 for Sunday on. Of UTC, or of a zone: `Europe/Berlin`, `+02:00`.",
    overloads: &of_moment(|call| part(call, |at| i64::from(at.weekday().to_sunday_zero_offset()))),
    dispatch: DISPATCH,
    examples: &[gives("timestamp('2024-02-29T00:00:00Z').getDayOfWeek()", "4")],
    ..Function::PLAIN
};
