//! One call, from the first request to the last byte of the answer.

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{HeaderMap, HeaderValue, USER_AGENT};
use hyper::{Method, Response, StatusCode, Uri};

use super::Guard;
use super::clients::Client;
use super::redirect::{Redirect, redirect};
use crate::facts::fetch::NoAnswer;

/// Redirects that are followed, as Go's client follows them.
const MOST_REDIRECTS: usize = 10;

const AGENT: &str = concat!("portcullis/", env!("CARGO_PKG_VERSION"));

/// What to ask.
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) headers: HeaderMap,
    /// Empty where nothing is sent.
    pub(super) body: Bytes,
}

/// How to ask.
pub(super) struct Exchange<'e> {
    pub(super) client: &'e Client,
    /// Minded at every redirect, too. None where everybody may be asked.
    pub(super) guard: Option<&'e Guard>,
    /// Any length where it is 0.
    pub(super) max_length: usize,
}

impl Exchange<'_> {
    /// The status and the whole body of what is answered in the end.
    pub(super) async fn run(&self, mut request: Request) -> Result<(StatusCode, Bytes), NoAnswer> {
        let agent = HeaderValue::from_static(AGENT);
        request.headers.entry(USER_AGENT).or_insert(agent);
        let mut uri = self.target(&request.url)?;
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.send(&request, &uri).await?;
            match redirect(&uri, &answer, &mut request).map_err(NoAnswer::Said)? {
                Redirect::None => return self.read(answer).await,
                Redirect::To(next) => uri = self.target(&next)?,
            }
        }
        let why = format!("stopped after {MOST_REDIRECTS} redirects");
        Err(NoAnswer::Said(why))
    }

    fn target(&self, url: &str) -> Result<Uri, NoAnswer> {
        let said = |why: String| Err(NoAnswer::Said(why));
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "http" | "https") {
            return said(format!("unsupported protocol scheme {scheme:?}"));
        }
        let uri = match url.parse::<Uri>() {
            Ok(uri) if uri.host().is_some_and(|host| !host.is_empty()) => uri,
            Ok(_) => return said("no Host in request URL".to_owned()),
            Err(error) => return said(format!("no URL: {error}")),
        };
        if let Some(guard) = self.guard {
            guard.check(&uri).map_err(NoAnswer::Said)?;
        }
        Ok(uri)
    }

    async fn send(&self, request: &Request, uri: &Uri) -> Result<Response<Incoming>, NoAnswer> {
        let mut sent = hyper::Request::new(Full::new(request.body.clone()));
        *sent.method_mut() = request.method.clone();
        *sent.uri_mut() = uri.clone();
        *sent.headers_mut() = request.headers.clone();
        let answer = self.client.request(sent).await;
        answer.map_err(|error| NoAnswer::Trouble(causes(&error)))
    }

    async fn read(&self, answer: Response<Incoming>) -> Result<(StatusCode, Bytes), NoAnswer> {
        let status = answer.status();
        let body = answer.into_body();
        let limit = match self.max_length {
            0 => usize::MAX,
            limit => limit,
        };
        let too_long = || {
            let why = format!("the response is longer than {limit} bytes, which is the limit");
            Err(NoAnswer::Said(why))
        };
        if body.size_hint().lower() > limit as u64 {
            return too_long();
        }
        match Limited::new(body, limit).collect().await {
            Ok(body) => Ok((status, body.to_bytes())),
            Err(error) if error.is::<LengthLimitError>() => too_long(),
            Err(error) => Err(NoAnswer::Trouble(causes(&*error))),
        }
    }
}

/// What failed, down to its cause; what only says that something did is left out.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        // Many tell the cause in their own text.
        if !texts.iter().any(|told| told.contains(&text)) {
            texts.push(text);
        }
        next = error.source();
    }
    if texts.len() > 1
        && texts
            .first()
            .is_some_and(|text| text.starts_with("client error"))
    {
        texts.remove(0);
    }
    texts.join(": ")
}
