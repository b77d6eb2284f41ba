//! One review, from the request's head to its answer.
//!
//! Comes in:  a request for `/validate` or `/mutate`.
//! Goes out:  a verdict in time, or a refusal that says what was wrong.
//! Never here: how a verdict is found.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use bytes::Bytes;
use hyper::body::Body;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use hyper::{Request, StatusCode};
use tokio::time::timeout_at;

use super::decide::Decided;
use super::reply::{Refusal, Reply, with};
use super::{Gate, body, budget};
use crate::facts::Known;
use crate::observe::metrics::{End, Endpoint};
use crate::snapshot::Snapshot;

/// Answers one review, and counts it.
pub(super) async fn admit<B>(gate: &Gate, endpoint: Endpoint, request: Request<B>) -> Reply
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: std::fmt::Display,
{
    let started = Instant::now();
    let _counted = InFlight::start(gate);
    let (reply, end) = match answer(gate, endpoint, request, started).await {
        Ok((body, allowed)) => {
            let reply = with(StatusCode::OK, "application/json", body);
            (reply, End::Answered { allowed })
        }
        Err(refusal) => {
            if refusal.status.is_client_error() {
                gate.metrics.bad_requests.inc();
            }
            let code = refusal.status.as_u16();
            tracing::debug!(?endpoint, code, error = refusal.message, "refused");
            (refusal.reply(), End::Refused { code })
        }
    };
    gate.metrics.ended(endpoint, end, started.elapsed());
    reply
}

async fn answer<B>(
    gate: &Gate,
    endpoint: Endpoint,
    request: Request<B>,
    started: Instant,
) -> Result<(Bytes, bool), Refusal>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: std::fmt::Display,
{
    let budget = budget::budget(request.uri().query(), gate.limits.max_latency)
        .map_err(|why| Refusal::new(StatusCode::BAD_REQUEST, why))?;
    check_headers(request.headers())?;
    let deadline = started + budget;
    let body = body::read(request.into_body(), gate.limits.max_body, deadline.into()).await?;
    let review = Pending {
        gate,
        endpoint,
        body,
        deadline,
    };
    let (decided, version) = review.decide().await?;
    if Instant::now() >= deadline {
        gate.metrics.deadline_hits.inc();
    }
    match decided {
        Decided::Answer {
            body,
            allowed,
            undecided,
        } => {
            gate.metrics.undecided_policies.inc_by(undecided as u64);
            let micros = started.elapsed().as_micros() as u64;
            tracing::debug!(?endpoint, allowed, undecided, version, micros, "decided");
            Ok((body, allowed))
        }
        Decided::Refused(why) => Err(Refusal::new(StatusCode::BAD_REQUEST, why)),
        // Asked again for what it was given, or when the time was over.
        Decided::Needs(_) => Err(broken()),
    }
}

/// A review on its way to a verdict.
struct Pending<'g> {
    gate: &'g Gate,
    endpoint: Endpoint,
    body: Bytes,
    deadline: Instant,
}

impl Pending<'_> {
    /// Decides, at once if no fact is missing. Also tells which program decided.
    async fn decide(&self) -> Result<(Decided, u64), Refusal> {
        let mut known = Known::new();
        let (mut fact, snapshot) = {
            let snapshot = self.gate.in_force.load();
            let Some(snapshot) = snapshot.as_ref() else {
                let why = "no program is in force yet";
                return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, why));
            };
            match self.attempt(snapshot, &known)? {
                Decided::Needs(fact) => (fact, snapshot.clone()),
                decided => return Ok((decided, snapshot.version)),
            }
        };
        loop {
            let fetched = self.gate.facts.fetch(&fact);
            // Too late is no answer, and no error either: the next attempt finds the time over.
            if let Ok(answer) = timeout_at(self.deadline.into(), fetched).await {
                known.insert(fact.clone(), answer);
            }
            match self.attempt(&snapshot, &known)? {
                Decided::Needs(next) if next != fact => fact = next,
                decided => return Ok((decided, snapshot.version)),
            }
        }
    }

    /// One attempt. A panic on the way is caught, and the review resolved by its policies' failure
    /// modes.
    fn attempt(&self, snapshot: &Snapshot, known: &Known) -> Result<Decided, Refusal> {
        let gate = self.gate;
        let attempt = |stop: &dyn Fn() -> bool| {
            let program = &snapshot.program;
            let decide = || {
                gate.decide
                    .decide(program, self.endpoint, &self.body, known, stop)
            };
            catch_unwind(AssertUnwindSafe(decide)).inspect_err(|_| {
                gate.metrics.panics.inc();
            })
        };
        attempt(&|| Instant::now() >= self.deadline)
            .or_else(|_| attempt(&|| true))
            .map_err(|_| broken())
    }
}

/// Not even the failure modes can be told. The API server applies the one of the webhook's
/// registration to every answer that is no 200.
fn broken() -> Refusal {
    let why = "deciding failed inside portcullis";
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, why)
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

/// Counts a request while it lives, however it ends.
struct InFlight<'g>(&'g Gate);

impl<'g> InFlight<'g> {
    fn start(gate: &'g Gate) -> InFlight<'g> {
        gate.metrics.in_flight.inc();
        InFlight(gate)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.metrics.in_flight.dec();
    }
}
