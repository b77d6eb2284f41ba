//! What requests leave in reports.
//!
//! Comes in:  what policies said of a request, once it is answered.
//! Goes out:  the results, queued for the report of its object; those of a denied one for the report
//!            of blocked requests.
//! Never here: waiting. The queue drops what does not fit.
//!
//! Nothing is kept of dry runs, of deletions and of subresources: no object is as they say.

use portcullis_engine::admit::Phase;
use portcullis_engine::doc::AnyPolicy;
use portcullis_engine::outcome::{RuleOutcome, RuleType, Status};
use portcullis_engine::review::{Operation, Review};
use tokio::runtime::Handle;

use super::blocked::Blocked;
use super::entry::{Author, Entry, Process, Time, is_existing};
use super::report::{Owner, Scope};
use super::unnamed::Unnamed;
use super::writer::Before;
use super::{Options, Queue, Settles, Update};
use crate::after::{Said, Sink};

/// The sink for reports.
pub(crate) struct AdmissionReports {
    queue: Queue,
    unnamed: Unnamed,
    blocked: Blocked,
}

impl AdmissionReports {
    /// Queues results. What is made of them runs on `runtime`.
    pub(crate) fn new(queue: Queue, runtime: &Handle) -> AdmissionReports {
        AdmissionReports {
            unnamed: Unnamed::start(queue.clone(), runtime),
            blocked: Blocked::start(queue.writer().clone(), runtime),
            queue,
        }
    }

    fn options(&self) -> &Options {
        self.queue.writer().options()
    }
}

impl Sink for AdmissionReports {
    fn is_open(&self, _: Phase) -> bool {
        self.queue.writer().is_on()
    }

    fn take(&self, said: &Said<'_>) {
        let review = said.review;
        if said.is_dry_run() || !leaves_an_object(review) {
            return;
        }
        let entries = entries(said, self.options());
        if entries.is_empty() {
            return;
        }
        let owner = Owner::unnamed(review.resource());
        if !said.allowed {
            if self.options().blocked {
                self.blocked.put(&Scope::from(&owner), entries);
            }
            return;
        }
        if owner.uid.is_empty() {
            // Its name and identity are given after the mutating webhooks.
            self.unnamed.put(review, owner, entries);
            return;
        }
        let mut entries = entries;
        self.unnamed.claim(&owner, &mut entries);
        let before = match review.operation {
            Operation::Create => Before::Absent,
            _ => Before::Unknown,
        };
        let update = Update {
            owner,
            entries,
            settles: Settles::Nothing,
        };
        self.queue.put(update, before);
    }

    fn is_done(&self) -> bool {
        self.queue.is_done()
    }
}

fn leaves_an_object(review: &Review<'_>) -> bool {
    matches!(review.operation, Operation::Create | Operation::Update)
        && review.kind.subresource.is_empty()
        && review.object.is_some()
}

fn entries(said: &Said<'_>, options: &Options) -> Vec<Entry> {
    let now = Time::now();
    let account = said.account;
    let rules = account.outcomes.iter();
    let rules = rules.map(|one| (AnyPolicy::Rules(one.policy.clone()), &one.rules));
    let cel = account.cel.iter();
    let cel = cel.map(|one| (AnyPolicy::Validating(one.policy.clone()), &one.rules));
    let mutating = account.mutating.iter();
    let mutating = mutating.map(|one| (AnyPolicy::Mutating(one.policy.clone()), &one.rules));
    let mut entries = Vec::new();
    for (policy, outcomes) in rules.chain(cel).chain(mutating) {
        let author = Author::of(&policy);
        if author.is_silent() {
            continue;
        }
        let told = outcomes.iter().filter(|outcome| {
            is_told(outcome) && options.reports(outcome.kind, is_existing(outcome))
        });
        entries.extend(told.map(|outcome| author.entry(outcome, Process::Admission, now)));
    }
    entries
}

/// Is there anything to tell? A policy that passed an object over has none, unless an exception made
/// it.
pub(crate) fn is_told(outcome: &RuleOutcome) -> bool {
    let passed_over = match outcome.kind {
        RuleType::Mutation => true,
        // A policy without rules whose conditions do not hold.
        _ => outcome.rule.is_empty(),
    };
    outcome.status != Status::Skip || !passed_over || !outcome.exceptions.is_empty()
}
