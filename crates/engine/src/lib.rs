//! Policies: what they say, what they compile to, and what they decide.
//!
//! Comes in:  policy documents, AdmissionReviews, facts.
//! Goes out:  outcomes, verdicts, response bytes, diagnostics.
//! Never here: tokio, hyper, Kubernetes clients, files, clocks, locks.
//!
//! ```text
//! YAML -> doc -> program ──────────┐
//! request bytes -> review -> decide ┴> outcomes -> verdict -> response bytes
//! ```

pub mod actions;
pub mod admit;
pub mod context;
pub mod doc;
pub mod facts;
pub mod outcome;
pub mod program;
pub mod reference;
pub mod review;
pub mod trace;
pub mod verdict;
