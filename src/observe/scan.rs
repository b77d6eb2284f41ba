//! Metrics of background scans, by the plural of what is scanned.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// Counters of scans. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScanMetrics {
    read: Family<ResourceLabel, Counter>,
    unchanged: Family<ResourceLabel, Counter>,
    evaluated: Family<ResourceLabel, Counter>,
}

/// The counters of one resource.
#[derive(Clone, Debug)]
pub(crate) struct Scanned {
    /// Objects that came, by lists, watches and alone.
    pub(crate) read: Counter,
    /// Those of them that were as they had been.
    pub(crate) unchanged: Counter,
    /// Objects times policies.
    pub(crate) evaluated: Counter,
}

#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
struct ResourceLabel {
    resource: String,
}

impl ScanMetrics {
    /// Registers them.
    pub(crate) fn new(registry: &mut Registry) -> ScanMetrics {
        let metrics = ScanMetrics::default();
        let families = [
            (
                "scan_objects_read",
                "Objects that scans read: from lists, watches and one by one",
                &metrics.read,
            ),
            (
                "scan_objects_unchanged",
                "Objects that scans read and passed over, because they were as before",
                &metrics.unchanged,
            ),
            (
                "scan_evaluations",
                "Pairs of an object and a policy that scans evaluated",
                &metrics.evaluated,
            ),
        ];
        for (name, help, family) in families {
            registry.register(name, help, family.clone());
        }
        metrics
    }

    /// Those of one resource, which `plural` and `group` name.
    pub(crate) fn of(&self, plural: &str, group: &str) -> Scanned {
        let labels = ResourceLabel {
            resource: match group {
                "" => plural.to_owned(),
                group => format!("{plural}.{group}"),
            },
        };
        let own = |family: &Family<ResourceLabel, Counter>| family.get_or_create(&labels).clone();
        Scanned {
            read: own(&self.read),
            unchanged: own(&self.unchanged),
            evaluated: own(&self.evaluated),
        }
    }
}
