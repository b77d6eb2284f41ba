//! What the gate tells of itself: logs, metrics and traces.
//!
//! Comes in:  what happened.
//! Goes out:  log lines on standard error, Prometheus text, spans and metrics over OTLP.
//! Never here: a request body that nobody asked for, a secret; a lock on the request path.

pub(crate) mod after;
pub(crate) mod calls;
pub(crate) mod cleanup;
pub(crate) mod events;
pub(crate) mod exceptions;
pub(crate) mod exposure;
pub(crate) mod facts;
pub(crate) mod generate;
pub(crate) mod kyverno;
pub(crate) mod log;
pub(crate) mod metrics;
pub(crate) mod otlp;
pub(crate) mod pages;
pub(crate) mod pushed;
pub(crate) mod reports;
pub(crate) mod results;
pub(crate) mod scan;
pub(crate) mod traces;

mod histogram;
mod series;
