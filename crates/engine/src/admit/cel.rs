//! Policies written in CEL within a validating review.

use std::sync::Arc;
use std::time::Duration;

use bumpalo::Bump;

use super::account::Account;
use super::{Outside, Timed, surroundings};
use crate::doc::{FailurePolicy, Mode, ValidatingPolicy, ValidationAction};
use crate::facts::{Fact, Fault};
use crate::outcome::{CelOutcome, RuleOutcome, RuleType, Status};
use crate::program::Program;
use crate::reference::{asks_labels, evaluate_validating, validating_speaks};
use crate::review::Review;

impl Account {
    /// Evaluates the ValidatingPolicies that requests are subject to; `answering`: only those that can
    /// change the answer. `unknown`: what keeps the labels of the namespace from being known.
    pub(super) fn ask_cel<'v>(
        &mut self,
        program: &'v Program,
        answering: bool,
        unknown: Option<&Fault>,
        review: &Review<'v>,
        outside: Outside<'v>,
        bump: &'v Bump,
    ) {
        let asked = |policy: &&Arc<ValidatingPolicy>| {
            policy.admission && policy.mode == Mode::Kubernetes && (!answering || policy.answers())
        };
        for policy in program.validating().iter().filter(asked) {
            match unknown {
                Some(fault) if asks_labels(policy, review) => {
                    self.give_up_cel(policy, review, outside, fault);
                }
                _ => self.ask_one(program, policy, review, outside, bump),
            }
        }
    }

    pub(super) fn ask_one<'v>(
        &mut self,
        program: &'v Program,
        policy: &'v Arc<ValidatingPolicy>,
        review: &Review<'v>,
        outside: Outside<'v>,
        bump: &'v Bump,
    ) {
        if self.passes_over(outside) {
            return;
        }
        // Before the time: a policy about other resources has no say, however late it is.
        if !validating_speaks(policy, review, bump) {
            return;
        }
        let limit = limit(policy.timeout_seconds);
        let over = || (outside.time.over)(limit);
        if over() {
            return self.give_up_cel(policy, review, outside, &Fault::Stopped);
        }
        let timed = Timed::new(outside.inputs, &over);
        let surroundings = surroundings(program, outside, &timed, &over);
        match evaluate_validating(policy, review, &surroundings, bump) {
            Ok(said) => {
                let rules = said.into_iter().filter_map(|(_, outcome)| outcome);
                self.note_cel(policy, rules.collect());
            }
            Err(Fault::Missing(fact)) if may_wait(outside, limit, &fact) => {
                self.want_within(limit, fact);
            }
            Err(fault) => self.give_up_cel(policy, review, outside, &fault),
        }
    }

    /// A policy without a decision is an error where it fails closed, and a warning where it fails
    /// open or could not have denied anything.
    fn give_up_cel(
        &mut self,
        policy: &Arc<ValidatingPolicy>,
        review: &Review<'_>,
        outside: Outside<'_>,
        fault: &Fault,
    ) {
        if self.passes_over(outside) {
            return;
        }
        let stated = policy
            .states_failure_policy
            .then_some(policy.failure_policy);
        let mode = outside
            .modes
            .of_stated(&policy.id, stated, review.namespace);
        let denies = policy.actions.contains(&ValidationAction::Deny);
        let (status, word) = match mode {
            FailurePolicy::Ignore => (Status::Warn, "failing open"),
            FailurePolicy::Fail if !denies => (Status::Warn, "only audited"),
            FailurePolicy::Fail => (Status::Error, "failing closed"),
        };
        let reason =
            outside
                .time
                .reason_within(limit(policy.timeout_seconds), fault, outside.facts);
        match status {
            Status::Error => self.undecided.closed += 1,
            _ => self.undecided.open += 1,
        }
        self.undecided
            .rules
            .push(format!("{}: {reason}", policy.id.name));
        let message = format!("{reason}; {word}");
        let outcome = RuleOutcome::new("", RuleType::Validation, status, message);
        self.note_cel(policy, vec![outcome]);
    }

    fn note_cel(&mut self, policy: &Arc<ValidatingPolicy>, rules: Vec<RuleOutcome>) {
        if !rules.is_empty() {
            let policy = Arc::clone(policy);
            self.cel.push(CelOutcome { policy, rules });
        }
    }
}

/// What a policy with `timeoutSeconds` for its webhook allows itself.
pub(super) fn limit(timeout_seconds: Option<i64>) -> Option<Duration> {
    let seconds = u64::try_from(timeout_seconds?).ok()?;
    Some(Duration::from_secs(seconds))
}

/// Is a fact still worth waiting for, for a policy that allows itself so much?
pub(super) fn may_wait(outside: Outside<'_>, limit: Option<Duration>, fact: &Fact) -> bool {
    outside.facts.given_up(fact).is_none()
        && !(outside.time.over)(limit)
        && !limit.is_some_and(outside.time.waited)
}
