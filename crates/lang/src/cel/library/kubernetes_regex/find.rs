//! `text.find(pattern)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives, regex};
use crate::cel::val::Val;

pub(super) static FIND: Function = Function {
    name: "find",
    about: "The first part of the text that the regular expression (RE2) matches; nothing if none does.",
    library: Library::KubernetesRegex,
    overloads: &[
        Overload::member(&[Ty::String, Ty::String], Ty::String, find).prepares(regex::prepare),
    ],
    cost: Cost::Of(cost::regex),
    examples: &[
        gives("'abc 123 de 4'.find('[0-9]+')", "123"),
        gives("'abc'.find('[0-9]+')", ""),
        fails("'abc'.find('[')", "error parsing regexp: missing closing ]: `[`"),
    ],
    ..Function::PLAIN
};

fn find<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let text = call.str(0)?;
    let pattern = regex::of(call, 1)?;
    let found = pattern.find_iter(text).next();
    Ok(Val::Str(found.and_then(|at| text.get(at)).unwrap_or_default()))
}
