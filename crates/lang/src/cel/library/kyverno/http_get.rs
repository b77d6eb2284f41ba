//! `http.get(url, headers?)`

use super::ask::{HTTP, TEXTS, ask, texts};
use super::http_client::ca_bundle;
use crate::cel::library::{Call, Function, Http, Library, Outcome, Overload, Question, Ty, fails, gives};

pub(super) static HTTP_GET: Function = Function {
    name: "get",
    aliases: &["Get"],
    about: "What an HTTP server answers: the fields of the JSON object that is the body, or the `body`; and the `statusCode`.",
    library: Library::Http,
    overloads: &[
        Overload::member(&[HTTP, Ty::String], Ty::Dyn, get),
        Overload::member(&[HTTP, Ty::String, TEXTS], Ty::Dyn, get),
    ],
    examples: &[
        gives("http.get('https://example.com/').statusCode", "200"),
        gives("http.Get('https://example.com/', {'Accept': 'application/json'}).ok", "true"),
        fails("http.get('https://nowhere/')", "request failed: no such host"),
    ],
    ..Function::PLAIN
};

fn get<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let headers = texts(call, 2)?;
    let request = Http {
        url: call.str(1)?,
        body: None,
        headers: &headers,
        ca_bundle: ca_bundle(call),
    };
    ask(call, &Question::Http(request), "request failed: ")
}
