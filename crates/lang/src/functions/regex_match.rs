//! `regex_match(regex, text)`

use super::function::{Constant, fails, gives, param};
use super::{Args, Function, Prepared, Type};
use crate::scalar::regex::{Regex, RegexError};
use crate::jmespath::Fault;
use crate::value::Value;

pub(super) static REGEX_MATCH: Function = Function {
    name: "regex_match",
    about: "Whether a regular expression matches anywhere in a text.",
    params: &[
        param("regex", &[Type::String], "In RE2's syntax."),
        param("text", &[Type::String, Type::Number], "The text, or a number, in decimal digits."),
    ],
    returns: &[Type::Bool],
    note: "Write `^` and `$` for a match of the whole text.",
    examples: &[
        gives("regex_match('^v[0-9]+$', 'v12')", "true"),
        gives("regex_match('[0-9]', 'v12')", "true"),
        gives("regex_match('^1[.]5$', `1.5`)", "true"),
        gives("regex_match('^a$', 'b')", "false"),
        fails("regex_match('(', 'a')", "error parsing regexp: missing closing ): `(`"),
    ],
    constant: COMPILED,
    call: |args| {
        let text = args.text_or_number(1);
        with_regex(args, Fault::invalid, |regex| Value::Bool(regex.is_match(text)))
    },
    ..Function::PLAIN
};

/// The regular expression is the first argument of all functions that take one.
pub(super) const COMPILED: Option<Constant> = Some(Constant {
    at: 0,
    prepare: |regex| Regex::new(regex).map_or(Prepared::None, Prepared::Regex),
});

/// Does something with the regular expression at 0. A constant one is compiled already; another
/// is compiled now, which costs far more than matching it.
pub(super) fn with_regex<'v, T>(
    args: Args<'_, 'v>,
    refuse: impl Fn(RegexError) -> Fault<'v>,
    then: impl FnOnce(&Regex) -> T,
) -> Result<T, Fault<'v>> {
    args.env.spend(1 + args.text_or_number(1).len() / 8)?;
    if let Prepared::Regex(regex) = args.prepared {
        return Ok(then(regex));
    }
    args.env.spend(100 + args.text(0).len())?;
    let regex = Regex::new(args.text(0)).map_err(refuse)?;
    // A short pattern may be a large program: `\pL{100}`.
    args.env.spend_bytes(regex.memory_usage())?;
    Ok(then(&regex))
}
