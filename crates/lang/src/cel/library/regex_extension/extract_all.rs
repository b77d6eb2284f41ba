//! `regex.extractAll(text, pattern)`

use super::extract::{one_group, parts};
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives, regex};
use crate::cel::val::Val;

pub(super) static EXTRACT_ALL: Function = Function {
    name: "regex.extractAll",
    about: "What the regular expression (RE2) matches, or what its one group matches each time.",
    library: Library::Regex,
    overloads: &[
        Overload::global(&[Ty::String, Ty::String], Ty::List(&Ty::String), extract_all)
            .prepares(regex::prepare_lazily),
    ],
    cost: Cost::Of(cost::regex),
    examples: &[
        gives("regex.extractAll('a1b2', '[0-9]')", r#"["1", "2"]"#),
        gives("regex.extractAll('k=v, x=y', '(\\\\w)=')", r#"["k", "x"]"#),
        fails(
            "regex.extractAll('ab', '(a)(b)')",
            "regular expression has more than one capturing group: \"(a)(b)\"",
        ),
    ],
    ..Function::PLAIN
};

fn extract_all<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let text = call.str(0)?;
    let pattern = regex::of(call, 1)?;
    one_group(call, &pattern)?;
    let found = parts(&pattern, text).flatten();
    Ok(call.list(found.filter_map(|at| text.get(at)).map(Val::Str)))
}
