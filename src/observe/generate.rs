//! Metrics of what policies make and change besides the object of a request.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Counters of duties: in the gate, what was asked for; in the controller, what became of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct GenerateMetrics {
    /// Update requests that were written or merged.
    pub(crate) submitted: Counter,
    /// Duties that found no room in the queue to the API server: the controller looks for them.
    pub(crate) dropped: Counter,
    /// Duties that wait in the gate, for room below the threshold or for the API server.
    pub(crate) held: Gauge,
    /// Duties that wait or are worked on in the controller.
    pub(crate) waiting: Gauge,
    /// Update requests in the cluster, as the controller sees them.
    pub(crate) requests: Gauge,
    /// Objects that rules made and keep in step.
    pub(crate) made: Gauge,
    /// Duties carried out.
    pub(crate) done: Counter,
    /// Attempts in vain.
    pub(crate) failed: Counter,
}

impl GenerateMetrics {
    /// All at zero, and listed.
    pub(crate) fn new(registry: &mut Registry) -> GenerateMetrics {
        let metrics = GenerateMetrics::default();
        let counters = [
            (
                "update_requests_submitted",
                "Update requests written after an answer, or merged with one that waited",
                &metrics.submitted,
            ),
            (
                "update_requests_dropped",
                "Update requests that were not written because too many were waiting; what set them off is looked for",
                &metrics.dropped,
            ),
            (
                "duties_done",
                "Rules carried out for one trigger: objects made, changed or taken away",
                &metrics.done,
            ),
            (
                "duties_failed",
                "Attempts to carry a rule out for one trigger that failed; each is tried again",
                &metrics.failed,
            ),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
        let gauges = [
            (
                "update_requests_held",
                "Update requests that wait in the gate, for room below the threshold or the API server",
                &metrics.held,
            ),
            (
                "duties_waiting",
                "Rules to be carried out for one trigger, that wait or are being carried out",
                &metrics.waiting,
            ),
            (
                "update_requests",
                "Update requests in the cluster",
                &metrics.requests,
            ),
            (
                "generated_objects",
                "Objects that rules made, of the kinds that are kept in step",
                &metrics.made,
            ),
        ];
        for (name, help, gauge) in gauges {
            registry.register(name, help, gauge.clone());
        }
        metrics
    }
}
