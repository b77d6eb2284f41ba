//! `timestamp.getDayOfMonth(zone?)`

use super::time::{DISPATCH, of_moment, part};
use crate::cel::library::{Function, gives};

pub(super) static GET_DAY_OF_MONTH: Function = Function {
    name: "getDayOfMonth",
    about: "The day of the month, from 0 on. Of UTC, or of a zone: `Europe/Berlin`, `+02:00`.",
    overloads: &of_moment(|call| part(call, |at| i64::from(at.day()) - 1)),
    dispatch: DISPATCH,
    examples: &[gives("timestamp('2024-02-29T00:00:00Z').getDayOfMonth()", "28")],
    ..Function::PLAIN
};
