//! `timestamp.getMonth(zone?)`

use super::time::{DISPATCH, of_moment, part};
use crate::cel::library::{Function, gives};

pub(super) static GET_MONTH: Function = Function {
    name: "getMonth",
    about: "The month, from 0 for January on. Of UTC, or of a zone: `Europe/Berlin`, `+02:00`.",
    overloads: &of_moment(|call| part(call, |at| i64::from(at.month()) - 1)),
    dispatch: DISPATCH,
    examples: &[gives("timestamp('2024-02-29T00:00:00Z').getMonth()", "1")],
    ..Function::PLAIN
};
