//! `url.getPort()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};

pub(super) static GET_PORT: Function = Function {
    name: "getPort",
    about: "The port; empty if there is none.",
    library: Library::Url,
    overloads: &[
        Overload::member(&[TYPE], Ty::String, get_port),
    ],
    examples: &[
        gives("url('http://h:80/a').getPort()", "80"),
        fails("dyn('http://h:80/a').getPort()", "no such overload: getPort(string)"),
    ],
    ..Function::PLAIN
};

fn get_port<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let url = of(call)?;
    Ok(call.text(url.port()))
}
