//! What policies said of a review, and which of their rules found no outcome.
//!
//! Comes in:  policies, one after the other, and the time that there is.
//! Goes out:  [`Account`]: outcomes, those of undecided rules included; facts that are needed first.
//! Never here: the verdict.

use std::sync::Arc;
use std::time::Duration;

use bumpalo::Bump;

use super::{NAMED, Outside, Timed, surroundings};
use crate::doc::{Action, FailurePolicy, Policy, Rule};
use crate::facts::{ApiCall, Fact, Fault, Method};
use crate::failure::own_limit;
use crate::outcome::{CelOutcome, MutatingOutcome, PolicyOutcome, RuleOutcome, RuleType, Status};
use crate::program::Program;
use crate::reference::matching::{self, Target};
use crate::reference::{self, Evaluated};
use crate::review::Review;
use crate::verdict::{Place, action_of};

/// A fact that is needed first.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wanted {
    /// What is to be fetched.
    pub fact: Fact,
    /// How long the most patient policy that needs it would have the review take; `None` where only
    /// the review's own budget counts.
    pub limit: Option<Duration>,
}

/// What policies said.
#[derive(Debug, Default)]
pub struct Account {
    /// In the order of the policies, without those that said nothing.
    pub outcomes: Vec<PolicyOutcome>,
    /// The same of ValidatingPolicies.
    pub cel: Vec<CelOutcome>,
    /// The same of MutatingPolicies.
    pub mutating: Vec<MutatingOutcome>,
    /// What is needed before more can be said; where there is any, the account is not complete.
    pub missing: Vec<Wanted>,
    /// Which rules found no outcome.
    pub undecided: Undecided,
    /// Were policies passed over, because the review is refused whatever they say?
    pub unnamed: bool,
    /// Is it only for an answer, which is the same without them?
    pub(super) for_answer: bool,
}

/// Rules without an outcome, resolved by the failure modes of their policies.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Undecided {
    /// Policies that failed closed.
    pub closed: usize,
    /// Policies that failed open.
    pub open: usize,
    /// `policy/rule: reason` of each rule.
    pub rules: Vec<String>,
}

impl Account {
    /// An account from which an answer is made: not necessarily of all policies.
    pub(super) fn for_answer() -> Account {
        Account {
            for_answer: true,
            ..Account::default()
        }
    }

    /// Passes over one more policy where the time is over and so many policies refuse the review that no
    /// other one changes the answer. Tells whether it did.
    pub(super) fn passes_over(&mut self, outside: Outside<'_>) -> bool {
        let enough = self.undecided.closed >= NAMED;
        let passed = self.for_answer && enough && outside.time.is_over();
        self.unnamed |= passed;
        passed
    }

    /// Evaluates a policy and notes what it says.
    pub(super) fn ask<'v>(
        &mut self,
        program: &'v Program,
        policy: &'v Arc<Policy>,
        review: &Review<'v>,
        outside: Outside<'v>,
        bump: &'v Bump,
    ) {
        if self.passes_over(outside) {
            return;
        }
        let over = || outside.time.is_over_for(policy);
        let timed = Timed::new(outside.inputs, &over);
        let surroundings = surroundings(program, outside, &timed, &over);
        let evaluated = reference::evaluate_all(policy, review, &surroundings, bump);
        let evaluated = evaluated.unwrap_or_else(|fault| Evaluated {
            rules: Vec::new(),
            undecided: (0..policy.rules().len())
                .map(|index| (index, fault.clone()))
                .collect(),
        });
        self.note(policy, evaluated, review, outside, &matching::applies);
    }

    /// Notes that no rule of a policy was decided. `speaks` tells which of them would have spoken.
    pub(super) fn give_up(
        &mut self,
        policy: &Arc<Policy>,
        review: &Review<'_>,
        outside: Outside<'_>,
        fault: &Fault,
        speaks: &dyn Fn(&Rule, &Target<'_>) -> bool,
    ) {
        if self.passes_over(outside) {
            return;
        }
        let all = (0..policy.rules().len()).map(|index| (index, fault.clone()));
        let evaluated = Evaluated {
            rules: Vec::new(),
            undecided: all.collect(),
        };
        self.note(policy, evaluated, review, outside, speaks);
    }

    /// A fact keeps something from being decided, and is still to be had.
    pub(super) fn want(&mut self, policy: &Policy, fact: Fact) {
        self.want_within(own_limit(policy), fact);
    }

    /// [`Account::want`] of a policy that allows itself so much.
    pub(super) fn want_within(&mut self, limit: Option<Duration>, fact: Fact) {
        let first = self.missing.is_empty();
        let mut known = self.missing.iter_mut();
        match known.find(|wanted| wanted.fact == fact) {
            Some(wanted) => {
                wanted.limit = match (wanted.limit, limit) {
                    (Some(a), Some(b)) => Some(a.max(b)),
                    _ => None,
                };
            }
            // What is posted may follow from what is not known yet.
            None if !first && is_post(&fact) => {}
            None => self.missing.push(Wanted { fact, limit }),
        }
    }

    fn note(
        &mut self,
        policy: &Arc<Policy>,
        evaluated: Evaluated,
        review: &Review<'_>,
        outside: Outside<'_>,
        speaks: &dyn Fn(&Rule, &Target<'_>) -> bool,
    ) {
        let Evaluated {
            mut rules,
            undecided,
        } = evaluated;
        let mut resolver = Resolver::new(policy, review, outside, speaks);
        for (index, fault) in undecided {
            match fault {
                Fault::Missing(fact) if resolver.may_wait(&fact) => self.want(policy, fact),
                fault => rules.extend(resolver.resolve(index, &fault, RuleType::Validation)),
            }
        }
        resolver.count(&mut self.undecided);
        self.spoke(policy, rules);
    }

    /// Notes what a policy said, if anything.
    pub(super) fn spoke(&mut self, policy: &Arc<Policy>, rules: Vec<RuleOutcome>) {
        if !rules.is_empty() {
            let policy = Arc::clone(policy);
            self.outcomes.push(PolicyOutcome { policy, rules });
        }
    }
}

/// Resolves the undecided rules of one policy by its failure mode.
pub(super) struct Resolver<'r> {
    policy: &'r Policy,
    review: &'r Review<'r>,
    outside: Outside<'r>,
    speaks: &'r dyn Fn(&Rule, &Target<'_>) -> bool,
    mode: FailurePolicy,
    closed: bool,
    rules: Vec<String>,
}

impl<'r> Resolver<'r> {
    pub(super) fn new(
        policy: &'r Policy,
        review: &'r Review<'r>,
        outside: Outside<'r>,
        speaks: &'r dyn Fn(&Rule, &Target<'_>) -> bool,
    ) -> Resolver<'r> {
        Resolver {
            mode: outside.modes.of(policy, review.namespace),
            policy,
            review,
            outside,
            speaks,
            closed: false,
            rules: Vec::new(),
        }
    }

    /// Is a fact still worth waiting for?
    pub(super) fn may_wait(&self, fact: &Fact) -> bool {
        self.outside.facts.given_up(fact).is_none() && !self.outside.time.is_spent_for(self.policy)
    }

    /// The outcome of a rule that was not decided: an error where the policy fails closed, a warning
    /// where it fails open, and where its failure would only have been reported. `None` where it would
    /// have said nothing.
    pub(super) fn resolve(
        &mut self,
        index: usize,
        fault: &Fault,
        kind: RuleType,
    ) -> Option<RuleOutcome> {
        let rule = self.policy.rules().get(index)?;
        if !(self.speaks)(rule, &Target::of(self.review)) {
            return None;
        }
        let Outside { time, facts, .. } = self.outside;
        let reason = time.reason(self.policy, fault, facts);
        let place = Place {
            namespace: self.review.namespace,
            labels: self.review.namespace_labels,
        };
        let only_reported =
            kind == RuleType::Validation && action_of(self.policy, rule, place) == Action::Audit;
        let (status, mode) = match self.mode {
            FailurePolicy::Ignore => (Status::Warn, "failing open"),
            FailurePolicy::Fail if only_reported => (Status::Warn, "only audited"),
            FailurePolicy::Fail => (Status::Error, "failing closed"),
        };
        self.closed |= status == Status::Error;
        self.rules
            .push(format!("{}/{}: {reason}", self.policy.name(), rule.name));
        let message = format!("{reason}; {mode}");
        Some(RuleOutcome::new(&rule.name, kind, status, message))
    }

    /// Did a rule fail closed?
    pub(super) fn closed(&self) -> bool {
        self.closed
    }

    /// Adds what was resolved to `undecided`.
    pub(super) fn count(self, undecided: &mut Undecided) {
        if self.rules.is_empty() {
            return;
        }
        match self.closed {
            true => undecided.closed += 1,
            false => undecided.open += 1,
        }
        undecided.rules.extend(self.rules);
    }
}

fn is_post(fact: &Fact) -> bool {
    matches!(fact, Fact::Api(call) | Fact::Http(call) if matches!(**call, ApiCall { method: Method::Post, .. }))
}
