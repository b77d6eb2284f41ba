//! `decision.reason()`

use super::{DECISION_TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static REASON: Function = Function {
    name: "reason",
    about: "Why, in the words of the authorizer.",
    library: Library::Authorizer,
    overloads: &[
        Overload::member(&[DECISION_TYPE], Ty::String, reason),
    ],
    examples: &[
        gives("authorizer.group('').resource('pods').check('get').reason()", "of the test"),
        fails("dyn(1).reason()", "no such overload: reason(int)"),
    ],
    ..Function::PLAIN
};

fn reason<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let decision = of(call)?.decision.ok_or(Fault::NO_OVERLOAD)?;
    Ok(Val::Str(decision.reason))
}
