//! What is asked of every review before its body is read.
//!
//! Comes in:  a request's head, and who sends it.
//! Goes out:  the time that there is for an answer, or a refusal.
//! Never here: bodies.

use std::time::Duration;

use hyper::StatusCode;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use hyper::http::request::Parts;

use super::connection::Peer;
use super::reply::Refusal;
use super::{Gate, budget};

/// Lets a review in. The time counts from when the request arrived.
pub(super) fn enter(gate: &Gate, peer: &Peer, head: &Parts) -> Result<Duration, Refusal> {
    if gate.limits.needs_client_certificate && !peer.vouched {
        let why = "only clients with a certificate of --client-ca may send reviews";
        return Err(Refusal::new(StatusCode::FORBIDDEN, why));
    }
    let budget = budget::budget(head.uri.query(), gate.limits.max_latency)
        .map_err(|why| Refusal::new(StatusCode::BAD_REQUEST, why))?;
    check_headers(&head.headers)?;
    Ok(budget)
}

fn check_headers(headers: &HeaderMap) -> Result<(), Refusal> {
    let unsupported = |why| Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
    let content_type = headers.get(CONTENT_TYPE).map_or(&b""[..], |v| v.as_bytes());
    let media = content_type.split(|byte| *byte == b';').next();
    let media = media.unwrap_or_default().trim_ascii();
    if !media.eq_ignore_ascii_case(b"application/json") {
        let given = String::from_utf8_lossy(media).into_owned();
        return unsupported(match given.as_str() {
            "" => "content type must be `application/json`, but none is given".to_owned(),
            _ => format!("content type must be `application/json`, not `{given}`"),
        });
    }
    match headers.get(CONTENT_ENCODING).map(|value| value.as_bytes()) {
        None | Some(b"identity") => Ok(()),
        Some(_) => unsupported("content encoding is not supported".to_owned()),
    }
}
