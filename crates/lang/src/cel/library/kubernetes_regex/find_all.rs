//! `text.findAll(pattern, most?)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives, regex};
use crate::cel::val::Val;

pub(super) static FIND_ALL: Function = Function {
    name: "findAll",
    about: "The parts of the text that the regular expression (RE2) matches; at most so many.",
    library: Library::KubernetesRegex,
    overloads: &[
        Overload::member(&[Ty::String, Ty::String], Ty::List(&Ty::String), find_all)
            .prepares(regex::prepare),
        Overload::member(
            &[Ty::String, Ty::String, Ty::Int],
            Ty::List(&Ty::String),
            find_all,
        )
        .prepares(regex::prepare),
    ],
    cost: Cost::Of(cost::regex),
    examples: &[
        gives("'a1b2c3'.findAll('[0-9]')", r#"["1", "2", "3"]"#),
        gives("'a1b2c3'.findAll('[0-9]', 2)", r#"["1", "2"]"#),
        fails("'a'.findAll('(')", "error parsing regexp: missing closing ): `(`"),
    ],
    ..Function::PLAIN
};

fn find_all<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let text = call.str(0)?;
    let most = match call.args {
        [_, _] => -1,
        _ => call.int(2)?,
    };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let pattern = regex::of(call, 1)?;
    let found = pattern.find_iter(text).take(most);
    Ok(call.list(found.filter_map(|at| text.get(at)).map(Val::Str)))
}
