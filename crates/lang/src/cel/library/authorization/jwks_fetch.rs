//! `jwks.Fetch(url)`

use super::message::{KEYS, KEYS_NAME, message};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives, Answer, Http, Question};
use crate::cel::val::{Fault, Val};

pub(super) static JWKS_FETCH: Function = Function {
    name: "jwks.Fetch",
    about: "The keys that a server publishes, for `jwt.Decode`.",
    library: Library::Jwt,
    overloads: &[
        Overload::global(&[Ty::String], KEYS, fetch),
    ],
    examples: &[
        gives("jwt.Decode('a.b.c', jwks.Fetch('https://example.com/')).Valid", "false"),
        fails("jwks.Fetch('https://nowhere/')", "failed to fetch the keys: no such host"),
    ],
    ..Function::PLAIN
};

fn fetch<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let request = Http {
        url: call.str(0)?,
        body: None,
        headers: &[],
        ca_bundle: "",
    };
    let keys = match call.outside.ask(&Question::Http(request), call.bump) {
        Answer::Value(answer) => answer.get("keys").unwrap_or_default(),
        Answer::Failed(error) => {
            return Err(call.error(format_args!("failed to fetch the keys: {error}")));
        }
        Answer::Missing => return Err(Fault::Missing),
    };
    Ok(message(call, KEYS_NAME, &[("keys", Val::from(keys))]))
}
