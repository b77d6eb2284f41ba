//! `url.getScheme()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};

pub(super) static GET_SCHEME: Function = Function {
    name: "getScheme",
    about: "The scheme, in small letters.",
    library: Library::Url,
    overloads: &[
        Overload::member(&[TYPE], Ty::String, get_scheme),
    ],
    examples: &[
        gives("url('HTTPS://example.com').getScheme()", "https"),
        fails("dyn('HTTPS://example.com').getScheme()", "no such overload: getScheme(string)"),
    ],
    ..Function::PLAIN
};

fn get_scheme<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let url = of(call)?;
    Ok(call.text(&url.scheme))
}
