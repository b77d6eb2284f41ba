//! One AdmissionReview from bytes to bytes: what the gate does for every request.
//!
//! Comes in:  the body of `POST /validate` or `POST /mutate`, a program, facts, a stop signal.
//! Goes out:  the body of the answer, and what the gate counts and logs.
//! Never here: HTTP, TLS, waiting.

mod mutate;

use std::sync::Arc;

use bumpalo::Bump;
use portcullis_lang::functions::Inputs;

use crate::doc::{FailurePolicy, Policy};
use crate::eval;
use crate::facts::{Fact, Facts, Fault};
use crate::ir::Role;
use crate::outcome::{PolicyOutcome, RuleOutcome, RuleType, Status};
use crate::program::Program;
use crate::reference::{self, Surroundings, matching};
use crate::review::{Buffers, Refusal, Review};
use crate::verdict::{Verdict, conclude, write_response};

pub use crate::eval::Scratch as DecideScratch;

/// Which of the two webhooks was called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Answers with a patch.
    Mutate,
    /// Answers yes or no.
    Validate,
}

/// Memory of one worker, reused from review to review.
#[derive(Debug, Default)]
pub struct Scratch {
    buffers: Buffers,
    bump: Bump,
    output: String,
    eval: DecideScratch,
}

/// Why there is no answer yet.
#[derive(Clone, Debug)]
pub enum Pending {
    /// Fetch this and call again. When it cannot be had in time, raise `stop` and call again.
    Fact(Fact),
    /// The body cannot be answered at all.
    Refused(Refusal),
}

/// One review's answer, and what is worth counting.
#[derive(Clone, Debug)]
pub struct Answer<'s> {
    /// The AdmissionReview response, JSON.
    pub body: &'s [u8],
    /// Was the request allowed?
    pub allowed: bool,
    /// Policies that found no outcome in time and were resolved by their `failurePolicy`.
    pub undecided: usize,
}

/// What evaluation asks the outside while it runs; all of it answers at once.
#[derive(Clone, Copy)]
pub struct Outside<'o> {
    /// Answers from memory only.
    pub facts: &'o dyn Facts,
    /// The time and randomness of this review.
    pub inputs: &'o dyn Inputs,
    /// Asked before each rule: must the answer be on its way now? From then on, every policy
    /// without an outcome is resolved by its `failurePolicy`.
    pub stop: &'o dyn Fn() -> bool,
}

/// Answers one review.
///
/// `body` is copied into `scratch`, so the call can be made again with the same bytes.
///
/// The plan decides first; policies that it finds satisfied are done. All others are evaluated by the
/// reference evaluator, whose outcomes carry the messages. Policies that can only be reported are not
/// looked at: see [`account`].
///
/// Allocates nothing on the heap where every policy is satisfied and lowered, once `scratch` has
/// grown (`tests/allocations.rs`). Cost: `benches/admit`.
///
/// # Errors
///
/// [`Pending::Fact`] where a fact is needed first, [`Pending::Refused`] where the body is no review.
pub fn answer<'s>(
    program: &Program,
    phase: Phase,
    body: &[u8],
    outside: Outside<'_>,
    scratch: &'s mut Scratch,
) -> Result<Answer<'s>, Pending> {
    let Scratch {
        buffers,
        bump,
        output,
        eval,
    } = scratch;
    bump.reset();
    output.clear();
    let bump = &*bump;
    let decided = buffers.decode(body, |review| match phase {
        Phase::Mutate if program.mutating().is_empty() => {
            Ok((finish(output, review.uid, &Verdict::default()), 0))
        }
        Phase::Mutate => {
            let review = situated(program, review, outside)?;
            let mutated = mutate::mutate(program, &review, outside, bump);
            let (verdict, undecided) = mutated.map_err(Pending::Fact)?;
            Ok((finish(output, review.uid, &verdict), undecided))
        }
        Phase::Validate => {
            let review = situated(program, review, outside)?;
            let decided = decide(program, &review, outside, eval, bump);
            let (verdict, undecided) = decided.map_err(Pending::Fact)?;
            Ok((finish(output, review.uid, &verdict), undecided))
        }
    });
    let (allowed, undecided) = decided.map_err(Pending::Refused)??;
    Ok(Answer {
        body: output.as_bytes(),
        allowed,
        undecided,
    })
}

/// The review with the labels of its namespace, where a policy looks at them.
///
/// # Errors
///
/// [`Pending::Fact`] where they must be fetched first. [`Pending::Refused`] where they cannot be had:
/// without them nobody knows which policies apply, so the API server decides by the failure policy
/// that the webhook is registered with.
pub(crate) fn situated<'v>(
    program: &Program,
    review: Review<'v>,
    outside: Outside<'v>,
) -> Result<Review<'v>, Pending> {
    if review.namespace.is_empty() || !program.asks_namespace_labels(&review.kind) {
        return Ok(review);
    }
    let fact = Fact::NamespaceLabels {
        name: review.namespace.to_owned(),
    };
    let refuse = |why: &str| {
        let message =
            format!("a policy selects namespaces by label, but the {fact} are not known: {why}");
        Pending::Refused(Refusal { message })
    };
    match outside.facts.get(&fact) {
        Some(Ok(labels)) => Ok(Review {
            namespace_labels: labels.root().as_map(),
            ..review
        }),
        Some(Err(why)) => Err(refuse(&why)),
        None if (outside.stop)() => Err(refuse("they did not arrive in time")),
        None => Err(Pending::Fact(fact)),
    }
}

/// Decides one validating review that is decoded already: the verdict, and how many policies were cut
/// short.
///
/// # Errors
///
/// The fact that is needed first.
pub fn decide<'v>(
    program: &'v Program,
    review: &Review<'v>,
    outside: Outside<'v>,
    scratch: &mut DecideScratch,
    bump: &'v Bump,
) -> Result<(Verdict, usize), Fact> {
    let found = outcomes(program, review, outside, scratch, bump)?;
    let verdict = conclude(&found.outcomes, scratch.decision.fails_closed, review);
    Ok((verdict, found.undecided))
}

/// What every policy that applies to requests says of a review, satisfied ones and those that are
/// only audited included: what reports are made from, after the answer.
///
/// Made by the reference evaluator alone, so it is also what [`answer`] is held against.
///
/// # Errors
///
/// The fact that is needed first.
pub fn account<'v>(
    program: &'v Program,
    review: &Review<'v>,
    outside: Outside<'v>,
    bump: &'v Bump,
) -> Result<Account, Fact> {
    let mut account = Account::default();
    let surroundings = surroundings(program, outside);
    for policy in program.policies() {
        if policy.settings().admission {
            account.ask(policy, review, &surroundings, bump)?;
        }
    }
    Ok(account)
}

/// What policies said.
#[derive(Debug, Default)]
pub struct Account {
    /// In the order of the policies, without those that said nothing.
    pub outcomes: Vec<PolicyOutcome>,
    /// How many of them were cut short.
    pub undecided: usize,
}

impl Account {
    /// Evaluates a policy and notes what it says.
    fn ask<'v>(
        &mut self,
        policy: &'v Arc<Policy>,
        review: &Review<'v>,
        surroundings: &Surroundings<'v>,
        bump: &'v Bump,
    ) -> Result<(), Fact> {
        match reference::evaluate(policy, review, surroundings, bump) {
            Ok(rules) => self.note(policy, rules),
            Err(Fault::Missing(fact)) if !(surroundings.stop)() => return Err(fact),
            Err(fault) => self.give_up(policy, review, &fault),
        }
        Ok(())
    }

    fn give_up(&mut self, policy: &Arc<Policy>, review: &Review<'_>, fault: &Fault) {
        self.undecided += 1;
        self.note(policy, unresolved(policy, review, fault));
    }

    fn note(&mut self, policy: &Arc<Policy>, rules: Vec<RuleOutcome>) {
        if !rules.is_empty() {
            let policy = Arc::clone(policy);
            self.outcomes.push(PolicyOutcome { policy, rules });
        }
    }
}

fn finish(output: &mut String, uid: &str, verdict: &Verdict) -> bool {
    write_response(output, uid, verdict);
    verdict.allowed()
}

/// What the policies say that the plan does not find satisfied.
fn outcomes<'v>(
    program: &'v Program,
    review: &Review<'v>,
    outside: Outside<'v>,
    scratch: &mut DecideScratch,
    bump: &'v Bump,
) -> Result<Account, Fact> {
    let (plans, inputs) = (program.plans(), outside.inputs);
    eval::decide(
        plans,
        Role::Answers,
        review,
        inputs,
        outside.stop,
        scratch,
        bump,
    );
    let decision = &mut scratch.decision;
    let mut account = Account::default();
    if decision.is_settled() {
        return Ok(account);
    }
    let surroundings = surroundings(program, outside);
    for (index, policy) in program.policies().iter().enumerate() {
        if decision.cut_short.contains(index) {
            account.give_up(policy, review, &Fault::Stopped);
        } else if decision.waiting.contains(index) {
            account.ask(policy, review, &surroundings, bump)?;
        }
    }
    Ok(account)
}

fn surroundings<'v>(program: &'v Program, outside: Outside<'v>) -> Surroundings<'v> {
    Surroundings {
        facts: outside.facts,
        inputs: outside.inputs,
        queries: program.queries(),
        exceptions: program.exceptions(),
        cel_exceptions: program.cel_exceptions(),
        variables: &[],
        rule_values: &|_| Vec::new(),
        trace: None,
        stop: outside.stop,
    }
}

/// A policy without a decision: each of its rules that match is an error where it fails closed, and
/// a warning where it fails open.
fn unresolved(policy: &Policy, review: &Review<'_>, fault: &Fault) -> Vec<RuleOutcome> {
    let target = matching::Target::of(review);
    let status = match policy.settings().failure_policy {
        FailurePolicy::Fail => Status::Error,
        FailurePolicy::Ignore => Status::Warn,
    };
    let rules = policy
        .rules()
        .iter()
        .filter(|rule| matching::applies(rule, &target));
    rules
        .map(|rule| RuleOutcome::new(&rule.name, RuleType::Validation, status, fault.to_string()))
        .collect()
}
