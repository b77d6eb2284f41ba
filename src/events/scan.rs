//! Events of scans: what is wrong with objects that nobody is asking about.
//!
//! Comes in:  what a policy found wrong with an object.
//! Goes out:  an event of the policy and one of the object, for as many results as the policy's share
//!            has room for; of the others one event of the policy that counts them, when they have ended.
//! Never here: what a request brought up (see `admission`).
//!
//! The first scan of a big cluster finds thousands of things at once. Reports hold all of them; events
//! are for looking, and so many of them would only push out those of others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use k8s_openapi::api::core::v1::ObjectReference;
use portcullis_engine::doc::{AnyPolicy, PolicyId};
use portcullis_lang::value::Value;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Recorder;
use super::admission::{named, rule_name};
use super::event::{Action, Event, Reason, policy_reference, reference_of};
use super::share::{Counted, Share, TICK};

const SOURCE: &str = "kyverno-scan";

/// What one rule found wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome<'o> {
    /// Empty where the policy has no rules.
    pub(crate) rule: &'o str,
    /// `fail` or `error`.
    pub(crate) status: &'o str,
    /// In words.
    pub(crate) message: &'o str,
}

/// Tells of what scans find. Cloning it shares it.
#[derive(Clone)]
pub(crate) struct ScanEvents(Arc<Shared>);

struct Shared {
    recorder: Recorder,
    /// Results of each policy that are told of one by one.
    each: u32,
    shares: Mutex<HashMap<PolicyId, Told>>,
}

/// A policy that was told of.
struct Told {
    share: Share,
    policy: ObjectReference,
}

impl ScanEvents {
    /// Tells `recorder`: of each policy so many results in ten minutes one by one.
    pub(crate) fn new(recorder: Recorder, each: u32) -> ScanEvents {
        ScanEvents(Arc::new(Shared {
            recorder,
            each,
            shares: Mutex::default(),
        }))
    }

    /// Tells of what `policy` found wrong with `object`. Never waits.
    pub(crate) fn tell(&self, policy: &AnyPolicy, outcomes: &[Outcome<'_>], object: Value<'_>) {
        let Shared { recorder, each, .. } = &*self.0;
        if !recorder.is_open() || outcomes.is_empty() {
            return;
        }
        let now = Instant::now();
        let mut shares = self.shares();
        let told = shares.entry(policy.id().clone()).or_insert_with(|| Told {
            share: Share::new(*each),
            policy: policy_reference(policy),
        });
        let outcomes: Vec<_> = outcomes
            .iter()
            .filter(|outcome| told.share.take(outcome.status, now))
            .collect();
        drop(shares);
        let resource = reference_of(object);
        for outcome in outcomes {
            for event in events(policy, *outcome, &resource) {
                recorder.record(event);
            }
        }
    }

    /// Tells of what there was no room for, for as long as it is not dropped.
    pub(crate) async fn keep(self) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = Instant::now();
            let mut summaries = Vec::new();
            self.shares().retain(|_, told| {
                summaries.extend(told.share.due(now).map(|counted| {
                    self.0.recorder.folded(counted.sum());
                    summary(told.policy.clone(), counted)
                }));
                !told.share.is_full(now)
            });
            for event in summaries {
                self.0.recorder.record(event);
            }
        }
    }

    fn shares(&self) -> MutexGuard<'_, HashMap<PolicyId, Told>> {
        let shares = &self.0.shares;
        shares.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Of one outcome: an event of the policy and one of the object.
fn events(policy: &AnyPolicy, outcome: Outcome<'_>, resource: &ObjectReference) -> [Event; 2] {
    let Outcome {
        rule,
        status,
        message,
    } = outcome;
    let mut note = format!("{}: [{rule}] {status}", named(resource));
    if !message.is_empty() {
        note.push_str("; ");
        note.push_str(message);
    }
    let rule = rule_name(policy.id(), rule);
    let own = format!("policy {rule} {status}: {message}");
    [
        event(policy_reference(policy), Some(resource.clone()), note),
        event(resource.clone(), None, own),
    ]
}

/// Of results that were only counted.
fn summary(policy: ObjectReference, counted: Counted) -> Event {
    let Counted { fail, error } = counted;
    let further = counted.sum();
    let note =
        format!("{further} further results of scans: {fail} fail, {error} error; see the reports");
    event(policy, None, note)
}

fn event(regarding: ObjectReference, related: Option<ObjectReference>, note: String) -> Event {
    Event {
        regarding,
        related,
        reason: Reason::Violation,
        action: Action::Passed,
        note,
        source: SOURCE,
    }
}
