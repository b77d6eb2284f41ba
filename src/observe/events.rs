//! Metrics of Kubernetes events.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

/// Counters of events.
#[derive(Clone, Debug, Default)]
pub(crate) struct EventMetrics {
    /// Events that found room in the queue.
    pub(crate) queued: Counter,
    /// Events that were written.
    pub(crate) written: Counter,
    /// Events that found no room, or could not be written.
    pub(crate) dropped: Counter,
    /// Results of scans that were only counted.
    pub(crate) folded: Counter,
}

impl EventMetrics {
    /// Registers them.
    pub(crate) fn new(registry: &mut Registry) -> EventMetrics {
        let metrics = EventMetrics::default();
        registry.register(
            "events_queued",
            "Kubernetes events that were queued",
            metrics.queued.clone(),
        );
        registry.register(
            "events_written",
            "Kubernetes events that were written",
            metrics.written.clone(),
        );
        registry.register(
            "events_dropped",
            "Kubernetes events that found no room in the queue or could not be written",
            metrics.dropped.clone(),
        );
        registry.register(
            "events_folded",
            "Results of scans that one event of their policy counts, because there were too many",
            metrics.folded.clone(),
        );
        metrics
    }
}
