//! Webhooks and certificates: how API servers come to ask the gate.
//!
//! Comes in:  the policies in force, what the API server serves, settings.
//! Goes out:  webhook configurations in the API server, kept as they should be by the replica that
//!            leads; which policies are registered ([`keep::Registered`]).
//! Never here: answering reviews (see `serve`).
//!
//! ```text
//! policies, kinds, ConfigMap ─> resources ─┐
//!                              fixed ──────┴─> configurations ─> keep ─> API server
//! Secrets ─> certificates ─> serving certificate of every replica, caBundle of every webhook
//! ```
//!
//! What is sent to the gate follows from what the policies can match, and from nothing else. The gate's
//! own namespace is never sent, so that it can always be repaired.

mod cel;
pub(crate) mod certificates;
mod classic;
pub(crate) mod farewell;
mod fixed;
pub(crate) mod health;
mod hook;
pub(crate) mod keep;
mod linger;
mod options;
pub(crate) mod registrar;
mod resources;
mod round;
mod rules;
mod spread;
pub(crate) mod store;

#[cfg(test)]
mod tests;

pub(crate) use certificates::CertificateOptions;
pub(crate) use options::Options;
pub(crate) use registrar::{Around, Flags, Registrar};
