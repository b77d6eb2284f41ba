//! `regex_replace_all_literal(regex, text, replacement)`

use super::function::{fails, gives, param};
use super::operand::Errors;
use super::regex_match::{COMPILED, with_regex};
use super::{Function, Type};

pub(super) static REGEX_REPLACE_ALL_LITERAL: Function = Function {
    name: "regex_replace_all_literal",
    about: "The text with every match of a regular expression replaced by a text as it is.",
    params: &[
        param("regex", &[Type::String], "In RE2's syntax."),
        param("text", &[Type::String, Type::Number], "The text, or a number, in decimal digits."),
        param("replacement", &[Type::String, Type::Number], "What to put there. `$1` is just that."),
    ],
    returns: &[Type::String],
    examples: &[
        gives("regex_replace_all_literal('[0-9]+', 'a12b3', '#')", r##""a#b#""##),
        gives("regex_replace_all_literal('(a)', 'abc', '$1')", r#""$1bc""#),
        gives("regex_replace_all_literal('x*', 'ab', '-')", r#""-a-b-""#),
        gives("regex_replace_all_literal('[.].*', `1.5`, '')", r#""1""#),
        fails(
            "regex_replace_all_literal('(', 'a', '')",
            "JMESPath function 'regex_replace_all_literal': error parsing regexp: missing closing ): `(`",
        ),
    ],
    constant: COMPILED,
    call: |args| {
        let errors = Errors("regex_replace_all_literal");
        let (text, replacement) = (args.text_or_number(1), args.text_or_number(2));
        args.env.spend_bytes(text.len().saturating_mul(replacement.len().max(1)))?;
        let replaced = with_regex(
            args,
            |error| errors.say(error),
            |regex| regex.replace_all_literal(text, replacement),
        )?;
        args.made(&replaced)
    },
    ..Function::PLAIN
};
