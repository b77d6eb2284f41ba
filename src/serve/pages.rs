//! The pages about the gate itself.
//!
//! Comes in:  a [`Page`], the gate's state.
//! Goes out:  a response.
//! Never here: reviews.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use bytes::Bytes;
use hyper::StatusCode;
use jiff::Timestamp;
use portcullis_engine::doc::FailurePolicy;
use serde::Serialize;

use super::Gate;
use super::reply::{Refusal, Reply, with};
use super::route::Page;
use crate::settings::Settings;
use crate::snapshot::{Report, Snapshot};

/// `/status`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status<'a> {
    version: &'static str,
    ready: bool,
    program: Option<ProgramStatus>,
    settings: SettingsStatus<'a>,
    facts: FactsStatus,
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

/// The settings in force.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SettingsStatus<'a> {
    /// Is nothing denied?
    audit_everything: bool,
    default_failure_mode: &'static str,
    /// Entries of `failureModes`.
    overrides: usize,
    loaded_at: String,
    /// Why the file as it is now is not what is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// Where facts come from.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FactsStatus {
    /// The sources that failed last.
    troubled: Vec<SourceStatus>,
}

/// A source that failed last.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SourceStatus {
    source: String,
    /// In a row.
    failures: u32,
    /// Until it is asked again, where it is left alone; 0 when the next question goes to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_alone_ms: Option<u64>,
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

/// May requests be sent here?
pub(super) fn is_ready(gate: &Gate) -> bool {
    why_not_ready(gate).is_none()
}

fn why_not_ready(gate: &Gate) -> Option<&'static str> {
    if gate.is_draining() {
        Some("shutting down")
    } else if gate.in_force.load().is_none() {
        Some("no program is in force yet")
    } else if !gate.trusted.load(Ordering::Acquire) {
        Some("there is no certificate to serve with yet")
    } else {
        None
    }
}

fn status(gate: &Gate) -> Reply {
    let snapshot = gate.in_force.load();
    let snapshot = snapshot.as_deref();
    let settings = gate.settings.load();
    let status = Status {
        version: env!("CARGO_PKG_VERSION"),
        ready: why_not_ready(gate).is_none(),
        program: snapshot.map(program_status),
        settings: settings_status(&settings),
        facts: facts_status(gate),
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

fn settings_status(settings: &Settings) -> SettingsStatus<'_> {
    let modes = &settings.modes;
    SettingsStatus {
        audit_everything: modes.audit_everything,
        default_failure_mode: match modes.default {
            FailurePolicy::Fail => "Fail",
            FailurePolicy::Ignore => "Ignore",
        },
        overrides: modes.overrides.len(),
        loaded_at: written(settings.loaded_at),
        error: settings.error.as_deref(),
    }
}

fn facts_status(gate: &Gate) -> FactsStatus {
    let troubled = gate.facts.troubled().into_iter();
    let troubled = troubled.map(|one| SourceStatus {
        source: one.source,
        failures: one.failures,
        left_alone_ms: one.left_alone.map(|left| left.as_millis() as u64),
    });
    FactsStatus {
        troubled: troubled.collect(),
    }
}

fn written(time: SystemTime) -> String {
    let time = Timestamp::try_from(time).unwrap_or_default();
    format!("{time:.3}")
}

fn program_status(snapshot: &Snapshot) -> ProgramStatus {
    ProgramStatus {
        version: snapshot.version,
        loaded_at: written(snapshot.loaded_at),
        policies: snapshot.program.count(),
        rules: snapshot.program.rules(),
    }
}
