//! Reviews of policies, from the request's head to the answer.
//!
//! Comes in:  a request for a path of [`Hook`].
//! Goes out:  an answer in time, or a refusal.
//! Never here: what is asked of a policy (see `policies`).

use std::time::Instant;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::body::Body;
use hyper::http::request::Parts;
use tokio::time::timeout_at;

use super::connection::Peer;
use super::reply::{Refusal, Reply, with};
use super::{Gate, body, entrance};
use crate::policies::Hook;

/// Answers one review of a policy.
pub(super) async fn judge<B>(gate: &Gate, peer: &Peer, hook: Hook, head: &Parts, body: B) -> Reply
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: std::fmt::Display,
{
    match answer(gate, peer, hook, head, body).await {
        Ok(body) => with(StatusCode::OK, "application/json", body),
        Err(refusal) => {
            gate.metrics.bad_requests.inc();
            refusal.reply()
        }
    }
}

async fn answer<B>(
    gate: &Gate,
    peer: &Peer,
    hook: Hook,
    head: &Parts,
    body: B,
) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: std::fmt::Display,
{
    let budget = entrance::enter(gate, peer, head)?;
    let deadline = (Instant::now() + budget).into();
    let mut room = gate.load.room();
    let body = body::read(body, gate.limits.max_body, &mut room, deadline).await?;
    let judged = gate.policies.clone().review(hook, &body);
    match timeout_at(deadline, judged).await {
        Ok(Ok(body)) => Ok(body.into()),
        Ok(Err(why)) => Err(Refusal::new(StatusCode::BAD_REQUEST, why)),
        Err(_) => Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the policy could not be judged in time; try again",
        )),
    }
}
