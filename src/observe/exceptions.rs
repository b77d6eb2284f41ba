//! Metrics of exceptions that end.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// How many exceptions with an end there are, by how far they have come.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExceptionMetrics {
    /// More than a day before their end.
    pub(crate) in_force: Gauge,
    /// On their last day.
    pub(crate) ending: Gauge,
    /// Over, and still there.
    pub(crate) ended: Gauge,
}

impl ExceptionMetrics {
    /// Registers them.
    pub(crate) fn new(registry: &mut Registry) -> ExceptionMetrics {
        let metrics = ExceptionMetrics::default();
        let mut gauge = |name: &str, help: &str, gauge: &Gauge| {
            registry.register(name, help, gauge.clone());
        };
        gauge(
            "exceptions_in_force",
            "Exceptions more than a day before their end",
            &metrics.in_force,
        );
        gauge(
            "exceptions_ending",
            "Exceptions that end within a day",
            &metrics.ending,
        );
        gauge(
            "exceptions_ended",
            "Exceptions that have ended, and let nothing off any more",
            &metrics.ended,
        );
        metrics
    }
}
