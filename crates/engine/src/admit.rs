//! One AdmissionReview from bytes to bytes: what the gate does for every request.
//!
//! Comes in:  the body of `POST /validate` or `POST /mutate`, a program, facts, a stop signal.
//! Goes out:  the body of the answer, and what the gate counts and logs.
//! Never here: HTTP, TLS, waiting.

mod account;
mod cel;
mod labels;
mod mutate;
mod stage;
mod tell;

use std::net::IpAddr;

use bumpalo::Bump;
use portcullis_lang::functions::Inputs;
use portcullis_lang::scalar::image::Defaults;

use crate::context::Setting;
use crate::eval::{self, Decision};
use crate::facts::{Facts, Fault};
use crate::failure::{FailureModes, Time};
use crate::program::Program;
use crate::reference::{Surroundings, matching, sent_resource};
use crate::review::{Buffers, Envelope, Operation, Refusal, Review};
use crate::verdict::{Verdict, conclude, conclude_cel, write_response};

pub use crate::eval::Scratch as DecideScratch;
pub use account::{Account, Undecided, Wanted};
pub(crate) use labels::{Situated, situated};
pub use stage::{Stage, Stages};
pub use tell::{Told, tell};

/// Which of the two webhooks was called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Answers with a patch.
    Mutate,
    /// Answers yes or no.
    Validate,
}

/// How many policies that fail closed without an outcome are named once the time is over. The others can
/// change nothing any more: what it costs to refuse a review does not grow with the number of policies.
const NAMED: usize = 16;

/// Memory of one worker, reused from review to review.
#[derive(Debug, Default)]
pub struct Scratch {
    buffers: Buffers,
    bump: Bump,
    output: String,
    eval: DecideScratch,
}

impl Scratch {
    /// Was a policy, by its position in the program, left to the reference evaluator when the last
    /// validating review was answered?
    pub fn was_referred(&self, policy: usize) -> bool {
        self.eval.decision.waiting.contains(policy)
    }

    /// The same of a ValidatingPolicy.
    pub fn was_referred_cel(&self, policy: usize) -> bool {
        self.eval.decision.validating.contains(policy)
    }
}

/// Why there is no answer yet.
#[derive(Clone, Debug)]
pub enum Pending {
    /// Fetch these and call again, as soon as one of them is there. One that cannot be had is given
    /// up (see [`Facts::given_up`]).
    Facts(Vec<Wanted>),
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
    /// Would it have been denied, were not everything only audited?
    pub spared: bool,
    /// Does any policy speak about the kind of the object, those that are only reported included?
    /// Where none does, there is nothing to [`tell`].
    pub concerns: bool,
    /// Rules that found no outcome in time.
    pub undecided: Undecided,
}

/// What evaluation asks the outside while it runs; all of it answers at once.
#[derive(Clone, Copy)]
pub struct Outside<'o> {
    /// Answers from memory only.
    pub facts: &'o dyn Facts,
    /// The time and randomness of this review.
    pub inputs: &'o dyn Inputs,
    /// Asked before each rule, and within expressions: must the answer be on its way now? From then
    /// on, every rule without an outcome is resolved by the failure mode of its policy.
    pub time: Time<'o>,
    /// Who fails closed and who open.
    pub modes: &'o FailureModes,
    /// Who hears how far it is.
    pub stages: Stages<'o>,
}

impl Outside<'_> {
    /// A part of answering begins.
    fn begins(&self, stage: Stage<'_>) {
        if let Some(stages) = self.stages {
            stages(stage);
        }
    }
}

/// Answers one review.
///
/// `body` is copied into `scratch`, so the call can be made again with the same bytes.
///
/// The plan decides first; policies that it finds satisfied are done. All others are evaluated by the
/// reference evaluator, whose outcomes carry the messages. Policies that can only be reported are not
/// looked at: see [`account`].
///
/// Where no policy speaks about the kind and the resource of the object, the body is read no further than that: see
/// `review::envelope` for what is promised of it.
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
    eval.decision.clear();
    let bump = &*bump;
    outside.begins(Stage::Decode);
    let envelope = Envelope::read(body);
    if let Some(Envelope {
        uid,
        kind,
        resource,
        ..
    }) = envelope
        && program.is_silent(phase, kind, resource)
    {
        let verdict = Verdict::default();
        write_response(output, uid, &verdict);
        return Ok(Answer {
            body: output.as_bytes(),
            allowed: verdict.allowed(),
            spared: false,
            concerns: program.concerns(phase, kind, resource),
            undecided: Undecided::default(),
        });
    }
    if !outside.time.is_over()
        && let Some(operation) = trimmed(program, phase, envelope)
        && let Some(()) = buffers.decode_trimmed(body, operation, |review| {
            outside.begins(Stage::Plan);
            let is_satisfied = satisfies(program, review, outside, eval, bump);
            is_satisfied.then(|| {
                outside.begins(Stage::Encode);
                write_response(output, review.uid, &Verdict::default());
            })
        })
    {
        return Ok(Answer {
            body: output.as_bytes(),
            allowed: true,
            spared: false,
            concerns: true,
            undecided: Undecided::default(),
        });
    }
    outside.begins(Stage::Decode);
    let mut concerns = true;
    let mut finish = |review: &Review<'_>, (verdict, undecided): (Verdict, Undecided)| {
        let spared = verdict.spared;
        outside.begins(Stage::Encode);
        write_response(output, review.uid, &verdict);
        (verdict.allowed(), spared, undecided)
    };
    let decided = buffers.decode(body, |review| {
        outside.begins(Stage::Plan);
        match phase {
            _ if program.is_silent(phase, review.kind.kind, sent_resource(&review)) => {
                concerns = program.concerns(phase, review.kind.kind, sent_resource(&review));
                Ok(finish(&review, Default::default()))
            }
            Phase::Mutate => {
                let situated = situated(program, review, outside, bump)?;
                let (verdict, account) = mutate::mutate(program, &situated, outside, bump)?;
                Ok(finish(&situated.review, (verdict, account.undecided)))
            }
            Phase::Validate => {
                let situated = situated(program, review, outside, bump)?;
                let decided = match &situated.unknown {
                    None => decide(program, &situated.review, outside, eval, bump)?,
                    Some(fault) => labels::decide(program, &situated.review, outside, fault, bump)?,
                };
                Ok(finish(&situated.review, decided))
            }
        }
    });
    let (allowed, spared, undecided) = decided.map_err(Pending::Refused)??;
    Ok(Answer {
        body: output.as_bytes(),
        allowed,
        spared,
        concerns,
        undecided,
    })
}

/// What is done to a body whose objects' managed fields are left unread at first.
fn trimmed(program: &Program, phase: Phase, envelope: Option<Envelope<'_>>) -> Option<Operation> {
    let Envelope {
        kind,
        resource,
        operation,
        ..
    } = envelope?;
    let is_trimmed = phase == Phase::Validate && !program.needs_whole(kind, resource?);
    is_trimmed.then_some(operation)
}

/// Decodes a body as [`answer`] does where every policy lets it pass: for those who measure what reading
/// takes.
///
/// # Errors
///
/// Where the body is no review.
pub fn read<T>(
    program: &Program,
    phase: Phase,
    body: &[u8],
    buffers: &mut Buffers,
    mut then: impl FnMut(&Review<'_>) -> T,
) -> Result<T, Refusal> {
    if let Some(operation) = trimmed(program, phase, Envelope::read(body))
        && let Some(done) = buffers.decode_trimmed(body, operation, |review| Some(then(&review)))
    {
        return Ok(done);
    }
    buffers.decode(body, |review| then(&review))
}

/// Does the plan find every policy satisfied?
fn satisfies<'v>(
    program: &'v Program,
    review: Review<'v>,
    outside: Outside<'v>,
    scratch: &mut DecideScratch,
    bump: &'v Bump,
) -> bool {
    situated(program, review, outside, bump).is_ok_and(|situated| {
        situated.unknown.is_none() && plan(program, &situated.review, outside, scratch, bump)
    })
}

/// Decides one validating review that is decoded already: the verdict, and what was cut short.
///
/// # Errors
///
/// The facts that are needed first.
pub fn decide<'v>(
    program: &'v Program,
    review: &Review<'v>,
    outside: Outside<'v>,
    scratch: &mut DecideScratch,
    bump: &'v Bump,
) -> Result<(Verdict, Undecided), Pending> {
    if plan(program, review, outside, scratch, bump) {
        return Ok(Default::default());
    }
    let decision = &scratch.decision;
    let account = outcomes(program, review, outside, decision, bump);
    concluded(account, decision.fails_closed, review, outside)
}

fn concluded(
    account: Account,
    others_fail_closed: bool,
    review: &Review<'_>,
    outside: Outside<'_>,
) -> Result<(Verdict, Undecided), Pending> {
    let Account {
        outcomes,
        cel,
        missing,
        undecided,
        unnamed,
        mutating: _,
        for_answer: _,
    } = account;
    if !missing.is_empty() {
        return Err(Pending::Facts(missing));
    }
    let fails_closed = others_fail_closed || undecided.closed > 0;
    let audits = outside.modes.audit_everything;
    let verdict = conclude(&outcomes, fails_closed, audits, review);
    let mut verdict = verdict.and(conclude_cel(&cel, audits));
    verdict.undecided.clone_from(&undecided.rules);
    if let (true, Some(denial)) = (unnamed, &mut verdict.denial) {
        denial.push_str("\nother policies were not evaluated either");
    }
    Ok((verdict, undecided))
}

/// What every policy that applies to requests says of a review, satisfied ones and those that are
/// only audited included: what reports are made from, after the answer.
///
/// Made by the reference evaluator alone, so it is also what [`answer`] is held against.
///
/// # Errors
///
/// The facts that are needed first.
pub fn account<'v>(
    program: &'v Program,
    review: &Review<'v>,
    outside: Outside<'v>,
    bump: &'v Bump,
) -> Result<Account, Vec<Wanted>> {
    let mut account = Account::default();
    for policy in program.policies() {
        if policy.settings().admission {
            account.ask(program, policy, review, outside, bump);
        }
    }
    account.ask_cel(program, false, None, review, outside, bump);
    match account.missing.is_empty() {
        true => Ok(account),
        false => Err(account.missing),
    }
}

/// Decides by the plans; what they find is in the scratch. Is every policy satisfied?
fn plan<'v>(
    program: &'v Program,
    review: &Review<'v>,
    outside: Outside<'v>,
    scratch: &mut DecideScratch,
    bump: &'v Bump,
) -> bool {
    let over = || outside.time.is_over();
    let timed = Timed::new(outside.inputs, &over);
    let setting = Setting::new(bump, outside.facts, &timed, program.queries());
    eval::decide(program.plans(), review, setting, &over, scratch);
    if !program.validating().is_empty() {
        let waiting = &mut scratch.decision.validating;
        eval::decide_cel(program.cel_plans(), review, &setting, &over, waiting);
    }
    scratch.decision.is_settled()
}

/// What the policies say that the plan does not find satisfied.
fn outcomes<'v>(
    program: &'v Program,
    review: &Review<'v>,
    outside: Outside<'v>,
    decision: &Decision,
    bump: &'v Bump,
) -> Account {
    let mut account = Account::for_answer();
    for index in decision.unsettled() {
        let Some(policy) = program.policies().get(index) else {
            continue;
        };
        if decision.cut_short.contains(index) {
            account.give_up(policy, review, outside, &Fault::Stopped, &matching::applies);
        } else {
            outside.begins(Stage::Policy(policy.id()));
            account.ask(program, policy, review, outside, bump);
        }
    }
    for index in decision.validating.iter() {
        if let Some(policy) = program.validating().get(index) {
            outside.begins(Stage::Policy(&policy.id));
            account.ask_one(program, policy, review, outside, bump);
        }
    }
    account
}

fn surroundings<'s>(
    program: &'s Program,
    outside: Outside<'s>,
    timed: &'s Timed<'s>,
    over: &'s dyn Fn() -> bool,
) -> Surroundings<'s> {
    Surroundings {
        facts: outside.facts,
        inputs: timed,
        queries: program.queries(),
        exceptions: program.exceptions(),
        cel_exceptions: program.cel_exceptions(),
        variables: &[],
        rule_values: &|_| Vec::new(),
        trace: None,
        stop: over,
    }
}

/// The inputs of an evaluation that has an end.
pub(crate) struct Timed<'i> {
    inputs: &'i dyn Inputs,
    over: &'i dyn Fn() -> bool,
}

impl<'i> Timed<'i> {
    pub(crate) fn new(inputs: &'i dyn Inputs, over: &'i dyn Fn() -> bool) -> Timed<'i> {
        Timed { inputs, over }
    }
}

impl Inputs for Timed<'_> {
    fn now(&self) -> i128 {
        self.inputs.now()
    }

    fn random(&self) -> u64 {
        self.inputs.random()
    }

    fn resolve_host(&self, host: &str) -> Option<Result<Vec<IpAddr>, String>> {
        self.inputs.resolve_host(host)
    }

    fn images(&self) -> Defaults<'_> {
        self.inputs.images()
    }

    fn is_over(&self) -> bool {
        (self.over)()
    }
}

#[cfg(test)]
mod tests;
