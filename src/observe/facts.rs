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

/// Who was asked, and how it ended.
#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
struct FetchLabel {
    source: &'static str,
    how: &'static str,
}

/// The kinds of sources.
const SOURCES: [&str; 5] = ["cluster", "service", "registry", "names", "here"];

/// How questions to them end.
const ENDS: [&str; 3] = ["answered", "failed", "lost"];

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
    fetched: Family<FetchLabel, Counter>,
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
        let fetched = Family::<FetchLabel, Counter>::default();
        let help = "Questions to sources of facts, by who was asked (cluster, service, registry, names, \
                    here) and how they ended: answered, failed, lost";
        registry.register("fact_fetches", help, fetched.clone());
        for (source, how) in SOURCES.into_iter().flat_map(|of| ENDS.map(|how| (of, how))) {
            drop(fetched.get_or_create(&FetchLabel { source, how }));
        }
        let asked = |how| asked.get_or_create(&HowLabel { how }).clone();
        let metrics = FactMetrics {
            kept_fresh: asked("fresh"),
            kept_stale: asked("stale"),
            joined: asked("joined"),
            refused: asked("refused"),
            late: asked("late"),
            fetched,
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

    /// A question to a kind of source ended: it was answered, it failed, or it got lost.
    pub(crate) fn ended(&self, source: &'static str, how: &'static str) {
        self.fetched
            .get_or_create(&FetchLabel { source, how })
            .inc();
    }
}
