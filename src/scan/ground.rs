//! What the scans of all kinds share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use kube::Client;
use kube::api::ApiResource;
use portcullis_lang::value::Document;
use tokio::sync::Semaphore;

use super::Options;
use super::judge::Judge;
use super::known::{Uid, Verdict, digest};
use super::namespaces::Namespaces;
use super::plan::Plan;
use crate::events::{Outcome, ScanEvents};
use crate::facts::Desk;
use crate::observe::metrics::Metrics;
use crate::reports::{Entry, Judged as _, Writer};
use crate::settings::config_map::ConfigInForce;
use crate::settings::filters::About;

/// What the scans of all kinds share. Cheap to clone.
#[derive(Clone)]
pub(super) struct Ground {
    pub(super) client: Client,
    pub(super) facts: Desk,
    pub(super) writer: Writer,
    pub(super) events: ScanEvents,
    pub(super) namespaces: Namespaces,
    pub(super) options: Options,
    pub(super) metrics: Arc<Metrics>,
    /// What the ConfigMap says, where anybody asks for it.
    pub(super) config: ConfigInForce,
    pub(super) found: Found,
    /// Objects that are being evaluated.
    pub(super) workers: Arc<Semaphore>,
    /// When this replica began.
    pub(super) started: Timestamp,
}

impl Ground {
    /// Is an object left out?
    pub(super) fn leaves_out(&self, resource: &ApiResource, namespace: &str, name: &str) -> bool {
        let about = About {
            group: &resource.group,
            version: &resource.version,
            kind: &resource.kind,
            subresource: "",
            namespace,
            name,
        };
        self.options.filters && self.config.load().filters.cover(&about)
    }
}

/// What reports said when this replica began, until their objects are seen. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Found(Arc<Mutex<HashMap<Uid, Vec<Verdict>>>>);

impl Found {
    /// Notes what a report says of the judges of a plan.
    pub(super) fn add(&self, uid: Uid, plan: &Plan, entries: &[Entry]) {
        let verdicts = plan.judges.iter().filter_map(|judge| {
            let own = entries.iter().filter(|entry| judge.repeats.judges(entry));
            Some(Verdict {
                judge: judge.id,
                digest: digest(own)?,
            })
        });
        let verdicts = verdicts.collect();
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.insert(uid, verdicts);
    }

    /// What was noted of an object; only once.
    pub(super) fn take(&self, uid: Uid) -> Option<Vec<Verdict>> {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.remove(&uid)
    }
}

impl Ground {
    /// Tells of what is wrong with an object.
    pub(super) fn tell(&self, changed: &[&(&Judge, Vec<Entry>)], object: &Document) {
        for (judge, entries) in changed {
            let wrong = entries.iter();
            let wrong = wrong.filter(|entry| matches!(entry.result.as_str(), "fail" | "error"));
            let outcomes: Vec<_> = wrong
                .map(|entry| Outcome {
                    rule: &entry.rule,
                    status: &entry.result,
                    message: &entry.message,
                })
                .collect();
            self.events.tell(&judge.policy, &outcomes, object.root());
        }
    }
}
