//! `random(pattern?)`

use super::ask::ask;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Question, Ty, fails, gives};
use crate::cel::val::Val;
use crate::functions::{BadPattern, Pattern};

pub(super) static RANDOM: Function = Function {
    name: "random",
    aliases: &["random.random"],
    about: "A text by chance that matches a regular expression (RE2); without one, 8 small letters and digits.",
    library: Library::Random,
    overloads: &[
        Overload::global(&[], Ty::String, random),
        Overload::global(&[Ty::String], Ty::String, random),
    ],
    examples: &[
        gives("random().matches('^[0-9a-z]{8}$')", "true"),
        gives("random('abc')", "abc"),
        gives("random.random('[A-F]{3}').matches('^[A-F]{3}$')", "true"),
        fails("random('[')", "error parsing regexp: missing closing ]: `[`"),
    ],
    ..Function::PLAIN
};

/// What is generated without a pattern.
const USUAL: &str = "[0-9a-z]{8}";

fn random<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let regex = match call.args {
        [] => USUAL,
        _ => call.str(0)?,
    };
    let pattern = Pattern::new(regex).map_err(|error| match error {
        BadPattern::Syntax(text) => call.error(text),
        BadPattern::TooLong => call.error(format_args!("`{regex}` may yield too long a text")),
    })?;
    let mut fault = None;
    let text = pattern.generate(&mut || match ask(call, &Question::Random, "") {
        Ok(Val::Int(number)) => number as u64,
        Ok(_) => 0,
        Err(error) => {
            fault = Some(error);
            0
        }
    });
    if let Some(fault) = fault {
        return Err(fault);
    }
    match text {
        Ok(text) => Ok(call.text(&text)),
        Err(error) => Err(call.error(error)),
    }
}
