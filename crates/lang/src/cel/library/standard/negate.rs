//! `-a`: the number with the other sign.

use crate::cel::library::{Call, Dispatch, Function, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};
use crate::scalar::duration::Duration;

pub(super) static NEGATE: Function = Function {
    name: "-_",
    about: "The number with the other sign.",
    overloads: &[
        Overload::global(&[Ty::Double], Ty::Double, negate),
        Overload::global(&[Ty::Int], Ty::Int, negate),
    ],
    dispatch: Dispatch::OnFirst(|value| {
        matches!(
            value,
            Val::Bool(_) | Val::Double(_) | Val::Duration(_) | Val::Int(_)
        )
    }),
    examples: &[
        gives("-(1 + 2)", "-3"),
        gives("-(1.5)", "-1.5"),
        fails("-1u", "found no matching overload for '-_' applied to '(uint)'"),
        fails("-dyn('a')", "no such overload"),
    ],
    ..Function::PLAIN
};

fn negate<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(match call.arg(0) {
        Val::Int(number) => Val::Int(number.checked_neg().ok_or("integer overflow")?),
        Val::Double(number) => Val::Double(-number),
        // No declaration admits these; a `dyn` gets through.
        Val::Bool(flag) => Val::Bool(!flag),
        Val::Duration(span) => {
            let nanos = span.nanos().checked_neg().ok_or("duration overflow")?;
            Val::Duration(Duration::from_nanos(nanos))
        }
        _ => return Err(Fault::NO_OVERLOAD),
    })
}
