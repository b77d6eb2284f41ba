//! What tests of evaluations have around them: nothing.

use std::net::IpAddr;

use portcullis_lang::functions::Inputs;

use super::Surroundings;
use crate::context::Queries;
use crate::facts::NoFacts;

/// A clock that stands, and dice that always show the same.
pub(super) struct Still;

impl Inputs for Still {
    fn now(&self) -> i128 {
        0
    }
    fn random(&self) -> u64 {
        0
    }
    fn resolve_host(&self, _: &str) -> Option<Result<Vec<IpAddr>, String>> {
        None
    }
}

/// Surroundings without facts, exceptions and values.
pub(super) fn nothing(queries: &Queries) -> Surroundings<'_> {
    Surroundings {
        facts: &NoFacts,
        inputs: &Still,
        queries,
        exceptions: &[],
        cel_exceptions: &[],
        variables: &[],
        rule_values: &|_| Vec::new(),
        trace: None,
        stop: &|| false,
    }
}
