//! `url(text)`

use super::{TYPE, parse};
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Opaque, Val};

pub(super) static URL: Function = Function {
    name: "url",
    about: "The URL that a text spells: absolute, or an absolute path.",
    library: Library::Url,
    overloads: &[
        Overload::global(&[Ty::String], TYPE, url),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("url('https://example.com/a') == url('https://example.com/a')", "true"),
        fails(
            "url('relative')",
            "URL parse error during conversion from string: parse \"relative\": invalid URI for \
             request",
        ),
    ],
    ..Function::PLAIN
};

fn url<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let text = call.str(0)?;
    match parse(text) {
        Ok(_) => Ok(Val::Opaque(Opaque::Url(text))),
        Err(error) => Err(call.error(error)),
    }
}
