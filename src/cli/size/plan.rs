//! How many replicas, and how large.
//!
//! Comes in:  what one replica does, what a cluster asks for.
//! Goes out:  [`Plan`].
//! Never here: files, text.

use super::curve::Curve;
use super::fleet::Demand;

/// The share of its measured capacity that a replica is meant to carry, even at a loss: the rest is
/// for bursts within a second, reloads, and machines slower than the one that was measured.
const SAFE: f64 = 0.7;

/// Fewer would be no replicas of one another in an upgrade.
const FEWEST: u32 = 3;

/// The autoscaler adds replicas where the average reaches this share of the CPU request.
const TARGET: f64 = 0.8;

/// What a replica does besides answering (watching, metrics), in millicores.
const IDLE: f64 = 20.0;

/// What is spare beside the measured memory: policies that are compiled anew while the old ones serve.
const SPARE_MEMORY: f64 = 1.5;

/// What bodies that are being read may take: the gate's own `--max-body-memory`, in MiB.
const BODIES: u64 = 256;

/// The sizes of one cluster's gate.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) replicas: u32,
    /// The autoscaler's most: twice the peak.
    pub(super) most_replicas: u32,
    /// Requests per second of one replica at the peak.
    pub(super) usual: f64,
    /// The same when one zone is lost and one more node is drained.
    pub(super) at_a_loss: f64,
    /// Millicores.
    pub(super) cpu_request: u64,
    /// Millicores.
    pub(super) cpu_limit: u64,
    /// MiB.
    pub(super) memory_request: u64,
    /// MiB.
    pub(super) memory_limit: u64,
    /// Per cent of the CPU request.
    pub(super) target: u32,
}

impl Plan {
    pub(super) fn new(demand: &Demand, curve: &Curve) -> Plan {
        let peak = demand.peak * demand.growth;
        let replicas = replicas(peak, demand.zones, curve);
        let left = f64::from(replicas - lost(replicas, demand.zones));
        // The rate at which a loss would just be carried: more replicas are wanted from there on.
        let trigger =
            (left * SAFE * curve.capacity / f64::from(replicas)).min(SAFE * curve.capacity);
        let millicores = |rate: f64| rate * curve.cpu_micros / 1e3;
        // No more than what is used when scaling begins: asking for more would leave nodes empty.
        let busy = millicores(trigger.min(peak / f64::from(replicas) / TARGET));
        let cpu_request = step((busy + IDLE) / TARGET, 50);
        let full = step(millicores(curve.capacity) + IDLE, 100);
        let memory_request = step(curve.memory as f64 / f64::from(1 << 20) * SPARE_MEMORY, 16);
        Plan {
            replicas,
            most_replicas: self::replicas(2.0 * peak, demand.zones, curve).max(replicas + 1),
            usual: demand.peak / f64::from(replicas),
            at_a_loss: peak / left,
            cpu_request,
            // Compiling policies has a thread of its own, which shall not throttle the others.
            cpu_limit: (full + 1_000).max(2 * cpu_request),
            memory_request,
            memory_limit: memory_request + BODIES,
            target: (TARGET * 100.0) as u32,
        }
    }
}

/// The fewest that carry `peak` at a loss.
fn replicas(peak: f64, zones: u32, curve: &Curve) -> u32 {
    let carries = |count: &u32| {
        let left = count.saturating_sub(lost(*count, zones));
        f64::from(left) * SAFE * curve.capacity >= peak
    };
    let fewest = FEWEST.max(zones);
    (fewest..=u32::MAX).find(carries).unwrap_or(fewest)
}

/// Replicas that are gone when a zone is lost and one more node is drained. In a single zone there is
/// nothing left to lose it for: then it is two nodes.
fn lost(count: u32, zones: u32) -> u32 {
    let zone = match zones {
        1 => 1,
        zones => count.div_ceil(zones),
    };
    (zone + 1).min(count - 1)
}

/// Rounded up to a multiple of `step`.
fn step(amount: f64, step: u64) -> u64 {
    (amount / step as f64).ceil().max(1.0) as u64 * step
}

#[cfg(test)]
mod tests {
    use super::super::curve::Curve;
    use super::super::fleet::Demand;
    use super::{Plan, lost};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn replicas_follow_the_peak_and_never_go_below_what_a_loss_takes() {
        // capacity 10,000: each carries 7,000 at a loss
        check(     1.0, 3,  3);
        check( 7_000.0, 3,  3);
        check( 7_001.0, 3,  5);
        check(70_000.0, 3, 17);
        check( 7_000.0, 1,  3);
        check(14_000.0, 1,  4);
        check( 7_000.0, 5,  5);
    }

    #[test]
    fn what_is_left_carries_the_peak_within_its_share() {
        for peak in [1.0, 500.0, 9_999.0, 123_456.0] {
            for zones in 1..6 {
                let plan = plan(peak, zones);
                let left = f64::from(plan.replicas - lost(plan.replicas, zones));
                assert!(left * 7_000.0 >= peak, "{peak} {zones}: {plan:?}");
                assert!(plan.at_a_loss <= 7_000.0, "{peak} {zones}: {plan:?}");
                // Half a core at 10,000 requests/s of 50 µs.
                assert!(plan.cpu_request <= 700, "{peak} {zones}: {plan:?}");
                assert!(plan.cpu_limit >= 1_500, "{peak} {zones}: {plan:?}");
            }
        }
    }

    #[track_caller]
    fn check(peak: f64, zones: u32, replicas: u32) {
        assert_eq!(plan(peak, zones).replicas, replicas, "{peak} over {zones}");
    }

    fn plan(peak: f64, zones: u32) -> Plan {
        let demand = Demand {
            name: "a".to_owned(),
            peak,
            zones,
            growth: 1.0,
        };
        let curve = Curve {
            capacity: 10_000.0,
            slowest: 1.0,
            cpu_micros: 50.0,
            memory: 80 << 20,
        };
        Plan::new(&demand, &curve)
    }
}
