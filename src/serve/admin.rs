//! The listener for the people who run the gate: why is a review answered as it is?
//!
//! Comes in:  `POST /explain` with an AdmissionReview, over plain HTTP from this machine.
//! Goes out:  JSON: for each policy and rule, every step with its values.
//! Never here: verdicts for an API server. The values of a review may be secrets, so this listener
//!             takes a loopback address only, and nothing of it is logged.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use portcullis_engine::admit::{Outside, Pending};
use portcullis_engine::explain::{Explanation, explain};
use portcullis_engine::failure::{Cause, Time};
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;

use super::caught::caught;
use super::reply::{Refusal, Reply, with};
use super::{Gate, ServeError};
use crate::facts::Errand;
use crate::snapshot::Report;

/// Opens the listener.
///
/// # Errors
///
/// Where the address cannot be had, or can be reached from other machines.
pub(super) async fn open(address: &str) -> Result<TcpListener, ServeError> {
    let refuse = |error| ServeError::Listen {
        address: address.to_owned(),
        error,
    };
    let listener = TcpListener::bind(address).await.map_err(refuse)?;
    let bound: SocketAddr = listener.local_addr().map_err(refuse)?;
    if !bound.ip().is_loopback() {
        let why = "the admin listener shows the values of reviews; give it a loopback address";
        return Err(refuse(std::io::Error::other(why)));
    }
    Ok(listener)
}

/// Serves until it is dropped.
pub(super) async fn serve(listener: TcpListener, gate: Arc<Gate>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let gate = gate.clone();
        tokio::spawn(async move {
            let answer = |request| {
                let gate = gate.clone();
                async move { Ok::<_, Infallible>(caught(&gate, answer(&gate, request)).await) }
            };
            // A client that goes away is no news.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(answer))
                .await;
        });
    }
}

async fn answer(gate: &Gate, request: Request<Incoming>) -> Reply {
    let refusal = match (request.method(), request.uri().path()) {
        (&Method::POST, "/explain") => match explained(gate, request).await {
            Ok(accounts) => {
                return with(
                    StatusCode::OK,
                    "application/json",
                    format!("{accounts:#}\n").into(),
                );
            }
            Err(refusal) => refusal,
        },
        (_, "/explain") => Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "use POST with an AdmissionReview",
        ),
        _ => Refusal::new(
            StatusCode::NOT_FOUND,
            "this listener answers `POST /explain`",
        ),
    };
    refusal.reply()
}

async fn explained(gate: &Gate, request: Request<Incoming>) -> Result<Json, Refusal> {
    let started = Instant::now();
    let deadline = started + gate.limits.max_latency;
    let mut room = gate.load.room();
    let max = gate.limits.max_body;
    let body = super::body::read(request.into_body(), max, &mut room, deadline.into()).await?;
    let Some(snapshot) = gate.in_force.load().clone() else {
        return Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "no program is in force yet",
        ));
    };
    let mut known = gate.facts.open().with_roles(gate.roles());
    let mut errand = Errand::new(&gate.facts, started, deadline);
    loop {
        let explained = {
            let settings = gate.settings.load();
            let outside = Outside {
                facts: &known,
                inputs: &known,
                time: Time {
                    over: &|_| Instant::now() >= deadline,
                    waited: &|_| false,
                    budget: gate.limits.max_latency,
                    cause: Cause::Deadline,
                },
                modes: &settings.modes,
                stages: None,
            };
            explain(&snapshot.program, &body, outside)
        };
        match explained {
            Ok(explanations) => {
                let account = |explanation| as_json(explanation, &snapshot.report);
                return Ok(explanations.iter().map(account).collect());
            }
            Err(Pending::Refused(why)) => {
                return Err(Refusal::new(StatusCode::BAD_REQUEST, why.to_string()));
            }
            Err(Pending::Facts(wanted)) => errand.wait(&wanted, &mut known).await,
        }
    }
}

fn as_json(explanation: &Explanation, report: &Report) -> Json {
    let policy = &explanation.policy;
    let steps = explanation.steps.iter().map(|step| {
        let stands = step.at.end > 0;
        let at = policy.document().position(step.at.start).filter(|_| stands);
        json!({
            "depth": step.depth,
            "what": step.what,
            "text": step.text,
            "holds": step.holds,
            "span": stands.then_some([step.at.start, step.at.end]),
            "line": at.map(|at| at.line),
            "column": at.map(|at| at.column),
        })
    });
    json!({
        "policy": policy.id().to_string(),
        "file": report.file_of(policy.id()),
        "steps": steps.collect::<Vec<_>>(),
    })
}
