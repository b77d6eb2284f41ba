//! What `math.greatest` and `math.least` have in common.

use std::cmp::Ordering;

use crate::cel::library::{Body, Call, Outcome, Overload, Ty};
use crate::cel::val::{Fault, Val, compare};

/// The overloads: one number, two of any types, a list.
pub(super) const fn overloads(body: Body) -> [Overload; 15] {
    const fn of(params: &'static [Ty], result: Ty, body: Body) -> Overload {
        Overload::global(params, result, body)
    }
    [
        of(&[Ty::Double], Ty::Double, body),
        of(&[Ty::Int], Ty::Int, body),
        of(&[Ty::Uint], Ty::Uint, body),
        of(&[Ty::Double, Ty::Double], Ty::Double, body),
        of(&[Ty::Int, Ty::Int], Ty::Int, body),
        of(&[Ty::Uint, Ty::Uint], Ty::Uint, body),
        of(&[Ty::Double, Ty::Int], Ty::Dyn, body),
        of(&[Ty::Double, Ty::Uint], Ty::Dyn, body),
        of(&[Ty::Int, Ty::Double], Ty::Dyn, body),
        of(&[Ty::Int, Ty::Uint], Ty::Dyn, body),
        of(&[Ty::Uint, Ty::Double], Ty::Dyn, body),
        of(&[Ty::Uint, Ty::Int], Ty::Dyn, body),
        of(&[Ty::List(&Ty::Double)], Ty::Double, body),
        of(&[Ty::List(&Ty::Int)], Ty::Int, body),
        of(&[Ty::List(&Ty::Uint)], Ty::Uint, body),
    ]
}

/// The argument, or element of the list that is the argument, that is `preferred` over all others.
pub(super) fn extreme<'v>(call: &Call<'_, 'v>, name: &str, preferred: Ordering) -> Outcome<'v> {
    let best = match call.args {
        [Val::List(list)] => pick(list.iter(), preferred)?,
        args => pick(args.iter().copied(), preferred)?,
    };
    best.ok_or_else(|| call.error(format_args!("{name}(list) argument must not be empty")))
}

fn pick<'v>(
    values: impl Iterator<Item = Val<'v>>,
    preferred: Ordering,
) -> Result<Option<Val<'v>>, Fault<'v>> {
    let mut best: Option<Val<'v>> = None;
    for value in values {
        if !matches!(value, Val::Int(_) | Val::Uint(_) | Val::Double(_)) {
            return Err(Fault::NO_OVERLOAD);
        }
        best = Some(match best {
            Some(best) if compare(value, best) != Ok(preferred) => best,
            _ => value,
        });
    }
    Ok(best)
}
