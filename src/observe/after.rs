//! Metrics of what verdicts leave behind.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Counters of the queue between answers and what follows from them.
#[derive(Clone, Debug, Default)]
pub(crate) struct AfterMetrics {
    /// Reviews that were worked off.
    pub(crate) told: Counter,
    /// Reviews that were not, because the queue was full.
    pub(crate) dropped: Counter,
    /// Reviews that were not, because a fact did not come, or evaluating failed.
    pub(crate) failed: Counter,
    /// Bytes that wait.
    pub(crate) bytes: Gauge,
}

impl AfterMetrics {
    /// Registers them.
    pub(crate) fn new(registry: &mut Registry) -> AfterMetrics {
        let metrics = AfterMetrics::default();
        registry.register(
            "after_reviews",
            "Reviews evaluated after the answer, for events and reports",
            metrics.told.clone(),
        );
        registry.register(
            "after_reviews_dropped",
            "Reviews that left no events and reports because too many were waiting",
            metrics.dropped.clone(),
        );
        registry.register(
            "after_reviews_failed",
            "Reviews that left no events and reports because they could not be evaluated again",
            metrics.failed.clone(),
        );
        registry.register(
            "after_queue_bytes",
            "Reviews that wait to be evaluated after the answer, in bytes",
            metrics.bytes.clone(),
        );
        metrics
    }
}
