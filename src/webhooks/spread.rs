//! When a policy may be called ready: once API servers act by the webhooks that were stored for it.
//!
//! Comes in:  the policies whose webhooks are stored, and whether anything was written for it.
//! Goes out:  those of them that requests are held against by now.
//! Never here: storing, clocks.
//!
//! Storing a configuration is not the end of it: each API server hears of it by a watch, and sends nothing
//! to the gate before that. Nothing tells when it has, so a moment must do.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use portcullis_engine::doc::PolicyId;
use tokio::time::Instant;

use super::keep::Registered;

/// API servers hear of a configuration within this time of its being stored: mostly 10 ms, and more
/// where they have much to do.
const MOMENT: Duration = Duration::from_millis(400);

/// The policies whose webhooks are stored.
#[derive(Debug, Default)]
pub(super) struct Spread {
    /// What was written last is known everywhere by now.
    written: Option<Instant>,
    /// The uid of each, and since when its webhooks are known.
    known: BTreeMap<PolicyId, (String, Option<Instant>)>,
}

impl Spread {
    /// Notes that a configuration was written.
    pub(super) fn wrote(&mut self, now: Instant) {
        self.written = Some(now + MOMENT);
    }

    /// Takes the policies whose webhooks are stored now.
    pub(super) fn stored(&mut self, policies: &Registered) {
        let known = policies.iter().map(|(id, uid)| {
            let before = self.known.get(id).filter(|(old, _)| old == uid);
            let since = before.map_or(self.written, |(_, since)| *since);
            (id.clone(), (uid.clone(), since))
        });
        self.known = known.collect();
    }

    /// The policies that are ready.
    pub(super) fn ready(&self, now: Instant) -> Registered {
        let ready = self
            .known
            .iter()
            .filter(|(_, (_, since))| passed(*since, now));
        let ready = ready.map(|(id, (uid, _))| (id.clone(), uid.clone()));
        Arc::new(ready.collect())
    }

    /// When the next one will be.
    pub(super) fn next(&self, now: Instant) -> Option<Instant> {
        let due = self.known.values().filter_map(|(_, since)| *since);
        due.filter(|since| *since > now).min()
    }
}

fn passed(since: Option<Instant>, now: Instant) -> bool {
    since.is_none_or(|since| since <= now)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use portcullis_engine::doc::{PolicyId, PolicyKind};
    use tokio::time::Instant;

    use super::{MOMENT, Spread};

    #[test]
    fn a_policy_is_ready_a_moment_after_its_webhooks_were_stored() {
        let start = Instant::now();
        let mut spread = Spread::default();
        spread.wrote(start);
        check(&mut spread, &["a/1"], start, &[], Some(start + MOMENT));
        let later = start + MOMENT;
        check(&mut spread, &["a/1"], later, &["a/1"], None);
        // Nothing had to be written for a second one.
        check(&mut spread, &["a/1", "b/2"], later, &["a/1", "b/2"], None);
        // A third one does not take back what is ready.
        spread.wrote(later);
        let due = Some(later + MOMENT);
        check(&mut spread, &["a/1", "c/3"], later, &["a/1"], due);
        // Another object of the same name is another policy.
        check(&mut spread, &["a/4"], later, &[], due);
    }

    #[track_caller]
    fn check(
        spread: &mut Spread,
        stored: &[&str],
        now: Instant,
        ready: &[&str],
        next: Option<Instant>,
    ) {
        let policies = stored.iter().map(|text| {
            let (name, uid) = text.split_once('/').unwrap();
            let id = PolicyId {
                kind: PolicyKind::ClusterPolicy,
                namespace: String::new(),
                name: name.to_owned(),
            };
            (id, uid.to_owned())
        });
        spread.stored(&Arc::new(policies.collect()));
        let found = spread.ready(now);
        let found = found.iter().map(|(id, uid)| format!("{}/{uid}", id.name));
        assert_eq!(found.collect::<Vec<_>>(), ready, "{stored:?}");
        assert_eq!(spread.next(now), next, "{stored:?}");
    }
}
