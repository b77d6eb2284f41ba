//! `a + b`: the sum, or one after the other.

use crate::cel::library::{Call, Cost, Dispatch, Function, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, List, Val};

const LISTS: Ty = Ty::List(&Ty::Param("A"));

pub(super) static ADD: Function = Function {
    name: "_+_",
    about: "The sum of two numbers or durations, a moment later by a duration, or one text, byte \
            string or list after the other. Numbers must be of one type.",
    overloads: &[
        Overload::global(&[Ty::Bytes, Ty::Bytes], Ty::Bytes, add).costs(Cost::Of(cost::both)),
        Overload::global(&[Ty::Double, Ty::Double], Ty::Double, add),
        Overload::global(&[Ty::Duration, Ty::Duration], Ty::Duration, add),
        Overload::global(&[Ty::Duration, Ty::Timestamp], Ty::Timestamp, add),
        Overload::global(&[Ty::Int, Ty::Int], Ty::Int, add),
        Overload::global(&[LISTS, LISTS], LISTS, add),
        Overload::global(&[Ty::String, Ty::String], Ty::String, add).costs(Cost::Of(cost::both)),
        Overload::global(&[Ty::Timestamp, Ty::Duration], Ty::Timestamp, add),
        Overload::global(&[Ty::Uint, Ty::Uint], Ty::Uint, add),
    ],
    dispatch: Dispatch::OnFirst(|value| {
        matches!(
            value,
            Val::Bytes(_)
                | Val::Double(_)
                | Val::Duration(_)
                | Val::Int(_)
                | Val::List(_)
                | Val::Str(_)
                | Val::Timestamp(_)
                | Val::Uint(_)
        )
    }),
    examples: &[
        gives("1 + 2", "3"),
        gives("'a' + 'b'", "ab"),
        gives("[1] + [2, 3]", "[1, 2, 3]"),
        gives("timestamp('2024-02-28T00:00:00Z') + duration('24h')", "2024-02-29T00:00:00Z"),
        fails("9223372036854775807 + 1", "integer overflow"),
        fails("1 + 1.0", "found no matching overload for '_+_' applied to '(int, double)'"),
        fails("dyn(1) + dyn(1.0)", "no such overload"),
    ],
    ..Function::PLAIN
};

pub(crate) fn add<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(match (call.arg(0), call.arg(1)) {
        (Val::Int(a), Val::Int(b)) => Val::Int(a.checked_add(b).ok_or("integer overflow")?),
        (Val::Uint(a), Val::Uint(b)) => {
            Val::Uint(a.checked_add(b).ok_or("unsigned integer overflow")?)
        }
        (Val::Double(a), Val::Double(b)) => Val::Double(a + b),
        (Val::Str(a), Val::Str(b)) => Val::Str(join(call, a, b)),
        (Val::Bytes(a), Val::Bytes(b)) => {
            Val::Bytes(call.bump.alloc_slice_fill_iter(a.iter().chain(b).copied().collect::<Vec<_>>()))
        }
        (Val::List(a), Val::List(b)) if b.is_empty() => Val::List(a),
        (Val::List(a), Val::List(b)) if a.is_empty() => Val::List(b),
        (Val::List(a), Val::List(b)) => {
            let mut both = bumpalo::collections::Vec::with_capacity_in(a.len() + b.len(), call.bump);
            both.extend(a.iter().chain(b));
            Val::List(List::made(both.into_bump_slice()))
        }
        (Val::Duration(a), Val::Duration(b)) => {
            let nanos = a.nanos().checked_add(b.nanos()).ok_or("duration overflow")?;
            Val::Duration(crate::scalar::duration::Duration::from_nanos(nanos))
        }
        (Val::Timestamp(moment), Val::Duration(span))
        | (Val::Duration(span), Val::Timestamp(moment)) => {
            Val::Timestamp(moment.plus(span).ok_or("timestamp overflow")?)
        }
        _ => return Err(Fault::NO_OVERLOAD),
    })
}

fn join<'v>(call: &Call<'_, 'v>, a: &str, b: &str) -> &'v str {
    let mut text = bumpalo::collections::String::with_capacity_in(a.len() + b.len(), call.bump);
    text.push_str(a);
    text.push_str(b);
    text.into_bump_str()
}
