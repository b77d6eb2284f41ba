//! The pages about the gate itself.
//!
//! Comes in:  a [`Page`], the gate's state.
//! Goes out:  a response.
//! Never here: reviews.

use bytes::Bytes;
use hyper::StatusCode;
use jiff::Timestamp;
use serde::Serialize;

use super::Gate;
use super::reply::{Refusal, Reply, with};
use super::route::Page;
use crate::snapshot::{Report, Snapshot};

/// `/status`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    version: &'static str,
    ready: bool,
    program: Option<ProgramStatus>,
    #[serde(flatten)]
    report: Option<&'a Report>,
}

/// What decides now.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProgramStatus {
    /// Counts programs since the start.
    version: u64,
    loaded_at: String,
    policies: usize,
    rules: usize,
}

/// Answers for `page`.
pub(super) fn page(gate: &Gate, page: Page) -> Reply {
    match page {
        Page::Live => with(StatusCode::OK, "text/plain", Bytes::from_static(b"ok")),
        Page::Ready => match why_not_ready(gate) {
            None => with(StatusCode::OK, "text/plain", Bytes::from_static(b"ok")),
            Some(why) => Refusal::new(StatusCode::SERVICE_UNAVAILABLE, why).reply(),
        },
        Page::Metrics => with(
            StatusCode::OK,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            gate.metrics.text().into(),
        ),
        Page::Status => status(gate),
    }
}

fn why_not_ready(gate: &Gate) -> Option<&'static str> {
    if gate.is_draining() {
        Some("shutting down")
    } else if gate.in_force.load().is_none() {
        Some("no program is in force yet")
    } else {
        None
    }
}

fn status(gate: &Gate) -> Reply {
    let snapshot = gate.in_force.load();
    let snapshot = snapshot.as_deref();
    let status = Status {
        version: env!("CARGO_PKG_VERSION"),
        ready: why_not_ready(gate).is_none(),
        program: snapshot.map(program_status),
        report: snapshot.map(|snapshot| &snapshot.report),
    };
    match serde_json::to_vec_pretty(&status) {
        Ok(mut body) => {
            body.push(b'\n');
            with(StatusCode::OK, "application/json", body.into())
        }
        Err(error) => Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).reply(),
    }
}

fn program_status(snapshot: &Snapshot) -> ProgramStatus {
    let loaded_at = Timestamp::try_from(snapshot.loaded_at).unwrap_or_default();
    ProgramStatus {
        version: snapshot.version,
        loaded_at: format!("{loaded_at:.3}"),
        policies: snapshot.program.policies().len(),
        rules: snapshot.program.rules(),
    }
}
