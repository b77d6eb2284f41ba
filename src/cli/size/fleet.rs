//! The file that names the clusters of a fleet.
//!
//! ```yaml
//! clusters:
//! - name: production
//!   peakRequestsPerSecond: 800   # reviews in the busiest minutes, from the API servers' metrics
//!   zones: 3                     # over which replicas are spread; 3 by default
//!   growth: 1.5                  # the peak is taken times this; 1.3 by default
//! ```

use portcullis_lang::value::{Item, Value};

use crate::settings::strict::{self, Wrong, entries, wrong};

const FIELDS: [&str; 1] = ["clusters"];
const CLUSTER_FIELDS: [&str; 4] = ["name", "peakRequestsPerSecond", "zones", "growth"];

const ZONES: u32 = 3;
const GROWTH: f64 = 1.3;

/// What one cluster asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Demand {
    pub(super) name: String,
    /// Requests per second, at most.
    pub(super) peak: f64,
    /// Zones that replicas are spread over; at least 1.
    pub(super) zones: u32,
    /// What the peak is multiplied with; at least 1.
    pub(super) growth: f64,
}

/// Reads the file.
///
/// # Errors
///
/// The first mistake with its place.
pub(super) fn read(text: &str) -> Result<Vec<Demand>, String> {
    let clusters = strict::read(text, "fleets", |document| {
        let mut clusters = Vec::new();
        for entry in entries(document.item(), "a fleet", &FIELDS)? {
            if entry.item.value().as_list().is_none() {
                return wrong(entry.item, "`clusters` is a list");
            }
            clusters = entry
                .item
                .elements()
                .map(demand)
                .collect::<Result<_, _>>()?;
        }
        Ok(clusters)
    })?;
    match clusters {
        Some(clusters) if !clusters.is_empty() => Ok(clusters),
        _ => Err("names no `clusters`".to_owned()),
    }
}

fn demand(item: Item<'_>) -> Result<Demand, Wrong> {
    let (mut name, mut peak) = (None, None);
    let (mut zones, mut growth) = (ZONES, GROWTH);
    for entry in entries(item, "a cluster", &CLUSTER_FIELDS)? {
        let item = entry.item;
        match entry.key {
            "name" => name = item.value().as_str().map(str::to_owned),
            "peakRequestsPerSecond" => match number(item.value()) {
                Some(rate) if rate > 0.0 => peak = Some(rate),
                _ => return wrong(item, "`peakRequestsPerSecond` is a number above 0"),
            },
            "zones" => match item.value() {
                Value::Int(count @ 1..=100) => zones = count as u32,
                _ => return wrong(item, "`zones` is a whole number from 1 to 100"),
            },
            _ => match number(item.value()) {
                Some(factor) if factor >= 1.0 => growth = factor,
                _ => return wrong(item, "`growth` is a number, 1 or more"),
            },
        }
    }
    match (name, peak) {
        (Some(name), Some(peak)) => Ok(Demand {
            name,
            peak,
            zones,
            growth,
        }),
        (None, _) => wrong(item, "a cluster needs a `name`"),
        (_, None) => wrong(item, "a cluster needs its `peakRequestsPerSecond`"),
    }
}

fn number(value: Value<'_>) -> Option<f64> {
    match value {
        Value::Int(number) => Some(number as f64),
        Value::Float(number) if number.is_finite() => Some(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Demand, read};

    #[test]
    fn what_a_file_says() {
        let text = "clusters:\n- {name: a, peakRequestsPerSecond: 800}\n\
                    - {name: b, peakRequestsPerSecond: 1.5, zones: 1, growth: 2}\n";
        let demand = |name: &str, peak, zones, growth| Demand {
            name: name.to_owned(),
            peak,
            zones,
            growth,
        };
        let expect = [demand("a", 800.0, 3, 1.3), demand("b", 1.5, 1, 2.0)];
        assert_eq!(read(text).unwrap(), expect);
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn mistakes() {
        check("",                                   "names no `clusters`");
        check("clusters: {}",                       "1:11: `clusters` is a list");
        check("cluster: []",                        "1:1: a fleet has no field `cluster`; `clusters` exists");
        check("clusters: [{name: a}]",              "1:12: a cluster needs its `peakRequestsPerSecond`");
        check("clusters: [{peakRequestsPerSecond: 0}]", "1:36: `peakRequestsPerSecond` is a number above 0");
        check("clusters: [{zones: 0}]",             "1:20: `zones` is a whole number from 1 to 100");
        check("clusters: [{growth: 0.5}]",          "1:21: `growth` is a number, 1 or more");
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(read(text).unwrap_err(), expect);
    }
}
