//! Two runs: which policy made it slower?
//!
//! A policy changed where the bounds of its two estimates do not meet and the difference is worth
//! speaking of; everything else is noise and called the same.

use std::collections::HashMap;

use serde::Serialize;

use super::figures::{Figures, PolicyCost};
use super::stats::Estimate;

/// What changed between two runs.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Comparison {
    /// Median answers in nanoseconds, `/validate` and `/mutate` together.
    pub(super) before: f64,
    pub(super) after: f64,
    /// The worst first.
    pub(super) policies: Vec<Change>,
    /// What makes the runs hard to compare.
    pub(super) notes: Vec<String>,
}

/// What changed of one policy.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change {
    pub(super) policy: String,
    pub(super) before: Option<Estimate>,
    pub(super) after: Option<Estimate>,
    /// By how much an answer became slower for it, in nanoseconds.
    pub(super) difference: f64,
    pub(super) verdict: Verdict,
    /// Is its text another?
    pub(super) edited: bool,
}

/// What became of a policy.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Verdict {
    Slower,
    Faster,
    Same,
    New,
    Gone,
}

/// A change of less than this part of what it was is none.
const WORTH: f64 = 0.05;

/// Where the same work takes this much more or less, it ran on another machine.
const OTHER_MACHINE: f64 = 0.15;

impl Comparison {
    /// Of an earlier and a later run.
    pub(super) fn of(before: &Figures, after: &Figures) -> Comparison {
        let old: HashMap<&str, &PolicyCost> = by_name(before).collect();
        let new: HashMap<&str, &PolicyCost> = by_name(after).collect();
        let gone = by_name(before).filter(|(name, _)| !new.contains_key(name));
        let gone = gone.map(|(_, cost)| change(Some(cost), None));
        let stayed = by_name(after).map(|(name, cost)| change(old.get(name).copied(), Some(cost)));
        let mut policies: Vec<Change> = stayed.chain(gone).flatten().collect();
        policies.sort_by(|a, b| b.difference.total_cmp(&a.difference));
        Comparison {
            before: median(before),
            after: median(after),
            policies,
            notes: notes(before, after),
        }
    }

    /// By how many percent the median answer became slower.
    pub(super) fn slower_by(&self) -> f64 {
        100.0 * (self.after / self.before.max(1.0) - 1.0)
    }
}

fn by_name(figures: &Figures) -> impl Iterator<Item = (&str, &PolicyCost)> {
    let policies = figures.policies.iter();
    policies.map(|cost| (cost.policy.as_str(), cost))
}

fn median(figures: &Figures) -> f64 {
    let mutate = figures.mutate.as_ref().map_or(0.0, |latency| latency.p50);
    figures.validate.p50 + mutate
}

fn change(before: Option<&PolicyCost>, after: Option<&PolicyCost>) -> Option<Change> {
    let policy = after.or(before)?.policy.clone();
    let edited = match (before, after) {
        (Some(before), Some(after)) => before.digest != after.digest,
        _ => false,
    };
    let of = |cost: Option<&PolicyCost>| cost.and_then(|cost| cost.gate);
    let known = |gate: Option<Estimate>| gate.map_or(0.0, |gate| gate.nanos.max(0.0));
    let (old, new) = (of(before), of(after));
    let difference = known(new) - known(old);
    let verdict = match (before, after) {
        (None, _) => Verdict::New,
        (_, None) => Verdict::Gone,
        _ => match (old, new) {
            (Some(old), Some(new)) => judged(old, new),
            _ => Verdict::Same,
        },
    };
    Some(Change {
        policy,
        before: old,
        after: new,
        difference,
        verdict,
        edited,
    })
}

fn judged(old: Estimate, new: Estimate) -> Verdict {
    let worth = WORTH * old.nanos.abs().max(new.nanos.abs());
    match () {
        () if new.low - old.high > 0.0 && new.nanos - old.nanos > worth => Verdict::Slower,
        () if old.low - new.high > 0.0 && old.nanos - new.nanos > worth => Verdict::Faster,
        () => Verdict::Same,
    }
}

fn notes(before: &Figures, after: &Figures) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |text: &str| notes.push(text.to_owned());
    if before.reviews.digest != after.reviews.digest {
        note("the runs answered other reviews: the difference is not only the policies'");
    } else {
        let ratio = after.parts.reading / before.parts.reading.max(1.0);
        if (ratio - 1.0).abs() > OTHER_MACHINE {
            note(&format!(
                "reading the same reviews takes {:+.0} %: another machine, other load or another build",
                100.0 * (ratio - 1.0)
            ));
        }
    }
    if before.optimised != after.optimised {
        note("only one of the runs was optimised");
    }
    if before.version != after.version {
        note(&format!(
            "version {} then, {} now",
            before.version, after.version
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::{Estimate, Verdict, judged};

    fn around(nanos: f64, reach: f64) -> Estimate {
        Estimate {
            nanos,
            low: nanos - reach,
            high: nanos + reach,
        }
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn verdicts() {
        check("clear",        around(100.0, 5.0),  around(200.0, 5.0),  Verdict::Slower);
        check("clear, back",  around(200.0, 5.0),  around(100.0, 5.0),  Verdict::Faster);
        check("bounds meet",  around(100.0, 60.0), around(200.0, 60.0), Verdict::Same);
        check("not worth it", around(100.0, 0.5),  around(104.0, 0.5),  Verdict::Same);
    }

    #[track_caller]
    fn check(case: &str, old: Estimate, new: Estimate, expect: Verdict) {
        assert_eq!(judged(old, new), expect, "{case}");
    }
}
