//! `timestamp.getDate(zone?)`

use super::time::{DISPATCH, of_moment, part};
use crate::cel::library::{Function, fails, gives};

pub(super) static GET_DATE: Function = Function {
    name: "getDate",
    about: "The day of the month, from 1 on. Of UTC, or of a zone: `Europe/Berlin`, `+02:00`.",
    overloads: &of_moment(|call| part(call, |at| i64::from(at.day()))),
    dispatch: DISPATCH,
    examples: &[gives("timestamp('2024-02-29T23:00:00Z').getDate()", "29"), gives("timestamp('2024-02-29T23:00:00Z').getDate('Asia/Tokyo')", "1"), fails("timestamp(0).getDate('Nope/Zone')", "unknown time zone Nope/Zone")],
    ..Function::PLAIN
};
