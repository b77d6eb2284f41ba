//! One review, from the request's head to its answer.
//!
//! Comes in:  a request for `/validate` or `/mutate`.
//! Goes out:  a verdict in time, or a refusal that says what was wrong.
//! Never here: how a verdict is found.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::StatusCode;
use hyper::body::Body;
use hyper::http::request::Parts;
use portcullis_engine::admit::Stage;
use portcullis_engine::failure::{Cause, Time};
use portcullis_engine::program::Program;

use super::connection::Peer;
use super::decide::{Attempt, Decided};
use super::load::Arrived;
use super::reply::{Refusal, Reply, with};
use super::{Gate, body, entrance};
use crate::after::Job;
use crate::facts::{Errand, Known};
use crate::observe::metrics::{End, Endpoint};
use crate::observe::traces::{Part, Recording, Traces};
use crate::snapshot::Lane;

/// Kept back at least for the last attempt after waiting for facts.
const LEAST_RESERVE: Duration = Duration::from_millis(10);

/// The most that the last attempt may take of what is kept back for the network, where a busy machine
/// woke it too late: what can be decided in a moment shall not be undecided.
const MOST_GRACE: Duration = Duration::from_millis(30);

/// What is asked for, as the head of the request says.
#[derive(Clone, Copy)]
pub(super) struct Asked<'r> {
    pub(super) endpoint: Endpoint,
    /// The policies that are asked.
    pub(super) lane: Lane<'r>,
    pub(super) head: &'r Parts,
    /// When it was first seen.
    pub(super) seen: Instant,
}

/// Answers one review, and counts it.
pub(super) async fn admit<B>(gate: &Gate, peer: &Peer, asked: Asked<'_>, body: B) -> Reply
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: std::fmt::Display,
{
    let _counted = InFlight::start(gate);
    let Asked {
        endpoint,
        head,
        seen,
        ..
    } = asked;
    let begin = |traces: &Arc<Traces>| traces.begin(&head.headers, head.uri.path());
    let mut told = Told {
        recording: gate.traces.as_ref().and_then(begin).map(Box::new),
        left_out: false,
    };
    let answered = answer(gate, peer, asked, body, &mut told).await;
    let (reply, end) = match answered {
        Ok((body, allowed)) => {
            let reply = with(StatusCode::OK, "application/json", body);
            (reply, End::Answered { allowed })
        }
        Err(refusal) => {
            if refusal.status.is_client_error() {
                gate.metrics.bad_requests.inc();
            }
            let code = refusal.status.as_u16();
            // Not why: the message may quote the request, and that may be a Secret.
            tracing::debug!(?endpoint, code, "refused");
            (refusal.reply(), End::Refused { code })
        }
    };
    let duration = seen.elapsed();
    gate.metrics.ended(endpoint, end, duration, told.left_out);
    if let (Some(traces), Some(recording)) = (&gate.traces, told.recording) {
        let allowed = match end {
            End::Answered { allowed } => Some(allowed),
            End::Refused { .. } => None,
        };
        traces.end(*recording, reply.status().as_u16(), allowed);
    }
    reply
}

async fn answer<B>(
    gate: &Gate,
    peer: &Peer,
    asked: Asked<'_>,
    body: B,
    told: &mut Told,
) -> Result<(Bytes, bool), Refusal>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: std::fmt::Display,
{
    let seen = asked.seen;
    let budget = entrance::enter(gate, peer, asked.head)?;
    let arrived = gate.load.arrive(&peer.share, peer.opening(seen));
    // Half of the budget is left in any case: to read the body, and to say what was not evaluated.
    let clock = Clock::new(seen, budget, arrived.waited.min(budget / 2));
    let mut room = gate.load.room();
    let (max, deadline) = (gate.limits.max_body, clock.deadline.into());
    begins(told.recording.as_deref(), || Part::Receive);
    let body = body::read(body, max, &mut room, deadline).await?;
    begins(told.recording.as_deref(), || Part::Rest);
    told.left_out = gate.metrics.kyverno.leaves_out(&body);
    if let Some(recording) = &mut told.recording {
        recording.describe(&body);
    }
    let dumped = gate.dumps.any().then(|| body.clone());
    let review = Pending {
        gate,
        arrived,
        endpoint: asked.endpoint,
        lane: asked.lane,
        body,
        clock,
        recording: told.recording.as_deref(),
    };
    let answered = review.conclude(seen).await;
    if let (Some(request), Ok((response, _))) = (dumped, &answered) {
        gate.dumps.dump(&request, response);
    }
    answered
}

/// What is told of a review besides its verdict.
struct Told {
    /// Where it is traced.
    recording: Option<Box<Recording>>,
    /// Do Kyverno's metrics leave it out?
    left_out: bool,
}

impl Pending<'_> {
    /// The answer, and whether it lets the request pass.
    async fn conclude(&self, seen: Instant) -> Result<(Bytes, bool), Refusal> {
        let (gate, endpoint) = (self.gate, self.endpoint);
        let sift = gate.sift.as_ref();
        if let Some(answer) = sift.and_then(|sift| sift.left_out(&self.body)) {
            return Ok((answer, true));
        }
        let protect = gate.protect.as_ref();
        if let Some(answer) = protect.and_then(|protect| protect.denies(&self.body)) {
            return Ok((answer, false));
        }
        let (decided, version, cause) = self.decide().await?;
        let late = Instant::now() >= self.clock.deadline;
        if late {
            gate.metrics.deadline_hits.inc();
        }
        match decided {
            Decided::Answer {
                body,
                allowed,
                spared,
                undecided,
                concerns: _,
            } => {
                gate.metrics.resolved(cause, &undecided);
                if spared {
                    gate.metrics.spared.inc();
                }
                tracing::debug!(
                    ?endpoint,
                    allowed,
                    spared,
                    undecided = undecided.rules.len(),
                    version,
                    micros = seen.elapsed().as_micros() as u64,
                    "decided"
                );
                Ok((body, allowed))
            }
            Decided::Refused(why) => Err(Refusal::new(StatusCode::BAD_REQUEST, why)),
            // Every fact that is needed was asked for or given up.
            Decided::Needs(_) => Err(broken()),
        }
    }
}

/// The time of one review.
#[derive(Clone, Copy, Debug)]
struct Clock {
    started: Instant,
    budget: Duration,
    deadline: Instant,
}

impl Clock {
    /// `unseen`: what the review has waited before anybody saw it.
    fn new(seen: Instant, budget: Duration, unseen: Duration) -> Clock {
        let started = seen.checked_sub(unseen).unwrap_or(seen);
        Clock {
            started,
            budget,
            deadline: started + budget,
        }
    }

    /// Until when facts are waited for: then one more attempt is made, as long as the last one or a
    /// little longer.
    fn last_fact(&self, reserve: Duration) -> Instant {
        self.deadline.checked_sub(reserve).unwrap_or(self.started)
    }
}

/// A review on its way to a verdict.
struct Pending<'g> {
    gate: &'g Gate,
    arrived: Arrived<'g>,
    endpoint: Endpoint,
    /// The policies that are asked.
    lane: Lane<'g>,
    body: Bytes,
    clock: Clock,
    recording: Option<&'g Recording>,
}

/// A part of the work begins, where somebody wants to know.
fn begins(recording: Option<&Recording>, part: impl FnOnce() -> Part) {
    if let Some(recording) = recording {
        recording.begins(part());
    }
}

impl Pending<'_> {
    /// Decides, at once if no fact is missing. Also tells which program decided, and why not
    /// everything was evaluated, if so.
    async fn decide(&self) -> Result<(Decided, u64, Cause), Refusal> {
        let mut known = self.gate.facts.open().with_roles(self.gate.roles());
        let (mut wanted, program, version, took) = {
            let snapshot = self.gate.in_force.load();
            let Some(snapshot) = snapshot.as_ref() else {
                let why = "no program is in force yet";
                return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, why));
            };
            let version = snapshot.version;
            let part = snapshot.part(self.lane);
            let program = part.program();
            let (decided, cause, took) = self.attempt(program, &known, None)?;
            match decided {
                Decided::Needs(wanted) => (wanted, program.clone(), version, took),
                decided => {
                    self.leave(&decided, program, known);
                    return Ok((decided, version, cause));
                }
            }
        };
        let reserve = (took * 2 + LEAST_RESERVE).min(self.clock.budget / 4);
        let until = self.clock.last_fact(reserve);
        let grace = reserve.min(MOST_GRACE);
        let mut errand = Errand::new(&self.gate.facts, self.clock.started, until);
        loop {
            begins(self.recording, || Part::waiting(&wanted));
            let waiting = Box::pin(errand.wait(&wanted, &mut known));
            self.arrived.aside(waiting).await;
            let (decided, cause, _) = self.attempt(&program, &known, Some(grace))?;
            match decided {
                // What is asked for too late is given up at once.
                Decided::Needs(more) => wanted = more,
                decided => {
                    self.leave(&decided, &program, known);
                    return Ok((decided, version, cause));
                }
            }
        }
    }

    /// Leaves the review to whoever makes something of what policies said, if anybody does.
    fn leave(&self, decided: &Decided, program: &Arc<Program>, known: Known) {
        let (after, phase) = (&self.gate.after, self.endpoint.phase());
        if let Decided::Answer {
            allowed,
            concerns: true,
            ref undecided,
            ..
        } = *decided
            && after.is_open(phase)
        {
            after.offer(Job {
                phase,
                body: self.body.clone(),
                program: program.clone(),
                known,
                allowed,
                undecided: undecided.clone(),
            });
        }
    }

    /// One attempt, and what it took; `grace` is none in the first one. A panic on the way is caught, and the
    /// review resolved by its policies' failure modes.
    fn attempt(
        &self,
        program: &Program,
        known: &Known,
        grace: Option<Duration>,
    ) -> Result<(Decided, Cause, Duration), Refusal> {
        let gate = self.gate;
        let settings = gate.settings.load();
        let begun = Instant::now();
        let deadline = self.clock.deadline.max(begun + grace.unwrap_or_default());
        let over = |limit: Option<Duration>| {
            let now = Instant::now();
            now >= deadline || limit.is_some_and(|limit| now - begun >= limit)
        };
        let attempt = |over: &dyn Fn(Option<Duration>) -> bool, cause| {
            let time = Time {
                over,
                waited: &|limit| self.clock.started.elapsed() >= limit,
                budget: self.clock.budget,
                cause,
            };
            let stages = |stage: Stage<'_>| begins(self.recording, || stage.into());
            let asked = Attempt {
                program,
                endpoint: self.endpoint,
                body: &self.body,
                known,
                time,
                modes: &settings.modes,
                stages: self.recording.is_some().then_some(&stages),
            };
            catch_unwind(AssertUnwindSafe(|| gate.decide.decide(&asked)))
                .map(|decided| (decided, cause))
                .inspect_err(|_| {
                    gate.metrics.panics.inc();
                })
        };
        // What cannot be done in time is not begun. What was begun has waited for facts, not for us.
        let left = self.clock.deadline.saturating_duration_since(begun);
        if grace.is_none() && !self.arrived.fits(left, self.clock.budget) {
            gate.metrics.shed.inc();
            let (decided, cause) = attempt(&|_| true, Cause::Overload).map_err(|_| broken())?;
            return Ok((decided, cause, Duration::ZERO));
        }
        let attempted = attempt(&over, Cause::Deadline);
        let took = begun.elapsed();
        gate.load.served(took);
        let (decided, cause) = attempted
            .or_else(|_| attempt(&|_| true, Cause::Panic))
            .map_err(|_| broken())?;
        Ok((decided, cause, took))
    }
}

/// Not even the failure modes can be told. The API server applies the one of the webhook's
/// registration to every answer that is no 200.
fn broken() -> Refusal {
    let why = "deciding failed inside portcullis";
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, why)
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
