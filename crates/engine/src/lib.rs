//! Policies: what they say, what they compile to, and what they decide.
//!
//! Comes in:  policy documents, AdmissionReviews, facts.
//! Goes out:  outcomes, verdicts, response bytes, diagnostics.
//! Never here: tokio, hyper, Kubernetes clients, files, clocks, locks.
//!
//! ```text
//! YAML -> doc, check -> compile -> ir: the program ┐
//! request bytes -> review ────────────> eval ──────┴─> verdict -> response bytes
//!                                         └─> reference: outcomes that are no pass
//! ```

pub mod actions;
pub mod admit;
pub mod check;
mod compile;
pub mod context;
pub mod doc;
mod eval;
pub mod explain;
pub mod facts;
pub mod failure;
mod ir;
pub mod lint;
pub mod outcome;
pub mod picture;
pub mod program;
pub mod reference;
pub mod review;
pub mod same;
pub mod trace;
pub mod verdict;
