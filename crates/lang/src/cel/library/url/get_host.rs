//! `url.getHost()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};

pub(super) static GET_HOST: Function = Function {
    name: "getHost",
    about: "The host with its port.",
    library: Library::Url,
    overloads: &[
        Overload::member(&[TYPE], Ty::String, get_host),
    ],
    examples: &[
        gives("url('http://[::1]:80/a').getHost()", "[::1]:80"),
        fails("dyn('http://[::1]:80/a').getHost()", "no such overload: getHost(string)"),
    ],
    ..Function::PLAIN
};

fn get_host<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let url = of(call)?;
    Ok(call.text(&url.host))
}
