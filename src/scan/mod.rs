//! The background scan: what policies say of objects that nobody is asking about.
//!
//! Comes in:  the policies in force, the API server's own ones, and every object that they may be about.
//! Goes out:  updates of reports, and events about what is found wrong.
//! Never here: writing reports (see `reports`), what a policy means.
//!
//! ```text
//! policies, exceptions, bindings ─> plan: judges, and the kinds that each is about
//!                                     │
//! objects, one watch for each kind ─> patrol: evaluate ─ other verdict than before? ─> report
//! labels of namespaces ───────────────┘
//! ```
//!
//! Of an object only its name, a hash and a digest of each verdict are kept. What has the same hash is
//! not evaluated again; a policy that changed is evaluated on its kinds, and no other policy is; a
//! verdict that is the same as before is not written.

mod evaluate;
mod ground;
mod judge;
mod known;
mod look;
mod namespaces;
mod native;
mod patrol;
mod plan;
mod reading;
mod run;

#[cfg(test)]
mod tests;

use std::time::Duration;

pub(crate) use run::run;

/// How to scan.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Is anything scanned at all?
    pub(crate) enabled: bool,
    /// How often everything is evaluated anew, for what policies look up elsewhere.
    pub(crate) interval: Duration,
    /// Objects that are evaluated side by side.
    pub(crate) workers: usize,
    /// Results of each policy that events tell of one by one, in ten minutes.
    pub(crate) events: u32,
    /// Are ValidatingAdmissionPolicies reported?
    pub(crate) validating_admission: bool,
    /// Is what the ConfigMap filters out of requests left out here as well?
    pub(crate) filters: bool,
    /// Are MutatingAdmissionPolicies?
    pub(crate) mutating_admission: bool,
}
