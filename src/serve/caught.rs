//! A panic ends one request, and that with an answer.
//!
//! Comes in:  the work on a request.
//! Goes out:  its reply, or one that says that the work failed.
//! Never here: verdicts. Where deciding a review panics its policies' failure modes tell (see `admit`).

use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use hyper::StatusCode;

use super::Gate;
use super::reply::{Refusal, Reply};

/// What `work` comes to. Without this a panic would end an HTTP/1.1 connection, or an HTTP/2 stream, without a
/// word.
pub(super) fn caught(
    gate: &Gate,
    work: impl Future<Output = Reply>,
) -> impl Future<Output = Reply> {
    // What a panic leaves behind is the request's own; what is shared is swapped whole or atomic.
    AssertUnwindSafe(work).catch_unwind().map(|ended| {
        ended.unwrap_or_else(|_| {
            gate.metrics.panics.inc();
            let why = "answering failed inside portcullis; please report it";
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, why).reply()
        })
    })
}
