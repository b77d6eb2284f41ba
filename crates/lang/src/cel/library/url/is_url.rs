//! `isURL(text)`

use super::parse;
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;

pub(super) static IS_URL: Function = Function {
    name: "isURL",
    about: "Does the text spell a URL?",
    library: Library::Url,
    overloads: &[
        Overload::global(&[Ty::String], Ty::Bool, is_url),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("isURL('https://example.com')", "true"),
        gives("isURL('http://a b')", "false"),
        fails("isURL(dyn(1))", "no such overload: isURL(int)"),
    ],
    ..Function::PLAIN
};

fn is_url<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Bool(parse(call.str(0)?).is_ok()))
}
