//! The expression languages of Portcullis: text -> typed tree -> value.
//!
//! Comes in:  JSON and YAML text, expression text, and the values they look at.
//! Goes out:  values, verdicts of single expressions, diagnostics with spans.
//! Never here: policies, Kubernetes clients, sockets, files, clocks, randomness.
//!
//! Each scalar language (quantities, durations, wildcards, ...) is one file.

pub mod cel;
pub mod diagnostic;
pub mod functions;
pub mod jmespath;
pub mod operator;
pub mod pattern;
pub mod scalar;
pub mod template;
pub mod value;
