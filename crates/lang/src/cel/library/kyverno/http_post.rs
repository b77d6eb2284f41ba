//! `http.post(url, data, headers?)`

use super::ask::{HTTP, TEXTS, ask, json, texts};
use super::http_client::ca_bundle;
use crate::cel::library::{Call, Function, Http, Library, Outcome, Overload, Question, Ty, fails, gives};

pub(super) static HTTP_POST: Function = Function {
    name: "post",
    aliases: &["Post"],
    about: "What an HTTP server answers to a value that is posted as JSON; as with `http.get`.",
    library: Library::Http,
    overloads: &[
        Overload::member(&[HTTP, Ty::String, Ty::Dyn], Ty::Dyn, post),
        Overload::member(&[HTTP, Ty::String, Ty::Dyn, TEXTS], Ty::Dyn, post),
    ],
    examples: &[
        gives("http.post('https://example.com/', {'a': 1}).statusCode", "200"),
        fails("http.Post('https://nowhere/', [])", "request failed: no such host"),
    ],
    ..Function::PLAIN
};

fn post<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let headers = texts(call, 3)?;
    let request = Http {
        url: call.str(1)?,
        body: Some(json(call, 2)?),
        headers: &headers,
        ca_bundle: ca_bundle(call),
    };
    ask(call, &Question::Http(request), "request failed: ")
}
