//! What many measurements say.

use serde::{Deserialize, Serialize};

/// Nanoseconds: a middle, and between which bounds it lies with 95 % confidence.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Estimate {
    pub(super) nanos: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Estimate {
    /// The median, with the order statistics that bound it, whatever the distribution is.
    pub(super) fn median(mut samples: Vec<f64>) -> Estimate {
        samples.sort_by(f64::total_cmp);
        let count = samples.len() as f64;
        // 95 % of a binomial distribution, as its normal approximation has it.
        let reach = 0.98 * count.sqrt();
        let at = |place: f64| {
            let last = samples.len().saturating_sub(1) as f64;
            let index = place.clamp(0.0, last) as usize;
            samples.get(index).copied().unwrap_or_default()
        };
        Estimate {
            nanos: at(count / 2.0),
            low: at((count / 2.0 - reach).floor()),
            high: at((count / 2.0 + reach).ceil()),
        }
    }

    /// Can it be told from nothing?
    pub(super) fn is_clear(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// A distribution of durations, in nanoseconds.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Latency {
    pub(super) samples: usize,
    pub(super) mean: f64,
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
    #[serde(rename = "p99.9")]
    pub(super) p999: f64,
    pub(super) max: f64,
    /// Upper bound and count of each step, each about 10 % wider than the one before.
    pub(super) buckets: Vec<(f64, usize)>,
}

/// How much wider each bucket is.
const STEP: f64 = 1.1;

impl Latency {
    /// Of these samples; all zero where there are none.
    pub(super) fn of(mut samples: Vec<u64>) -> Latency {
        samples.sort_unstable();
        let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
            return Latency::default();
        };
        let mut buckets = Vec::new();
        let mut bound = (*first as f64).max(1.0);
        let mut counted = 0;
        while counted < samples.len() {
            bound *= STEP;
            let below = samples.partition_point(|nanos| (*nanos as f64) < bound);
            buckets.push((bound, below - counted));
            counted = below;
        }
        let sum: u64 = samples.iter().sum();
        Latency {
            samples: samples.len(),
            mean: sum as f64 / samples.len() as f64,
            p50: rank(&samples, 0.5),
            p90: rank(&samples, 0.9),
            p99: rank(&samples, 0.99),
            p999: rank(&samples, 0.999),
            max: *last as f64,
            buckets,
        }
    }
}

/// The smallest sample that so many are not above; `samples` is sorted.
pub(super) fn rank(samples: &[u64], share: f64) -> f64 {
    let place = (samples.len() as f64 * share).ceil() as usize;
    let index = place.saturating_sub(1);
    samples.get(index).copied().unwrap_or_default() as f64
}

#[cfg(test)]
mod tests {
    use super::{Estimate, Latency};

    #[test]
    fn percentiles_are_samples() {
        let latency = Latency::of((1..=1000).rev().collect());
        let found = [latency.p50, latency.p90, latency.p99, latency.p999];
        assert_eq!(found, [500.0, 900.0, 990.0, 999.0]);
        assert_eq!((latency.max, latency.mean), (1000.0, 500.5));
        let counted: usize = latency.buckets.iter().map(|(_, count)| count).sum();
        assert_eq!(counted, 1000);
        assert_eq!(Latency::of(Vec::new()), Latency::default());
        assert_eq!(Latency::of(vec![7]).p999, 7.0);
    }

    #[test]
    fn an_estimate_is_clear_where_its_bounds_are_on_one_side() {
        let around = |middle: f64| (0..101).map(|at| middle + f64::from(at) - 50.0).collect();
        let noise = Estimate::median(around(2.0));
        assert_eq!(noise.nanos, 2.0);
        assert!(noise.low < 0.0 && noise.high > 0.0 && !noise.is_clear());
        assert!(Estimate::median(around(60.0)).is_clear());
        assert!(!Estimate::median(Vec::new()).is_clear());
    }
}
