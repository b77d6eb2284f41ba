//! Responses: the few forms that leave the gate.
//!
//! Comes in:  a body, or what was wrong with a request.
//! Goes out:  an HTTP response.
//! Never here: verdicts; they arrive encoded.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::json;

/// What the gate sends.
pub(super) type Reply = Response<Full<Bytes>>;

/// Why a request gets no verdict.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Refusal {
    /// The HTTP status.
    pub(super) status: StatusCode,
    /// For people: what is wrong and what would be right.
    pub(super) message: String,
    /// The `Allow` header of a 405.
    pub(super) allow: Option<&'static str>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Refusal {
        Refusal {
            status,
            message: message.into(),
            allow: None,
        }
    }

    /// As JSON: `{"error": "…"}`.
    pub(super) fn reply(&self) -> Reply {
        let body = json!({ "error": self.message }).to_string();
        let mut reply = with(self.status, "application/json", Bytes::from(body));
        if let Some(allow) = self.allow {
            set(&mut reply, ALLOW, allow);
        }
        reply
    }
}

/// A body of some type.
pub(super) fn with(status: StatusCode, content_type: &'static str, body: Bytes) -> Reply {
    let mut reply = Response::new(Full::new(body));
    *reply.status_mut() = status;
    set(&mut reply, CONTENT_TYPE, content_type);
    reply
}

/// Sets one header.
pub(super) fn set(reply: &mut Reply, name: HeaderName, value: &'static str) {
    reply
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
}
