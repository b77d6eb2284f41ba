//! Metrics of reports.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Counters of everything that writes reports.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReportMetrics {
    /// Reports that were made.
    pub(crate) created: Counter,
    /// Reports that were changed.
    pub(crate) updated: Counter,
    /// Reports that were deleted because nothing was left in them.
    pub(crate) deleted: Counter,
    /// Updates that changed nothing.
    pub(crate) unchanged: Counter,
    /// Writes where somebody else was first.
    pub(crate) conflicts: Counter,
    /// Updates that were given up.
    pub(crate) dropped: Counter,
    /// Objects whose updates wait.
    pub(crate) waiting: Gauge,
}

impl ReportMetrics {
    /// Registers them.
    pub(crate) fn new(registry: &mut Registry) -> ReportMetrics {
        let metrics = ReportMetrics::default();
        let mut counter = |name: &str, help: &str, counter: &Counter| {
            registry.register(name, help, counter.clone());
        };
        counter("reports_created", "Reports made", &metrics.created);
        counter("reports_updated", "Reports changed", &metrics.updated);
        counter(
            "reports_deleted",
            "Reports deleted because nothing was left in them",
            &metrics.deleted,
        );
        counter(
            "reports_unchanged",
            "Results that the report had already",
            &metrics.unchanged,
        );
        counter(
            "reports_conflicts",
            "Writes of a report that somebody else had changed, tried again",
            &metrics.conflicts,
        );
        counter(
            "reports_dropped",
            "Results that were given up: too many waited, or the API server refused them",
            &metrics.dropped,
        );
        registry.register(
            "reports_waiting",
            "Objects whose results wait to be written",
            metrics.waiting.clone(),
        );
        metrics
    }
}
