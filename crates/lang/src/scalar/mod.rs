//! The scalar notations that policies compare: quantities, durations, wildcards, versions, times.
//!
//! Comes in:  text.
//! Goes out:  typed scalars that compare and print as Go's and Kubernetes' own do.
//! Never here: JSON documents (see `value`), expressions, policies.
