//! Policies: what they say, what they compile to, and what they decide.
//!
//! Comes in:  policy documents, AdmissionReviews, facts.
//! Goes out:  outcomes, verdicts, response bytes, diagnostics.
//! Never here: tokio, hyper, Kubernetes clients, files, clocks, locks.
