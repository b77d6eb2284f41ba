//! Why a review is answered as it is: every policy's account, for a person who asks.
//!
//! Comes in:  the body of a review, a program, facts.
//! Goes out:  [`Explanation`]s, from the reference evaluator.
//! Never here: the request path (see `admit`), which keeps no account.

use bumpalo::Bump;

use crate::admit::{Outside, Pending, Situated, Timed, Wanted, situated};
use crate::doc::AnyPolicy;
use crate::facts::Fault;
use crate::program::Program;
use crate::reference::{self, Surroundings};
use crate::review::{Buffers, Review};
use crate::trace::{Step, Trace};

/// What one policy did with a review, step by step.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The policy.
    pub policy: AnyPolicy,
    /// Every step, in order; each rule begins with a step `rule`.
    pub steps: Vec<Step>,
}

/// Evaluates one review by the reference evaluator and keeps the account of every policy.
///
/// For a person who asks why; costs as much as it prints.
///
/// # Errors
///
/// As [`crate::admit::answer`].
pub fn explain(
    program: &Program,
    body: &[u8],
    outside: Outside<'_>,
) -> Result<Vec<Explanation>, Pending> {
    let bump = Bump::new();
    let decided = Buffers::default().decode(body, |review| {
        let Situated { review, .. } = situated(program, review, outside, &bump)?;
        let rules = program.policies().iter().cloned().map(AnyPolicy::Rules);
        let cel = program.validating().iter().cloned();
        let all: Vec<_> = rules.chain(cel.map(AnyPolicy::Validating)).collect();
        let all = bump.alloc(all);
        all.iter()
            .map(|policy| explained(program, policy, &review, outside, &bump))
            .collect()
    });
    decided.map_err(Pending::Refused)?
}

fn explained<'v>(
    program: &'v Program,
    policy: &'v AnyPolicy,
    review: &Review<'v>,
    outside: Outside<'v>,
    bump: &'v Bump,
) -> Result<Explanation, Pending> {
    let trace = Trace::default();
    let over = || outside.time.is_over();
    let timed = Timed::new(outside.inputs, &over);
    let surroundings = Surroundings {
        facts: outside.facts,
        inputs: &timed,
        queries: program.queries(),
        exceptions: program.exceptions(),
        cel_exceptions: program.cel_exceptions(),
        variables: &[],
        rule_values: &|_| Vec::new(),
        // The trace lives as long as this call; its steps are taken out before it ends.
        trace: Some(&trace),
        stop: &over,
    };
    let evaluated = match policy {
        AnyPolicy::Rules(policy) => {
            reference::evaluate(policy, review, &surroundings, bump).map(drop)
        }
        AnyPolicy::Validating(policy) => {
            reference::evaluate_validating(policy, review, &surroundings, bump).map(drop)
        }
        _ => Ok(()),
    };
    match evaluated {
        Err(Fault::Missing(fact)) if !over() && outside.facts.given_up(&fact).is_none() => {
            Err(Pending::Facts(vec![Wanted { fact, limit: None }]))
        }
        _ => Ok(Explanation {
            policy: policy.clone(),
            steps: trace.take(),
        }),
    }
}
