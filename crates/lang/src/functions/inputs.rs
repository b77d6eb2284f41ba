//! What functions need from outside, as something that the caller brings along.

use std::net::IpAddr;

use crate::scalar::image::Defaults;

/// The facts behind `time_now`, `random`, `is_external_url` and `image_normalize`.
pub trait Inputs {
    /// Nanoseconds since 1970-01-01T00:00:00Z. The same during one evaluation.
    fn now(&self) -> i128;

    /// A number that nobody can foretell, a new one each time.
    fn random(&self) -> u64;

    /// The addresses of a host: `None` while they are not known (the evaluation ends with
    /// [`crate::jmespath::QueryError::NeedsHost`]), an error where there are none.
    fn resolve_host(&self, host: &str) -> Option<Result<Vec<IpAddr>, String>>;

    /// What completes image references.
    fn images(&self) -> Defaults<'_> {
        Defaults::default()
    }

    /// Is the time for the evaluation over? Asked every few thousand steps; from a yes on, nothing
    /// more is evaluated. Whoever has no clock has no end, only the limits of its steps.
    fn is_over(&self) -> bool {
        false
    }
}
