//! What one replica was measured to do.
//!
//! Comes in:  JSON of the load tests' `capacity` scenario: a run for each rate.
//! Goes out:  [`Curve`]: the rate that it carries, and what a request costs.
//! Never here: fleets.

use std::time::Duration;

use serde::Deserialize;

/// The name under which the load tests write the runs.
const SCENARIO: &str = "capacity";

/// One replica.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Curve {
    /// The highest rate that was answered in time, each request by a verdict; requests per second.
    pub(super) capacity: f64,
    /// p99.9 there, in milliseconds.
    pub(super) slowest: f64,
    /// What a request costs at most, in microseconds of CPU.
    pub(super) cpu_micros: f64,
    /// Resident memory at most, in bytes.
    pub(super) memory: u64,
}

/// A run as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    scenario: String,
    requests_per_second: Option<f64>,
    cpu_microseconds: Option<f64>,
    memory_bytes: Option<u64>,
    total: Total,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Total {
    failure_mode: u64,
    wrong: u64,
    late: u64,
    lost: u64,
    #[serde(rename = "p999Milliseconds")]
    p999: f64,
}

impl Curve {
    /// Reads what was measured. An answer may take half of `budget`: the rest is for the network and
    /// for the other webhooks of the request.
    ///
    /// # Errors
    ///
    /// It is something else, or even the lowest rate was too much.
    pub(super) fn read(text: &str, budget: Duration) -> Result<Curve, String> {
        let runs: Vec<Run> = serde_json::from_str(text)
            .map_err(|error| format!("is not what the load tests write: {error}"))?;
        let mut runs: Vec<_> = runs
            .into_iter()
            .filter(|run| run.scenario == SCENARIO)
            .filter_map(|run| Some((run.requests_per_second?, run)))
            .collect();
        if runs.is_empty() {
            return Err(format!(
                "has no run of the scenario `{SCENARIO}`; measure with `scenarios --scenario \
                 {SCENARIO} --json FILE`"
            ));
        }
        runs.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let most = budget.as_secs_f64() * 1e3 / 2.0;
        let good = |total: &Total| {
            total.failure_mode + total.wrong + total.late + total.lost == 0 && total.p999 <= most
        };
        let carried: Vec<_> = runs
            .iter()
            .take_while(|(_, run)| good(&run.total))
            .collect();
        let Some((capacity, last)) = carried.last() else {
            return Err(format!(
                "even the lowest rate was not answered as a whole within {most:.0} ms"
            ));
        };
        let cpu = carried.iter().filter_map(|(_, run)| run.cpu_microseconds);
        let memory = carried.iter().filter_map(|(_, run)| run.memory_bytes);
        let cpu_micros = cpu.fold(0.0, f64::max);
        let memory = memory.max().unwrap_or(0);
        if cpu_micros <= 0.0 || memory == 0 {
            return Err("does not say what a request costs; measure on Linux".to_owned());
        }
        Ok(Curve {
            capacity: *capacity,
            slowest: last.total.p999,
            cpu_micros,
            memory,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::Curve;

    #[test]
    fn the_capacity_is_the_last_rate_before_the_first_bad_one() {
        let curve = curve(&[(100.0, 0, 2.0), (400.0, 0, 9.0), (800.0, 3, 9.0)]).unwrap();
        assert_eq!((curve.capacity, curve.slowest), (400.0, 9.0));
        assert_eq!((curve.cpu_micros, curve.memory), (60.0, 1 << 20));
        let slow = self::curve(&[(100.0, 0, 2.0), (400.0, 0, 501.0)]).unwrap();
        assert_eq!(slow.capacity, 100.0, "half of the budget counts");
    }

    #[test]
    fn what_is_no_curve_says_so() {
        let error = |text| Curve::read(text, Duration::from_secs(1)).unwrap_err();
        assert!(error("{}").starts_with("is not what the load tests write"));
        assert!(error("[]").starts_with("has no run of the scenario `capacity`"));
        let error = curve(&[(100.0, 1, 2.0)]).unwrap_err();
        assert!(error.starts_with("even the lowest rate"), "{error}");
    }

    /// Rates with late answers and p99.9.
    fn curve(points: &[(f64, u64, f64)]) -> Result<Curve, String> {
        let runs: Vec<_> = points
            .iter()
            .map(|(rate, late, p999)| {
                json!({
                    "scenario": "capacity", "requestsPerSecond": rate, "cpuMicroseconds": 60.0,
                    "memoryBytes": 1 << 20,
                    "total": { "failureMode": 0, "wrong": 0, "late": late, "lost": 0,
                        "p999Milliseconds": p999 },
                })
            })
            .collect();
        Curve::read(&json!(runs).to_string(), Duration::from_secs(1))
    }
}
