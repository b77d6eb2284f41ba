//! `regex.extract(text, pattern)`

use std::ops::Range;

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives, regex};
use crate::cel::val::{Fault, Val};
use crate::scalar::quoted::Quoted;
use crate::scalar::regex::Regex;

pub(super) static EXTRACT: Function = Function {
    name: "regex.extract",
    about: "What the regular expression (RE2) first matches, or what its one group matches there, as an optional.",
    library: Library::Regex,
    overloads: &[
        Overload::global(&[Ty::String, Ty::String], Ty::Optional(&Ty::String), extract)
            .prepares(regex::prepare_lazily),
    ],
    cost: Cost::Of(cost::regex),
    examples: &[
        gives("regex.extract('item-12', '[a-z]+').value()", "item"),
        gives("regex.extract('item-12', '-([0-9]+)').value()", "12"),
        gives("regex.extract('x', '[0-9]').hasValue()", "false"),
        fails(
            "regex.extract('ab', '(a)(b)')",
            "regular expression has more than one capturing group: \"(a)(b)\"",
        ),
    ],
    ..Function::PLAIN
};

fn extract<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let text = call.str(0)?;
    let pattern = regex::of(call, 1)?;
    one_group(call, &pattern)?;
    let found = parts(&pattern, text).next().flatten();
    Ok(match found.and_then(|at| text.get(at)) {
        Some(part) => call.some(Val::Str(part)),
        None => Val::Optional(None),
    })
}

/// Of each match its group, or all of it if there is no group.
pub(super) fn parts<'a>(
    pattern: &'a Regex,
    text: &'a str,
) -> impl Iterator<Item = Option<Range<usize>>> + 'a {
    let group = pattern.names().len() - 1;
    pattern
        .captures_iter(text)
        .map(move |groups| groups.get(group).cloned().flatten())
}

/// Refuses a pattern with more than one group.
pub(super) fn one_group<'v>(call: &Call<'_, 'v>, pattern: &Regex) -> Result<(), Fault<'v>> {
    if pattern.names().len() <= 2 {
        return Ok(());
    }
    Err(call.error(format_args!(
        "regular expression has more than one capturing group: {}",
        Quoted(pattern.as_str())
    )))
}
