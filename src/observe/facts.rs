//! Counters of facts: asked for, kept, late.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
struct HowLabel {
    how: &'static str,
}

/// Counters of what became of facts that reviews asked for. Cloning it shares it.
#[derive(Clone, Debug, Default)]
pub(crate) struct FactMetrics {
    /// A fresh answer was kept.
    pub(crate) kept_fresh: Counter,
    /// An old answer was kept, and did.
    pub(crate) kept_stale: Counter,
    /// Somebody else had asked the same just before.
    pub(crate) joined: Counter,
    /// Not asked for, because the source does not answer or too much is asked already.
    pub(crate) refused: Counter,
    /// A review ran out of time.
    pub(crate) late: Counter,
    /// Sources answered.
    pub(crate) answered: Counter,
    /// Sources said why they do not.
    pub(crate) failed: Counter,
    /// Sources said nothing at all.
    pub(crate) lost: Counter,
    pub(crate) in_flight: Gauge,
    pub(crate) circuits_open: Gauge,
    pub(crate) circuits_opened: Counter,
}

impl FactMetrics {
    /// All at zero, and listed.
    pub(crate) fn new(registry: &mut Registry) -> FactMetrics {
        let asked = Family::<HowLabel, Counter>::default();
        let help = "Facts that reviews asked for and got without a question to their source, or not at \
                    all: fresh, stale, joined, refused, late";
        registry.register("facts", help, asked.clone());
        let fetched = Family::<HowLabel, Counter>::default();
        let help = "Questions to sources of facts, by how they ended: answered, failed, lost";
        registry.register("fact_fetches", help, fetched.clone());
        let asked = |how| asked.get_or_create(&HowLabel { how }).clone();
        let fetched = |how| fetched.get_or_create(&HowLabel { how }).clone();
        let metrics = FactMetrics {
            kept_fresh: asked("fresh"),
            kept_stale: asked("stale"),
            joined: asked("joined"),
            refused: asked("refused"),
            late: asked("late"),
            answered: fetched("answered"),
            failed: fetched("failed"),
            lost: fetched("lost"),
            ..FactMetrics::default()
        };
        let gauge = metrics.in_flight.clone();
        registry.register("fact_fetches_in_flight", "Questions on their way", gauge);
        let gauge = metrics.circuits_open.clone();
        let help = "Sources of facts that are left alone because they did not answer";
        registry.register("fact_circuits_open", help, gauge);
        let counter = metrics.circuits_opened.clone();
        registry.register("fact_circuits_opened", "How often that began", counter);
        metrics
    }
}
