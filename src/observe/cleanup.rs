//! Metrics of the cleanup controller, with Kyverno's names.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

/// Objects that were deleted, or should have been.
#[derive(Clone, Debug, Default)]
pub(crate) struct CleanupMetrics {
    /// Objects that policies deleted.
    pub(crate) deleted: Counter,
    /// Objects that they could not decide or delete, and kinds that could not be listed.
    pub(crate) errors: Counter,
    /// Objects whose time to live was over.
    pub(crate) ttl_deleted: Counter,
    /// Those that could not be deleted.
    pub(crate) ttl_errors: Counter,
}

impl CleanupMetrics {
    /// Registers them.
    pub(crate) fn new(registry: &mut Registry) -> CleanupMetrics {
        let metrics = CleanupMetrics::default();
        registry.register(
            "kyverno_cleanup_controller_deletedobjects",
            "Objects that cleanup policies and deleting policies deleted",
            metrics.deleted.clone(),
        );
        registry.register(
            "kyverno_cleanup_controller_errors",
            "Objects that cleanup policies and deleting policies could not decide or delete",
            metrics.errors.clone(),
        );
        registry.register(
            "kyverno_ttl_controller_deletedobjects",
            "Objects deleted because their time to live was over",
            metrics.ttl_deleted.clone(),
        );
        registry.register(
            "kyverno_ttl_controller_errors",
            "Objects whose time to live is over and that could not be deleted",
            metrics.ttl_errors.clone(),
        );
        metrics
    }
}
