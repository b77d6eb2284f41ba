//! Counters by labels whose values come from outside: as many as are worth keeping.
//!
//! Comes in:  labels.
//! Goes out:  a counter for each set of them, up to a limit; past it, word that there was no room.
//! Never here: what is done with those that found none.

use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// What a registry asks of labels.
pub(super) trait Labels:
    Clone + Debug + EncodeLabelSet + Eq + Hash + Send + Sync + 'static
{
}

impl<L: Clone + Debug + EncodeLabelSet + Eq + Hash + Send + Sync + 'static> Labels for L {}

/// Counters by labels, `most` at the most. Cheap to clone; clones count together.
#[derive(Clone, Debug)]
pub(super) struct Series<L: Labels> {
    counters: Family<L, Counter>,
    count: Arc<AtomicUsize>,
    most: usize,
}

impl<L: Labels> Series<L> {
    /// None so far; the registry shows what comes.
    pub(super) fn new(registry: &mut Registry, name: &str, help: &str, most: usize) -> Series<L> {
        let counters = Family::default();
        registry.register(name, help, counters.clone());
        Series {
            counters,
            count: Arc::default(),
            most,
        }
    }

    /// Adds one, unless that would be a series too many; tells whether it did.
    pub(super) fn add(&self, labels: &L) -> bool {
        if let Some(counter) = self.counters.get(labels) {
            counter.inc();
            return true;
        }
        let has_room = self.count.fetch_add(1, Ordering::Relaxed) < self.most;
        if has_room {
            self.add_anyway(labels);
        } else {
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
        has_room
    }

    /// Adds one, room or not: for the few series that stand for all the rest.
    pub(super) fn add_anyway(&self, labels: &L) {
        self.counters.get_or_create(labels).inc();
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::registry::Registry;

    use super::Series;

    #[test]
    fn there_is_an_end_of_series() {
        let series = Series::new(&mut Registry::default(), "x", "x", 10);
        let add = |name: usize| series.add(&[("name", name.to_string())]);
        assert_eq!((0..15).filter(|name| add(*name)).count(), 10);
        // Those that are there go on being counted, by clones as well.
        assert!(add(7) && !add(10));
        assert!(series.clone().add(&[("name", "7".to_owned())]) && !add(10));
        let seven = [("name", "7".to_owned())];
        assert_eq!(series.counters.get_or_create(&seven).get(), 3);
    }
}
