//! The scalar notations that policies compare: quantities, durations, wildcards, versions, times.
//!
//! Comes in:  text.
//! Goes out:  typed scalars that compare and print as Go's and Kubernetes' own do.
//! Never here: JSON documents (see `value`), expressions, policies, clocks.
//!
//! One notation is one file. Each answers the way the Go library does that Kyverno reads
//! it with, error texts included, because users see those texts.

pub mod cron;
mod decimal;
pub mod duration;
pub mod float;
pub mod image;
pub mod ip;
pub mod label;
pub mod name;
pub mod path;
pub mod quantity;
pub(crate) mod quoted;
pub mod regex;
pub mod semver;
pub mod time;
pub mod url;
pub mod wildcard;

#[cfg(test)]
mod hostile;
