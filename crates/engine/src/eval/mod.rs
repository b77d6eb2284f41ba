//! Decides by the plan: which policies pass or skip a review, and which need the reference evaluator.
//!
//! Comes in:  a program, a review, memory to work in.
//! Goes out:  [`Decision`]: policies that have more to say than that they are satisfied.
//! Never here: messages, exact outcomes, facts.
//!
//! ```text
//! kind ─> groups ─guard─> parts ─> plain classes: strict patterns, all in one walk
//!                            └───> other classes: preconditions ─> check ─> Said
//!                                     └─asks, conditions: once each  └─trie: one walk
//! ```
//!
//! Nothing is allocated on the heap once the scratch has grown.

mod condition;
mod element;
mod part;
mod policies;
mod strict;
mod validating;
mod walk;

use bumpalo::Bump;
use portcullis_lang::functions::Inputs;
use portcullis_lang::value::{Map, Value};

use crate::context::{self, Setting};
use crate::ir::{Group, Members, Part, Plans};
use crate::reference::matching::{self, Target};
use crate::review::{Operation, Review};
use part::Run;
pub(crate) use policies::Policies;
pub(crate) use validating::decide_cel;

/// Steps that the expressions of one block or loop may take here. The reference evaluator counts the
/// steps of a whole policy, up to fifty times as many: what takes more than this is for it to count.
const STEPS: u64 = 20_000;

/// Memory of one worker, reused from review to review.
#[derive(Debug, Default)]
pub struct Scratch {
    walks: Walks,
    /// What was decided last.
    pub(crate) decision: Decision,
}

/// What walks of a resource leave.
#[derive(Debug, Default)]
struct Walks {
    /// Results of trie nodes on the way down.
    stack: Vec<u8>,
    unmet: strict::Unmet,
}

/// What the plan found.
#[derive(Debug, Default)]
pub(crate) struct Decision {
    /// Policies that are not satisfied, as far as the plan can tell.
    pub(crate) waiting: Policies,
    /// ValidatingPolicies that are not satisfied, as far as the plan can tell.
    pub(crate) validating: Policies,
    /// Policies that were not looked at to the end because the time was over.
    pub(crate) cut_short: Policies,
    /// Did a policy speak, satisfied, that may enforce and fails closed?
    pub(crate) fails_closed: bool,
}

/// What a class says of a review.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Said {
    Silent,
    Pass,
    Skip,
    /// Anything else, or not known here.
    Other,
}

/// What evaluation looks at; the same for all parts.
struct Subject<'v> {
    review: Review<'v>,
    resource: Value<'v>,
    variables: Map<'v>,
    deletes: bool,
    setting: Setting<'v>,
    inputs: &'v dyn Inputs,
    bump: &'v Bump,
}

impl<'v> Subject<'v> {
    fn of(review: &Review<'v>, setting: Setting<'v>) -> Subject<'v> {
        let Setting { bump, inputs, .. } = setting;
        Subject {
            review: *review,
            resource: review.resource(),
            variables: context::variables(review, bump),
            deletes: review.operation == Operation::Delete,
            setting,
            inputs,
            bump,
        }
    }
}

/// Decides one review for the policies that answer; the answer is in `scratch.decision`.
///
/// `stop` is asked before each part.
pub(crate) fn decide<'v>(
    plans: &'v Plans,
    review: &Review<'v>,
    setting: Setting<'v>,
    stop: &dyn Fn() -> bool,
    scratch: &mut Scratch,
) {
    let target = Target::of(review);
    let mut deciding = Deciding {
        review,
        setting,
        stop,
        target: &target,
        subject: None,
        scratch,
    };
    deciding.scratch.decision.clear();
    let kind = review.kind.kind;
    match target.is_namespace() {
        // What confines others does not confine these.
        true => plans
            .answering_anywhere(kind)
            .for_each(|it| deciding.group(it)),
        false => {
            let groups = plans.answering(kind, target.metadata_namespace());
            groups.for_each(|group| deciding.group(group));
        }
    }
}

/// A review on its way through the groups.
struct Deciding<'d, 'v> {
    review: &'d Review<'v>,
    setting: Setting<'v>,
    stop: &'d dyn Fn() -> bool,
    target: &'d Target<'v>,
    /// Made when the first group applies.
    subject: Option<Subject<'v>>,
    scratch: &'d mut Scratch,
}

impl<'v> Deciding<'_, 'v> {
    fn group(&mut self, group: &'v Group) {
        if !applies(group, self.target) {
            return;
        }
        let Scratch { walks, decision } = &mut *self.scratch;
        if excused(group, self.target) {
            for (_, members) in &group.parts {
                decision.waiting.extend(&members.policies);
            }
            return;
        }
        let (review, setting) = (self.review, self.setting);
        for (part, members) in &group.parts {
            if (self.stop)() {
                decision.cut_short.extend(&members.policies);
                continue;
            }
            let made = || Subject::of(review, setting);
            let subject: &Subject<'v> = self.subject.get_or_insert_with(made);
            let mut run = Run::new(part, subject, walks);
            if !part.plain.is_empty() && !subject.deletes {
                decision.note_plain(part, &mut run, members);
            }
            for index in &part.others {
                let index = *index as usize;
                if let Some(class) = part.classes.get(index) {
                    decision.note(run.class(class), members, index);
                }
            }
        }
    }
}

impl Decision {
    /// Forgets the review before.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.validating.clear();
        self.cut_short.clear();
        self.fails_closed = false;
    }

    /// The policies that are not satisfied, and those without a decision, in order.
    pub(crate) fn unsettled(&self) -> impl Iterator<Item = usize> {
        self.waiting.union(&self.cut_short)
    }

    /// Is nothing left to be said?
    pub(crate) fn is_settled(&self) -> bool {
        self.waiting.is_empty() && self.validating.is_empty() && self.cut_short.is_empty()
    }

    fn note_plain(&mut self, part: &Part, run: &mut Run<'_, '_>, members: &Members) {
        if run.meets_all() {
            self.fails_closed |= members.plain_fails_closed;
            return;
        }
        for (class, pattern) in &part.plain {
            let said = match run.meets(*pattern) {
                true => Said::Pass,
                false => Said::Other,
            };
            self.note(said, members, *class as usize);
        }
    }

    fn note(&mut self, said: Said, members: &Members, class: usize) {
        match said {
            Said::Silent => {}
            Said::Pass | Said::Skip => {
                self.fails_closed |= members.fails_closed.get(class) == Some(&true);
            }
            Said::Other => self.waiting.extend(members.of(class)),
        }
    }
}

fn applies(group: &Group, target: &Target<'_>) -> bool {
    let guard = &group.guard;
    let covered = |own: &String| !own.is_empty() && target.metadata_namespace() == own;
    guard.namespace.as_ref().is_none_or(covered)
        && matching::matches(&guard.matches, target)
        && !matching::excludes(&guard.excludes, target)
}

fn excused(group: &Group, target: &Target<'_>) -> bool {
    let mut exceptions = group.excused.iter();
    exceptions.any(|filters| matching::matches_exception(filters, target))
}
