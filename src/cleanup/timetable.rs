//! When which policy runs.
//!
//! Comes in:  policies as they are followed.
//! Goes out:  those that are due.
//! Never here: a clock; waiting.

use std::collections::{BTreeMap, BTreeSet};

use kube::api::{ApiResource, DynamicObject};
use portcullis_engine::doc::{self, AnyPolicy};
use portcullis_lang::scalar::cron::Schedule;
use portcullis_lang::scalar::time::Time;
use portcullis_lang::value::{Document, Numbers};

use crate::cluster::kinds::Kinds;

/// The kinds of policy that delete.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Kind {
    Cleanup,
    ClusterCleanup,
    Deleting,
    NamespacedDeleting,
}

impl Kind {
    pub(super) const ALL: [Kind; 4] = [
        Kind::Cleanup,
        Kind::ClusterCleanup,
        Kind::Deleting,
        Kind::NamespacedDeleting,
    ];

    fn names(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Kind::Cleanup => ("kyverno.io", "v2", "CleanupPolicy", "cleanuppolicies"),
            Kind::ClusterCleanup => (
                "kyverno.io",
                "v2",
                "ClusterCleanupPolicy",
                "clustercleanuppolicies",
            ),
            Kind::Deleting => (
                "policies.kyverno.io",
                "v1",
                "DeletingPolicy",
                "deletingpolicies",
            ),
            Kind::NamespacedDeleting => (
                "policies.kyverno.io",
                "v1",
                "NamespacedDeletingPolicy",
                "namespaceddeletingpolicies",
            ),
        }
    }

    /// Its resource: in the version that the cluster prefers, or in the one that we install.
    pub(super) fn resource(self, kinds: &Kinds) -> ApiResource {
        let (group, version, kind, plural) = self.names();
        match kinds.preferred(group, plural) {
            Some(served) => served.resource(),
            None => ApiResource {
                group: group.to_owned(),
                version: version.to_owned(),
                api_version: format!("{group}/{version}"),
                kind: kind.to_owned(),
                plural: plural.to_owned(),
            },
        }
    }
}

/// What tells one policy from another: kind, namespace, name.
pub(super) type Key = (Kind, String, String);

/// A policy whose time has come.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) key: Key,
    pub(super) policy: AnyPolicy,
    /// As it was last seen.
    pub(super) object: DynamicObject,
}

/// Every policy with the time of its next run.
#[derive(Debug, Default)]
pub(super) struct Timetable {
    entries: BTreeMap<Key, Entry>,
    /// While a kind is listed anew: what the list has named so far.
    listed: BTreeMap<Kind, BTreeSet<Key>>,
}

#[derive(Debug)]
struct Entry {
    policy: AnyPolicy,
    object: DynamicObject,
    /// When it ran last, as far as this process knows.
    ran: Option<Time>,
    next: Option<Time>,
    running: bool,
}

impl Timetable {
    pub(super) fn restart(&mut self, kind: Kind) {
        self.listed.insert(kind, BTreeSet::new());
    }

    pub(super) fn sync(&mut self, kind: Kind) {
        if let Some(listed) = self.listed.remove(&kind) {
            self.entries
                .retain(|key, _| key.0 != kind || listed.contains(key));
        }
    }

    /// Takes a policy in. A broken one leaves the last good version where it is.
    pub(super) fn apply(&mut self, kind: Kind, object: DynamicObject) {
        let key = key(kind, &object);
        if let Some(listed) = self.listed.get_mut(&kind) {
            listed.insert(key.clone());
        }
        let policy = match read(&object) {
            Ok(policy) => policy,
            Err(error) => {
                let (_, namespace, name) = &key;
                tracing::warn!(?kind, namespace, name, error, "policy has a mistake");
                return;
            }
        };
        let before = self.entries.get(&key);
        let stated = object.data.pointer("/status/lastExecutionTime");
        let stated = stated.and_then(|text| Time::parse_rfc3339(text.as_str()?).ok());
        // The status may not tell yet what this process did a moment ago.
        let ran = later(stated, before.and_then(|entry| entry.ran.clone()));
        let running = before.is_some_and(|entry| entry.running);
        let mut entry = Entry {
            policy,
            object,
            ran,
            next: None,
            running,
        };
        entry.plan();
        self.entries.insert(key, entry);
    }

    pub(super) fn delete(&mut self, kind: Kind, object: &DynamicObject) {
        self.entries.remove(&key(kind, object));
    }

    /// Every policy that is due at `now` and not running; it counts as running from here on.
    pub(super) fn take_due(&mut self, now: &Time) -> Vec<Due> {
        let mut due = Vec::new();
        for (key, entry) in &mut self.entries {
            let is_due = entry
                .next
                .as_ref()
                .is_some_and(|next| !is_before(now, next));
            if !is_due || entry.running {
                continue;
            }
            entry.running = true;
            entry.ran = Some(now.clone());
            entry.plan();
            due.push(Due {
                key: key.clone(),
                policy: entry.policy.clone(),
                object: entry.object.clone(),
            });
        }
        due
    }

    /// The run of a policy is over.
    pub(super) fn ended(&mut self, key: &Key) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.running = false;
        }
    }

    /// When the next policy is due.
    pub(super) fn next(&self) -> Option<Time> {
        let waiting = self.entries.values().filter(|entry| !entry.running);
        let times = waiting.filter_map(|entry| entry.next.clone());
        times.reduce(|a, b| if is_before(&b, &a) { b } else { a })
    }
}

impl Entry {
    fn plan(&mut self) {
        let created = self.object.metadata.creation_timestamp.as_ref();
        let created = created.map(|time| Time::from_unix_nanos(time.0.as_nanosecond()));
        let since = self.ran.clone().or(created);
        self.next = since.and_then(|since| schedule(&self.policy)?.next_after(&since.to_utc()));
    }
}

fn schedule(policy: &AnyPolicy) -> Option<&Schedule> {
    match policy {
        AnyPolicy::Cleanup(policy) => policy.schedule.as_ref(),
        AnyPolicy::Deleting(policy) => policy.schedule.as_ref(),
        _ => None,
    }
}

fn read(object: &DynamicObject) -> Result<AnyPolicy, String> {
    let json = serde_json::to_vec(object).map_err(|error| error.to_string())?;
    let document = Document::from_json(&json, Numbers::AsWritten);
    let document = document.map_err(|error| error.to_string())?;
    match doc::read_any_document(document) {
        Some(Ok(policy)) => Ok(policy),
        Some(Err(broken)) => {
            let first = broken.diagnostics.into_iter().next();
            Err(first.map_or_else(String::new, |finding| finding.message))
        }
        None => Err("is of an unknown version".to_owned()),
    }
}

fn key(kind: Kind, object: &DynamicObject) -> Key {
    let metadata = &object.metadata;
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    (kind, text(&metadata.namespace), text(&metadata.name))
}

fn later(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if is_before(&a, &b) { b } else { a }),
        (a, b) => a.or(b),
    }
}

fn is_before(a: &Time, b: &Time) -> bool {
    (a.unix(), a.nanosecond()) < (b.unix(), b.nanosecond())
}

#[cfg(test)]
mod tests {
    use kube::api::DynamicObject;
    use portcullis_lang::scalar::time::Time;
    use serde_json::json;

    use super::{Kind, Timetable};

    const KIND: Kind = Kind::ClusterCleanup;

    #[test]
    fn a_policy_runs_at_its_ticks_and_what_was_missed_is_one_run() {
        let mut table = Timetable::default();
        table.apply(KIND, policy("*/5 * * * *", None));
        assert_eq!(due(&mut table, "2026-01-01T10:04:59Z"), 0);
        assert_eq!(due(&mut table, "2026-01-01T10:31:00Z"), 1);
        assert_eq!(due(&mut table, "2026-01-01T10:36:00Z"), 0, "it still runs");
        table.ended(&(KIND, String::new(), "p".to_owned()));
        assert_eq!(due(&mut table, "2026-01-01T10:36:00Z"), 1);
    }

    #[test]
    fn the_status_tells_a_new_leader_what_was_done() {
        let mut table = Timetable::default();
        table.apply(KIND, policy("0 * * * *", Some("2026-01-01T11:00:01Z")));
        assert_eq!(due(&mut table, "2026-01-01T11:59:59Z"), 0);
        assert_eq!(due(&mut table, "2026-01-01T12:00:00Z"), 1);
    }

    #[test]
    fn a_broken_policy_leaves_the_good_one() {
        let mut table = Timetable::default();
        table.apply(KIND, policy("*/5 * * * *", None));
        table.restart(KIND);
        table.apply(KIND, policy("soon", None));
        table.sync(KIND);
        assert_eq!(due(&mut table, "2026-01-01T10:05:00Z"), 1);
        table.restart(KIND);
        table.sync(KIND);
        assert!(table.next().is_none(), "it is gone");
    }

    fn due(table: &mut Timetable, now: &str) -> usize {
        table.take_due(&Time::parse_rfc3339(now).unwrap()).len()
    }

    fn policy(schedule: &str, ran: Option<&str>) -> DynamicObject {
        serde_json::from_value(json!({
            "apiVersion": "kyverno.io/v2",
            "kind": "ClusterCleanupPolicy",
            "metadata": { "name": "p", "creationTimestamp": "2026-01-01T10:00:00Z" },
            "spec": {
                "schedule": schedule,
                "match": { "any": [{ "resources": { "kinds": ["Pod"] } }] },
            },
            "status": { "lastExecutionTime": ran },
        }))
        .unwrap()
    }
}
