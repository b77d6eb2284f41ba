//! `url.getHostname()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};

pub(super) static GET_HOSTNAME: Function = Function {
    name: "getHostname",
    about: "The host without port and brackets.",
    library: Library::Url,
    overloads: &[
        Overload::member(&[TYPE], Ty::String, get_hostname),
    ],
    examples: &[
        gives("url('http://[::1]:80/a').getHostname()", "::1"),
        fails("dyn('http://[::1]:80/a').getHostname()", "no such overload: getHostname(string)"),
    ],
    ..Function::PLAIN
};

fn get_hostname<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let url = of(call)?;
    Ok(call.text(url.host_name()))
}
