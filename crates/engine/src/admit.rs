//! One AdmissionReview from bytes to bytes: what the gate does for every request.
//!
//! Comes in:  the body of `POST /validate` or `POST /mutate`, a program, facts, a stop signal.
//! Goes out:  the body of the answer, and what the gate counts and logs.
//! Never here: HTTP, TLS, waiting.

use bumpalo::Bump;
use portcullis_lang::functions::Inputs;

use crate::doc::{FailurePolicy, Policy};
use crate::facts::{Fact, Facts, Fault};
use crate::outcome::{PolicyOutcome, RuleOutcome, RuleType, Status};
use crate::program::Program;
use crate::reference::{self, Surroundings, matching};
use crate::review::{Buffers, Refusal, Review};
use crate::verdict::{Verdict, conclude, write_response};

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
/// `body` is copied into `scratch`, so the call can be made again with the same bytes. Cost: see
/// `benches/admit`.
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
    } = scratch;
    bump.reset();
    output.clear();
    let bump = &*bump;
    let decided = buffers.decode(body, |review| match phase {
        Phase::Mutate => Ok((finish(output, review.uid, &Verdict::default()), 0)),
        Phase::Validate => {
            let (outcomes, undecided) = outcomes(program, &review, outside, bump)?;
            Ok((
                finish(output, review.uid, &conclude(&outcomes, &review)),
                undecided,
            ))
        }
    });
    let (allowed, undecided) = decided.map_err(Pending::Refused)?.map_err(Pending::Fact)?;
    Ok(Answer {
        body: output.as_bytes(),
        allowed,
        undecided,
    })
}

fn finish(output: &mut String, uid: &str, verdict: &Verdict) -> bool {
    write_response(output, uid, verdict);
    verdict.allowed()
}

/// What every policy of the program says, and how many of them were cut short.
fn outcomes<'v>(
    program: &'v Program,
    review: &Review<'v>,
    outside: Outside<'v>,
    bump: &'v Bump,
) -> Result<(Vec<PolicyOutcome>, usize), Fact> {
    let surroundings = Surroundings {
        facts: outside.facts,
        inputs: outside.inputs,
        queries: program.queries(),
        exceptions: program.exceptions(),
        variables: &[],
        rule_values: &|_| Vec::new(),
        trace: None,
        stop: outside.stop,
    };
    let (mut outcomes, mut undecided) = (Vec::new(), 0);
    for policy in program
        .policies()
        .iter()
        .filter(|policy| policy.settings().admission)
    {
        let rules = match reference::evaluate(policy, review, &surroundings, bump) {
            Ok(rules) => rules,
            Err(Fault::Missing(fact)) if !(outside.stop)() => return Err(fact),
            Err(fault) => {
                undecided += 1;
                unresolved(policy, review, &fault)
            }
        };
        if !rules.is_empty() {
            outcomes.push(PolicyOutcome {
                policy: policy.clone(),
                rules,
            });
        }
    }
    Ok((outcomes, undecided))
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
