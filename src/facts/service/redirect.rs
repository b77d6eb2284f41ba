//! Where an answer leads, and what is sent there.
//!
//! As Go's client does: 301, 302 and 303 lead a POST to a GET, 307 and 308 repeat it; what shows who asks
//! is not shown to another host.

use hyper::body::Bytes;
use hyper::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HOST, LOCATION, PROXY_AUTHORIZATION,
};
use hyper::{Method, Response, StatusCode, Uri};

use super::exchange::Request;

/// What follows from an answer.
#[derive(Debug, PartialEq)]
pub(super) enum Redirect {
    /// It is the answer.
    None,
    /// Somebody else has it.
    To(String),
}

/// Changes `request`, which was sent to `uri`, into what has to be sent next.
///
/// # Errors
///
/// It leads nowhere.
pub(super) fn redirect<B>(
    uri: &Uri,
    answer: &Response<B>,
    request: &mut Request,
) -> Result<Redirect, String> {
    let repeats = match answer.status() {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => false,
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        _ => return Ok(Redirect::None),
    };
    let Some(location) = answer.headers().get(LOCATION) else {
        return Ok(Redirect::None);
    };
    let location = location.to_str().ok();
    let Some(next) = location.and_then(|location| join(uri, location)) else {
        return Err("failed to parse Location header".to_owned());
    };
    if !repeats && request.method != Method::GET {
        request.method = Method::GET;
        request.body = Bytes::new();
        request.headers.remove(CONTENT_TYPE);
        request.headers.remove(CONTENT_LENGTH);
    }
    let stays = next.parse::<Uri>().is_ok_and(|next| {
        let place = |uri: &Uri| (uri.host().map(str::to_ascii_lowercase), uri.port_u16());
        // Not from https to http either.
        place(&next) == place(uri) && next.scheme() == uri.scheme()
    });
    if !stays {
        for name in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, HOST] {
            request.headers.remove(name);
        }
    }
    Ok(Redirect::To(next))
}

/// What a reference means at an address. The part after `#` is for people.
fn join(base: &Uri, reference: &str) -> Option<String> {
    let reference = reference.split('#').next().unwrap_or_default();
    let (scheme, authority) = (base.scheme_str()?, base.authority()?);
    let has_scheme = reference.split(['/', '?']).next()?.contains(':');
    let path = base.path();
    Some(if has_scheme {
        reference.to_owned()
    } else if reference.starts_with("//") {
        format!("{scheme}:{reference}")
    } else if reference.starts_with('/') {
        format!("{scheme}://{authority}{reference}")
    } else if reference.starts_with('?') {
        format!("{scheme}://{authority}{path}{reference}")
    } else if reference.is_empty() {
        base.to_string()
    } else {
        let folder = path
            .rfind('/')
            .and_then(|at| path.get(..=at))
            .unwrap_or("/");
        format!("{scheme}://{authority}{folder}{reference}")
    })
}

#[cfg(test)]
mod tests {
    use super::{Redirect, redirect};
    use crate::facts::service::exchange::Request;
    use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
    use hyper::{Method, Response};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn redirects() {
        check(200, "/c",            "POST answered",                            true);
        check(304, "/c",            "POST answered",                            true);
        check(302, "/c",            "GET https://a.b/c",                        true);
        check(303, "c?d",           "GET https://a.b/x/c?d",                    true);
        check(307, "c#d",           "POST https://a.b/x/c",                     true);
        check(308, "?z",            "POST https://a.b/x/y?z",                   true);
        check(307, "//o.p/q",       "POST https://o.p/q",                       false);
        check(307, "http://a.b/c",  "POST http://a.b/c",                        false);
        check(307, "https://a.b:1", "POST https://a.b:1",                       false);
        check(302, "file:///etc",   "GET file:///etc",                          false);
        check(302, "\u{7f}",        "failed to parse Location header",          true);
    }

    #[track_caller]
    fn check(status: u16, location: &str, expect: &str, shows_who_asks: bool) {
        let answer = Response::builder().status(status);
        let location = HeaderValue::from_bytes(location.replace('\u{7f}', "\u{e9}").as_bytes());
        let answer = answer.header("location", location.expect("a value"));
        let answer = answer.body(()).expect("an answer");
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let mut request = Request {
            method: Method::POST,
            url: "https://a.b/x/y".to_owned(),
            headers,
            body: "{}".into(),
        };
        let uri = request.url.parse().expect("an address");
        let found = match redirect(&uri, &answer, &mut request) {
            Ok(Redirect::None) => format!("{} answered", request.method),
            Ok(Redirect::To(next)) => format!("{} {next}", request.method),
            Err(why) => why,
        };
        assert_eq!(found, expect, "{status}");
        assert_eq!(
            request.headers.contains_key(AUTHORIZATION),
            shows_who_asks,
            "{expect}"
        );
        let sends = request.method == Method::POST;
        assert_eq!(
            request.headers.contains_key(CONTENT_TYPE),
            sends,
            "{expect}"
        );
        assert_eq!(request.body.is_empty(), !sends, "{expect}");
    }
}
