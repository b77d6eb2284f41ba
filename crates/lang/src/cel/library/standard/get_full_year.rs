//! `timestamp.getFullYear(zone?)`

use super::time::{DISPATCH, of_moment, part};
use crate::cel::library::{Function, gives};

pub(super) static GET_FULL_YEAR: Function = Function {
    name: "getFullYear",
    about: "The year. Of UTC, or of a zone: `Europe/Berlin`, `+02:00`.",
    overloads: &of_moment(|call| part(call, |at| i64::from(at.year()))),
    dispatch: DISPATCH,
    examples: &[gives("timestamp(0).getFullYear()", "1970")],
    ..Function::PLAIN
};
