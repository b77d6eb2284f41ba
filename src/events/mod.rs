//! Kubernetes events: what policies did, where people look with `kubectl describe`.
//!
//! Comes in:  [`Event`]s, from any thread.
//! Goes out:  objects of `events.k8s.io/v1`, at a limited rate, some time later.
//! Never here: a caller that waits; what cannot be queued or written is dropped and counted.
//!
//! ```text
//! scan ─ room in the policy's share? ─┐
//! gate, generate, cleanup ────────────┴─> record ─ omitted? wanted? ─> queue, bounded ─> rate ─> create, three retries
//! ```
//!
//! Reasons, actions, sources and notes are Kyverno's.

mod admission;
mod event;
mod recorder;
mod scan;
mod share;
mod success;

#[cfg(test)]
mod tests;

pub(crate) use admission::AdmissionEvents;
pub(crate) use event::{Action, Event, Reason, policy_reference, resource_reference};
pub(crate) use recorder::{Limits, Recorder};
pub(crate) use scan::{Outcome, ScanEvents};
pub(crate) use success::Success;
