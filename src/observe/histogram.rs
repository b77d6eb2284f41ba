//! A histogram that many cores may write to without waiting for each other.
//!
//! The metrics library's own takes a lock for each observation.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// Upper bounds in microseconds: from a bare answer to an API server's whole patience.
const BOUNDS: [u64; 18] = [
    25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000, 10_000_000,
];

/// Counts durations; cloning it shares it. Cost of an observation: two atomic additions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram(Arc<Cells>);

#[derive(Debug, Default)]
struct Cells {
    /// One for each bound, and one for everything beyond the last.
    counts: [AtomicU64; BOUNDS.len() + 1],
    nanos: AtomicU64,
}

impl Histogram {
    /// Counts one.
    pub(crate) fn observe(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|bound| bound * 1_000 < nanos);
        if let Some(count) = self.0.counts.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.0.nanos.fetch_add(nanos, Ordering::Relaxed);
    }
}

impl Histogram {
    /// With those buckets only whose upper bound, in seconds, is wanted, and with what `also` has.
    pub(super) fn encode_buckets(
        &self,
        mut encoder: MetricEncoder<'_>,
        also: Option<&Histogram>,
        wanted: &dyn Fn(f64) -> bool,
    ) -> fmt::Result {
        let bounds = BOUNDS.iter().map(|micros| *micros as f64 / 1e6);
        let all = [Some(self), also];
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let counts = (0..=BOUNDS.len()).map(|bucket| {
            let cells = all.iter().flatten();
            let counts = cells.filter_map(|cells| cells.0.counts.get(bucket));
            counts.map(load).sum::<u64>()
        });
        let mut buckets = Vec::new();
        let (mut total, mut open) = (0, 0);
        for (bound, count) in bounds.chain([f64::INFINITY]).zip(counts) {
            (total, open) = (total + count, open + count);
            if bound == f64::INFINITY || wanted(bound) {
                // What a bucket that nobody wants holds belongs to the next one.
                buckets.push((bound, std::mem::take(&mut open)));
            }
        }
        let nanos = all.iter().flatten().map(|cells| load(&cells.0.nanos));
        let seconds = nanos.sum::<u64>() as f64 / 1e9;
        encoder.encode_histogram::<NoLabelSet>(seconds, total, &buckets, None)
    }
}

impl EncodeMetric for Histogram {
    fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result {
        self.encode_buckets(encoder, None, &|_| true)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

/// Two histograms, shown as one.
#[derive(Debug)]
pub(super) struct Both(pub(super) Histogram, pub(super) Histogram);

impl EncodeMetric for Both {
    fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result {
        let Both(one, other) = self;
        one.encode_buckets(encoder, Some(other), &|_| true)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

impl TypedMetric for Both {
    const TYPE: MetricType = MetricType::Histogram;
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

#[cfg(test)]
mod tests {
    use super::{BOUNDS, Histogram};
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    #[test]
    fn observations_fall_into_their_bucket() {
        check(Duration::ZERO, 0);
        check(Duration::from_micros(25), 0);
        check(Duration::from_nanos(25_001), 1);
        check(Duration::from_secs(10), BOUNDS.len() - 1);
        check(Duration::from_secs(11), BOUNDS.len());
        check(Duration::MAX, BOUNDS.len());
    }

    #[track_caller]
    fn check(duration: Duration, bucket: usize) {
        let histogram = Histogram::default();
        histogram.observe(duration);
        let counts = &histogram.0.counts;
        let filled = counts
            .iter()
            .position(|count| count.load(Ordering::Relaxed) == 1);
        assert_eq!(filled, Some(bucket), "{duration:?}");
    }
}
