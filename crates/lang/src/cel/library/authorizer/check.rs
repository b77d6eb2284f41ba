//! `check.check(verb)`

use super::{DECISION, DECISION_TYPE, PATH_TYPE, RESOURCE_TYPE, of};
use crate::cel::library::{Answer, Call, Cost, Function, Library, Outcome, Overload, Question, Ty, fails, gives};
use crate::cel::val::{Authorizer, Decision, Fault, Opaque, Val};
use crate::value::Value;

pub(super) static CHECK: Function = Function {
    name: "check",
    about: "The decision whether the verb is allowed.",
    library: Library::Authorizer,
    overloads: &[
        Overload::member(&[PATH_TYPE, Ty::String], DECISION_TYPE, check),
        Overload::member(&[RESOURCE_TYPE, Ty::String], DECISION_TYPE, check),
    ],
    cost: Cost::Of(|_, _| COST),
    examples: &[
        gives("authorizer.group('').resource('pods').check('get').allowed()", "true"),
        gives("authorizer.path('/healthz').check('get').allowed()", "false"),
        fails(
            "authorizer.check('get')",
            "found no matching overload for 'check' applied to \
             'kubernetes.authorization.Authorizer.(string)'",
        ),
    ],
    ..Function::PLAIN
};

/// What one check costs: two of them are all that an expression can afford.
const COST: u64 = 350_000;

fn check<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (authorizer, verb) = (of(call)?, call.str(1)?);
    let decision = match call.outside.ask(&Question::Authorize { authorizer, verb }, call.bump) {
        Answer::Missing => return Err(Fault::Missing),
        Answer::Failed(error) => Decision {
            allowed: false,
            reason: "",
            error,
        },
        Answer::Value(answer) => Decision {
            allowed: answer.get("allowed").and_then(Value::as_bool) == Some(true),
            reason: answer.text("reason"),
            error: "",
        },
    };
    let decided = Authorizer {
        type_name: DECISION,
        decision: Some(decision),
        ..*authorizer
    };
    Ok(Val::Opaque(Opaque::Authorizer(call.bump.alloc(decided))))
}
