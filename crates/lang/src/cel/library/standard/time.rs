//! What the parts of moments and durations have in common.

use jiff::civil::DateTime;

use crate::cel::library::{Body, Call, Dispatch, Outcome, Overload, Ty};
use crate::cel::val::{Fault, Val};

/// The overloads for moments: in UTC, and in a zone.
pub(super) const fn of_moment(body: Body) -> [Overload; 2] {
    [
        Overload::member(&[Ty::Timestamp], Ty::Int, body),
        Overload::member(&[Ty::Timestamp, Ty::String], Ty::Int, body),
    ]
}

/// The overloads for moments and for durations.
pub(super) const fn of_moment_or_duration(body: Body) -> [Overload; 3] {
    let [utc, zoned] = of_moment(body);
    [utc, zoned, Overload::member(&[Ty::Duration], Ty::Int, body)]
}

/// Values that have such parts.
pub(super) const DISPATCH: Dispatch =
    Dispatch::OnFirst(|value| matches!(value, Val::Duration(_) | Val::Timestamp(_)));

/// A part of a moment on the calendar.
pub(super) fn part<'v>(call: &Call<'_, 'v>, part: fn(DateTime) -> i64) -> Outcome<'v> {
    let Val::Timestamp(moment) = call.arg(0) else {
        return Err(Fault::NO_OVERLOAD);
    };
    let zone = match call.args {
        [_] => None,
        _ => Some(call.str(1)?),
    };
    match moment.civil(zone) {
        Ok(at) => Ok(Val::Int(part(at))),
        Err(error) => Err(call.error(error)),
    }
}

/// A part of a moment, or the whole duration in units of so many nanoseconds.
pub(super) fn part_or_whole<'v>(
    call: &Call<'_, 'v>,
    unit: i64,
    moment: fn(DateTime) -> i64,
) -> Outcome<'v> {
    match call.arg(0) {
        Val::Duration(span) => Ok(Val::Int(span.nanos() / unit)),
        _ => part(call, moment),
    }
}
