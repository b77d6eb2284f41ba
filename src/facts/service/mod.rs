//! Services: whoever answers JSON over HTTP and is no API server.
//!
//! Comes in:  calls of context entries, of GlobalContextEntries and of expressions (`http.get`, `http.post`).
//! Goes out:  their answers, or why there is none.
//! Never here: what an answer means; deadlines of reviews; who asks the same (see `desk`).
//!
//! ```text
//! call ─> guard: may this address be asked? ─> client of its authorities (clients) ─ dial: look up, check
//!         exchange: send, follow redirects, read so many bytes <─────────────────────┘
//! ```
//!
//! Two kinds of calls differ in what they may and get. An `apiCall` of a policy or entry shows who asks, by
//! a token of its own where there is one, and wants an answer of 2xx. An expression sees every status, shows
//! nothing that it did not state, and may ask only who is not on the list of blocked addresses.

mod clients;
mod dial;
mod exchange;
mod guard;
mod redirect;
mod token;

use std::path::PathBuf;
use std::time::Duration;

use bumpalo::Bump;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use portcullis_engine::facts::{ApiCall, ApiTarget, Method};
use portcullis_lang::value::{Document, Numbers, Value, object};
use tokio::time::timeout;

use super::fetch::{Asked, NoAnswer};
use clients::Clients;
use exchange::{Exchange, Request};
pub(crate) use guard::{Guard, USUAL};
use token::Token;

/// How much of a refusal is shown. A page of an error may be long, and a verdict's message must not.
const MOST_SHOWN: usize = 2_048;

/// Bounds of calls, as an installation states them.
#[derive(Clone, Debug)]
pub(crate) struct Calls {
    /// The most bytes that an answer may have; any number where it is 0.
    pub(crate) max_length: usize,
    /// The longest that one call may take, redirects included.
    pub(crate) timeout: Duration,
    /// Where a token is that `apiCall`s show.
    pub(crate) token: Option<PathBuf>,
    /// Whom expressions may ask.
    pub(crate) guard: Guard,
    /// May expressions of policies of one namespace ask anybody?
    pub(crate) http_in_namespaces: bool,
    /// The most GlobalContextEntries whose data are held; any number where it is 0.
    pub(crate) max_entries: usize,
}

/// As the flags have it by default.
impl Default for Calls {
    fn default() -> Self {
        Calls {
            max_length: 2_000_000,
            timeout: Duration::from_secs(30),
            token: None,
            guard: Guard::default(),
            http_in_namespaces: false,
            max_entries: 0,
        }
    }
}

/// Asks services. One for a process: connections are kept.
pub(crate) struct Services {
    calls: Calls,
    clients: Clients,
    token: Option<Token>,
}

impl Default for Services {
    fn default() -> Self {
        Services::new(Calls::default())
    }
}

impl Services {
    pub(crate) fn new(calls: Calls) -> Services {
        Services {
            clients: Clients::new(calls.guard.clone()),
            token: calls.token.clone().map(Token::new),
            calls,
        }
    }

    /// The answer to an `apiCall`: the JSON of a body that came with a status of 2xx.
    pub(super) async fn call(&self, call: &ApiCall) -> Asked {
        let (status, body) = self.ask(call, true).await?;
        if !status.is_success() {
            let text = format!("HTTP {status}: {}", shown(&body));
            let troubled = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
            return Err(match troubled {
                true => NoAnswer::Trouble(text),
                false => NoAnswer::Said(text),
            });
        }
        Document::from_json(&body, Numbers::Doubles).map_err(|error| {
            let (method, url) = (go_title(call.method), address(call));
            NoAnswer::Said(format!(
                "{method} {url:?}: the response is no JSON: {error}"
            ))
        })
    }

    /// The answer that an expression gets, whatever its status: the fields of an object, or the `body`,
    /// which is null where it is no JSON; and the `statusCode`.
    pub(super) async fn http(&self, call: &ApiCall) -> Asked {
        let (status, body) = self.ask(call, false).await?;
        let body = Document::from_json(&body, Numbers::Doubles).ok();
        let bump = Bump::new();
        let code = ("statusCode", Value::Int(i64::from(status.as_u16())));
        let body = body.as_ref().map_or(Value::Null, Document::root);
        let answer = match body.as_map() {
            Some(map) => object(&bump, map.iter().chain([code])),
            None => object(&bump, [("body", body), code]),
        };
        Ok(Document::from_value(answer))
    }

    async fn ask(&self, call: &ApiCall, own: bool) -> Result<(StatusCode, Bytes), NoAnswer> {
        let ApiTarget::Service {
            url,
            headers,
            ca_bundle,
        } = &call.target
        else {
            return Err(NoAnswer::Said(format!("{} is no service", address(call))));
        };
        let method = call.method;
        let placed = |why: String| format!("{} {url:?}: {why}", go_title(method));
        let mut headers =
            read_headers(headers).map_err(|why| NoAnswer::Said(placed(why.to_owned())))?;
        if own {
            if method == Method::Post {
                let json = HeaderValue::from_static("application/json");
                headers.entry(CONTENT_TYPE).or_insert(json);
            }
            if let (false, Some(token)) = (headers.contains_key(AUTHORIZATION), &self.token) {
                headers.extend(token.bearer().await.map(|value| (AUTHORIZATION, value)));
            }
        }
        let client = self.clients.of(ca_bundle, !own).await;
        let client = client.map_err(|why| NoAnswer::Said(placed(why)))?;
        let exchange = Exchange {
            client: &client,
            guard: (!own).then_some(&self.calls.guard),
            max_length: self.calls.max_length,
        };
        let request = Request {
            method: match method {
                Method::Get => hyper::Method::GET,
                Method::Post => hyper::Method::POST,
            },
            url: url.clone(),
            headers,
            body: call.body.clone().map(Bytes::from).unwrap_or_default(),
        };
        match timeout(self.calls.timeout, exchange.run(request)).await {
            Ok(answered) => answered.map_err(|error| match error {
                NoAnswer::Said(why) => NoAnswer::Said(placed(why)),
                NoAnswer::Trouble(why) => NoAnswer::Trouble(placed(why)),
            }),
            Err(_) => {
                let limit = self.calls.timeout;
                Err(NoAnswer::Trouble(placed(format!("no answer in {limit:?}"))))
            }
        }
    }
}

fn address(call: &ApiCall) -> &str {
    match &call.target {
        ApiTarget::Service { url, .. } => url,
        ApiTarget::Kubernetes { path } => path,
    }
}

/// As Go's client begins its errors, which users search for.
fn go_title(method: Method) -> &'static str {
    match method {
        Method::Get => "Get",
        Method::Post => "Post",
    }
}

fn read_headers(written: &[(String, String)]) -> Result<HeaderMap, &'static str> {
    let mut headers = HeaderMap::new();
    for (name, value) in written {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "invalid header name")?;
        let value = HeaderValue::from_str(value).map_err(|_| "invalid header value")?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// The beginning of a body, as text.
fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    match text.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}
