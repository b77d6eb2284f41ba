//! `text.matches(pattern)`: does the regular expression match somewhere?

use crate::cel::library::{
    Call, Cost, Dispatch, Function, Outcome, Overload, Ty, cost, fails, gives, regex,
};
use crate::cel::val::Val;

pub(super) static MATCHES: Function = Function {
    name: "matches",
    about: "Does the regular expression (RE2) match anywhere in the text?",
    overloads: &[
        Overload::global(&[Ty::String, Ty::String], Ty::Bool, matches)
            .costs(Cost::Of(cost::regex))
            .prepares(regex::prepare),
        Overload::member(&[Ty::String, Ty::String], Ty::Bool, matches)
            .costs(Cost::Of(cost::regex))
            .prepares(regex::prepare),
    ],
    dispatch: Dispatch::OnFirst(|value| matches!(value, Val::Str(_))),
    examples: &[
        gives("'abc'.matches('^a.c$')", "true"),
        gives("matches('abc', 'b')", "true"),
        fails("'a'.matches('(?=a)')", "invalid matches argument"),
        fails("dyn(1).matches('1')", "no such overload: matches"),
    ],
    ..Function::PLAIN
};

fn matches<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let text = call.str(0)?;
    let pattern = regex::of(call, 1)?;
    Ok(Val::Bool(pattern.is_match(text)))
}
