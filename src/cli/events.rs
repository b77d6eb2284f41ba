//! Flags about Kubernetes events, for every command that writes some.

use clap::Args;

use crate::events::Limits;

/// What becomes of events.
#[derive(Args, Clone, Debug)]
pub(super) struct EventFlags {
    /// Events that wait to be written; more are dropped and counted. 0: none are written.
    #[arg(
        long,
        alias = "maxQueuedEvents",
        value_name = "N",
        default_value_t = 1_000
    )]
    max_queued_events: usize,

    /// Reasons of events that nobody wants: PolicyViolation, PolicyApplied, PolicyError, PolicySkipped.
    #[arg(
        long,
        alias = "omitEvents",
        value_name = "REASON",
        value_delimiter = ','
    )]
    omit_events: Vec<String>,

    /// Events a second, in the long run.
    #[arg(
        long,
        alias = "eventsRateLimitQPS",
        value_name = "N",
        default_value_t = 1_000
    )]
    events_rate_limit: u32,

    /// Events at once after a quiet time.
    #[arg(
        long,
        alias = "eventsRateLimitBurst",
        value_name = "N",
        default_value_t = 2_000
    )]
    events_burst: u32,
}

impl EventFlags {
    /// The same as limits.
    pub(super) fn limits(self) -> Limits {
        Limits {
            queued: self.max_queued_events,
            rate: self.events_rate_limit,
            burst: self.events_burst,
            omitted: self.omit_events,
        }
    }
}
