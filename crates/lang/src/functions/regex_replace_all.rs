//! `regex_replace_all(regex, text, replacement)`

use super::function::{fails, gives, param};
use super::operand::Errors;
use super::regex_match::{COMPILED, with_regex};
use super::{Function, Type};

pub(super) static REGEX_REPLACE_ALL: Function = Function {
    name: "regex_replace_all",
    about: "The text with every match of a regular expression replaced.",
    params: &[
        param("regex", &[Type::String], "In RE2's syntax."),
        param("text", &[Type::String, Type::Number], "The text, or a number, in decimal digits."),
        param("replacement", &[Type::String, Type::Number], "What to put there; `$1`, `${1}` and `${name}` are the regex's groups."),
    ],
    returns: &[Type::String],
    note: "`$1x` is the group named `1x`, which is empty unless there is one; write `${1}x`.",
    examples: &[
        gives("regex_replace_all('([0-9])([0-9])', '12', '${1}0')", r#""10""#),
        gives("regex_replace_all('[a-z]+', 'ab-cd', '<$0>')", r#""<ab>-<cd>""#),
        gives("regex_replace_all('a', 'abc', '')", r#""bc""#),
        gives("regex_replace_all('[.]5', `1.5`, `0`)", r#""10""#),
        fails(
            "regex_replace_all('[', 'a', '')",
            "JMESPath function 'regex_replace_all': error parsing regexp: missing closing ]: `[`",
        ),
    ],
    constant: COMPILED,
    call: |args| {
        let errors = Errors("regex_replace_all");
        let (text, template) = (args.text_or_number(1), args.text_or_number(2));
        args.env.spend_bytes(text.len().saturating_mul(template.len().max(1)))?;
        let replaced = with_regex(
            args,
            |error| errors.say(error),
            |regex| regex.replace_all(text, template),
        )?;
        args.made(&replaced)
    },
    ..Function::PLAIN
};
