//! `a - b`: the difference.

use crate::cel::library::{Call, Dispatch, Function, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};
use crate::scalar::duration::Duration;

pub(super) static SUBTRACT: Function = Function {
    name: "_-_",
    about: "The difference of two numbers of one type, of two durations or moments, or a moment \
            earlier by a duration.",
    overloads: &[
        Overload::global(&[Ty::Double, Ty::Double], Ty::Double, subtract),
        Overload::global(&[Ty::Duration, Ty::Duration], Ty::Duration, subtract),
        Overload::global(&[Ty::Int, Ty::Int], Ty::Int, subtract),
        Overload::global(&[Ty::Timestamp, Ty::Duration], Ty::Timestamp, subtract),
        Overload::global(&[Ty::Timestamp, Ty::Timestamp], Ty::Duration, subtract),
        Overload::global(&[Ty::Uint, Ty::Uint], Ty::Uint, subtract),
    ],
    dispatch: Dispatch::OnFirst(|value| {
        matches!(
            value,
            Val::Double(_) | Val::Duration(_) | Val::Int(_) | Val::Timestamp(_) | Val::Uint(_)
        )
    }),
    examples: &[
        gives("5 - 7", "-2"),
        gives("duration('1h') - duration('90m')", "-1800s"),
        gives("timestamp('2024-03-01T00:00:00Z') - duration('24h')", "2024-02-29T00:00:00Z"),
        fails("0u - 1u", "unsigned integer overflow"),
        fails("dyn([1]) - dyn([1])", "no such overload: _-_"),
    ],
    ..Function::PLAIN
};

fn subtract<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(match (call.arg(0), call.arg(1)) {
        (Val::Int(a), Val::Int(b)) => Val::Int(a.checked_sub(b).ok_or("integer overflow")?),
        (Val::Uint(a), Val::Uint(b)) => {
            Val::Uint(a.checked_sub(b).ok_or("unsigned integer overflow")?)
        }
        (Val::Double(a), Val::Double(b)) => Val::Double(a - b),
        (Val::Duration(a), Val::Duration(b)) => {
            let nanos = a.nanos().checked_sub(b.nanos()).ok_or("duration overflow")?;
            Val::Duration(Duration::from_nanos(nanos))
        }
        (Val::Timestamp(moment), Val::Duration(span)) => {
            let back = span.nanos().checked_neg().ok_or("timestamp overflow")?;
            let moved = moment.plus(Duration::from_nanos(back));
            Val::Timestamp(moved.ok_or("timestamp overflow")?)
        }
        (Val::Timestamp(a), Val::Timestamp(b)) => {
            Val::Duration(a.since(b).ok_or("duration overflow")?)
        }
        _ => return Err(Fault::NO_OVERLOAD),
    })
}
