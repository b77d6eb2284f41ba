//! `timestamp(value)`: as a moment.

use super::conversion::unreadable;
use crate::cel::library::{Call, Function, Outcome, Overload, Ty, fails, gives};
use crate::scalar::quoted::Quoted;
use crate::cel::val::{Fault, Timestamp, TimestampError, Val};

pub(super) static TIMESTAMP: Function = Function {
    name: "timestamp",
    about: "The moment that a text in RFC 3339 spells, or so many seconds after the start of 1970.",
    overloads: &[
        Overload::global(&[Ty::Timestamp], Ty::Timestamp, timestamp),
        Overload::global(&[Ty::Int], Ty::Timestamp, timestamp),
        Overload::global(&[Ty::String], Ty::Timestamp, timestamp),
    ],
    examples: &[gives("timestamp('2024-01-01T00:00:00+02:00')", "2024-01-01T00:00:00+02:00"), gives("timestamp(0)", "1970-01-01T00:00:00Z"), fails("timestamp(dyn('2024-01-01'))", "invalid RFC 3339 timestamp \"2024-01-01\""), fails("timestamp('2024-01-01')", "invalid timestamp argument"), fails("timestamp(253402300800)", "timestamp overflow")],
    ..Function::PLAIN
};

fn timestamp<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Timestamp(match call.arg(0) {
        Val::Timestamp(moment) => moment,
        Val::Int(seconds) => Timestamp::from_seconds(seconds).ok_or("timestamp overflow")?,
        Val::Str(text) => Timestamp::parse(text).map_err(|error| match error {
            TimestampError::Form => {
                call.error(format_args!("invalid RFC 3339 timestamp {}", Quoted(text)))
            }
            TimestampError::NoSuchDay => unreadable(call, "google.protobuf.Timestamp"),
            TimestampError::Range => Fault::text("timestamp overflow"),
        })?,
        _ => return Err(Fault::NO_OVERLOAD),
    }))
}
