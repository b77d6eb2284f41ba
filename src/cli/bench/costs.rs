//! What each policy costs.
//!
//! Comes in:  everything that is measured.
//! Goes out:  for each policy and rule: the gate's time for it, the reference evaluator's, allocations.
//! Never here: how it is printed.
//!
//! The gate's time for a policy is a difference of two programs, with and without it, which is small
//! against the noise of a machine. So both answer the same reviews turn by turn, in changing order,
//! and the median of the differences of neighbours is taken, with its 95 % bounds. A difference whose
//! bounds lie on both sides of nothing is no finding, and is not told as one. Time is that of the
//! processor (see `clock`): what other processes take is not the policy's.

use std::collections::hash_map::DefaultHasher;
use std::hash::Hash;
use std::hint::black_box;
use std::time::{Duration, Instant};

use bumpalo::Bump;
use portcullis_engine::admit::{self, Phase, Scratch};
use portcullis_engine::doc::{AnyPolicy, Body, Policy};
use portcullis_engine::facts::{Fact, Facts};
use portcullis_engine::program::Program;
use portcullis_engine::review::{Buffers, Review};
use portcullis_engine::verdict::{Verdict, may_enforce, write_response};
use portcullis_lang::value::to_json;

use super::clock::worked;
use super::figures::{self, Allocations, Opaque, Parts, PolicyCost, Role, RuleCost};
use super::measure::{Effort, Subject};
use super::policies::{program, without_rule};
use super::reviews::Case;
use super::stats::Estimate;

/// What was found.
pub(super) struct Costs {
    pub(super) parts: Parts,
    pub(super) policies: Vec<PolicyCost>,
    pub(super) notes: Vec<String>,
}

/// A pass is at least so long: the clock must not count.
const PASS: Duration = Duration::from_micros(100);

/// A pass over a sample of the reviews is about so long at most, so that neighbours are close.
const LONGEST_PASS: Duration = Duration::from_millis(4);

/// So many reviews are in every pass, where there are so many.
const FEWEST_REVIEWS: usize = 32;

/// Fewer pairs say nothing.
const FEWEST_PAIRS: usize = 11;

/// How often the reference evaluator runs between two looks at the clock.
const TURNS: u32 = 4;

/// A difference is measured at least so long; where time is short, fewer policies are measured.
const SHORTEST: Duration = Duration::from_millis(15);

/// Measures all policies.
pub(super) fn costs(subject: &Subject<'_>, effort: Effort) -> Costs {
    let sample = sample(subject);
    let alone = alone(subject, effort.part(0.2));
    let mut order: Vec<usize> = (0..subject.set.policies.len()).collect();
    let promise = |at: usize| {
        let referred = subject.referred.get(at).copied().unwrap_or_default() as f64;
        let alone = alone.get(at).copied().unwrap_or_default();
        (referred * alone, alone)
    };
    order.sort_by(|a, b| {
        let (a, b) = (promise(*a), promise(*b));
        b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1))
    });
    let run = Run {
        subject,
        sample: &sample,
    };
    let (parts, policies) = run.measure(&order, &alone, effort.part(0.5));
    let mut notes = Vec::new();
    if sample.len() < subject.cases.len() {
        notes.push(format!(
            "what policies cost was measured with {} of the {} reviews, evenly chosen",
            sample.len(),
            subject.cases.len()
        ));
    }
    let unmeasured = policies
        .iter()
        .filter(|policy| policy.gate.is_none())
        .count();
    if unmeasured > 0 {
        notes.push(format!(
            "the time did not suffice for {unmeasured} policies, those that promised least: \
             a longer `--duration` measures more"
        ));
    }
    Costs {
        parts,
        policies,
        notes,
    }
}

/// Reviews, evenly chosen, that one pass takes a moment for.
fn sample<'s>(subject: &Subject<'s>) -> Vec<&'s Case> {
    let mut scratch = Scratch::default();
    let mut answered = |case: &Case| {
        for phase in subject.phases {
            let answer = subject.answer(&subject.program, *phase, case, &mut scratch);
            let _ = black_box(answer.is_ok());
        }
    };
    subject
        .cases
        .iter()
        .take(FEWEST_REVIEWS)
        .for_each(&mut answered);
    let start = worked();
    let fits = subject.cases.iter().enumerate().find(|(at, case)| {
        answered(case);
        *at >= FEWEST_REVIEWS && worked() - start > LONGEST_PASS
    });
    let fits = fits.map_or(subject.cases.len(), |(at, _)| at);
    let stride = subject.cases.len().div_ceil(fits.max(1));
    subject.cases.iter().step_by(stride.max(1)).collect()
}

/// For each policy, what the reference evaluator takes for a review, on average.
fn alone(subject: &Subject<'_>, effort: Effort) -> Vec<f64> {
    let policies = &subject.set.policies;
    let effort = effort.part(1.0 / policies.len().max(1) as f64);
    let each = policies.iter().map(|policy| {
        let only = std::iter::once(policy.clone());
        let program = program(&Program::default(), only, subject.exceptions);
        one_alone(subject, &program, effort)
    });
    each.collect()
}

fn one_alone(subject: &Subject<'_>, program: &Program, effort: Effort) -> f64 {
    let mut buffers = Buffers::default();
    let mut bump = Bump::new();
    let mut scratch = Scratch::default();
    let empty = Program::default();
    let mutates = program.mutates();
    let (mut nanos, mut visits, mut rounds) = (0.0, 0.0, 0);
    let start = Instant::now();
    'measured: loop {
        for case in subject.cases {
            let took = buffers.decode(case.body.as_bytes(), |review| {
                let review = situated(subject, program, review);
                let mut evaluate = || {
                    bump.reset();
                    let account = admit::account(program, &review, subject.outside(), &bump);
                    let _ = black_box(account.is_ok());
                };
                // The first time warms the caches and the arena.
                evaluate();
                let before = worked();
                (0..TURNS).for_each(|_| evaluate());
                (worked() - before).as_nanos() as f64 / f64::from(TURNS)
            });
            nanos += took.unwrap_or_default();
            if mutates {
                let mut timed = |program: &Program| {
                    let before = worked();
                    for _ in 0..TURNS {
                        let answer = subject.answer(program, Phase::Mutate, case, &mut scratch);
                        let _ = black_box(answer.is_ok());
                    }
                    (worked() - before).as_nanos() as f64 / f64::from(TURNS)
                };
                nanos += (timed(program) - timed(&empty)).max(0.0);
            }
            visits += 1.0;
            if matches!(effort, Effort::Time(_)) && effort.is_spent(start, rounds) {
                break 'measured;
            }
        }
        rounds += 1;
        if effort.is_spent(start, rounds) {
            break;
        }
    }
    nanos / visits
}

/// The review with the labels of its namespace, as the gate looks them up.
fn situated<'v>(subject: &Subject<'v>, program: &Program, review: Review<'v>) -> Review<'v> {
    if review.namespace.is_empty() || !program.asks_namespace_labels(&review) {
        return review;
    }
    let name = review.namespace.to_owned();
    let labels = subject.world.get(&Fact::NamespaceLabels { name });
    let labels = labels.and_then(Result::ok);
    Review {
        namespace_labels: labels.and_then(|labels| labels.root().as_map()),
        ..review
    }
}

struct Run<'r, 's> {
    subject: &'r Subject<'s>,
    sample: &'r [&'s Case],
}

impl Run<'_, '_> {
    /// The gate's time for the policies in this order, as far as the effort goes.
    fn measure(&self, order: &[usize], alone: &[f64], effort: Effort) -> (Parts, Vec<PolicyCost>) {
        let subject = self.subject;
        let rules = order.iter().filter_map(|at| subject.set.policies.get(*at));
        let rules: usize = rules.map(rules_to_measure).sum();
        let measures = order.len() + rules + 2;
        let mut budget = Budget::new(effort, measures);
        let whole = self.whole(budget.next());
        let reading = self.reading(budget.next()).min(whole);
        let full = subject.allocations(&subject.program, self.sample.iter().copied());
        let mut policies: Vec<PolicyCost> = Vec::new();
        for at in order {
            let Some(policy) = subject.set.policies.get(*at) else {
                continue;
            };
            let mut cost = self.described(*at, policy, alone.get(*at).copied());
            if let Some(effort) = budget.next() {
                let without = self.without(*at, None);
                cost.gate = Some(self.difference(&without, effort));
                let less = subject.allocations(&without, self.sample.iter().copied());
                cost.allocations = Some(Allocations {
                    count: full.count - less.count,
                    bytes: full.bytes - less.bytes,
                });
            }
            policies.push(cost);
        }
        for (at, cost) in std::iter::zip(order, &mut policies) {
            if let Some(policy) = subject.set.policies.get(*at) {
                cost.rules = self.rules(*at, policy, &mut budget);
            }
        }
        let percent = |gate: &Option<Estimate>| {
            let gate = gate.as_ref().filter(|gate| gate.is_clear())?;
            Some((100.0 * gate.nanos / whole.max(1.0)).max(0.0))
        };
        let mut own = 0.0;
        for cost in &mut policies {
            cost.share = percent(&cost.gate);
            own += cost.share.unwrap_or_default() * whole / 100.0;
            for rule in &mut cost.rules {
                rule.share = percent(&rule.gate);
            }
        }
        policies.sort_by(|a, b| {
            let share = |cost: &PolicyCost| cost.share.unwrap_or_default();
            share(b)
                .total_cmp(&share(a))
                .then(b.alone.total_cmp(&a.alone))
        });
        let parts = Parts {
            whole,
            reading,
            shared: (whole - reading - own).max(0.0),
        };
        (parts, policies)
    }

    /// A review's time with everything in force.
    fn whole(&self, effort: Option<Effort>) -> f64 {
        let mut scratch = Scratch::default();
        let repeat = self.repeat(&mut scratch);
        median_of(effort, || {
            self.pass(&self.subject.program, repeat, &mut scratch)
        })
    }

    /// What decoding a review and writing an answer takes: the gate does no less for a review that a
    /// policy speaks about.
    fn reading(&self, effort: Option<Effort>) -> f64 {
        let mut buffers = Buffers::default();
        let mut out = String::new();
        let repeat = self.repeat(&mut Scratch::default());
        median_of(effort, || {
            let start = worked();
            for _ in 0..repeat {
                for case in self.sample {
                    for phase in self.subject.phases {
                        out.clear();
                        let body = black_box(case.body.as_bytes());
                        let program = &self.subject.program;
                        let read = admit::read(program, *phase, body, &mut buffers, |review| {
                            write_response(&mut out, review.uid, &Verdict::default());
                        });
                        let _ = black_box(read.is_ok());
                    }
                }
            }
            self.each(start, repeat)
        })
    }

    /// What an answer saves where this program decides instead.
    fn difference(&self, other: &Program, effort: Effort) -> Estimate {
        let mut scratch = Scratch::default();
        let full = &self.subject.program;
        let repeat = self.repeat(&mut scratch);
        self.pass(other, repeat, &mut scratch);
        let (start, mut pairs) = (Instant::now(), Vec::new());
        loop {
            // Whoever comes second finds other caches: they take turns.
            let saved = if pairs.len() % 2 == 0 {
                let with = self.pass(full, repeat, &mut scratch);
                with - self.pass(other, repeat, &mut scratch)
            } else {
                let without = self.pass(other, repeat, &mut scratch);
                self.pass(full, repeat, &mut scratch) - without
            };
            pairs.push(saved);
            if pairs.len() >= FEWEST_PAIRS && effort.is_spent(start, pairs.len()) {
                return Estimate::median(pairs);
            }
        }
    }

    /// How often the sample is gone through in one pass.
    fn repeat(&self, scratch: &mut Scratch) -> usize {
        let start = worked();
        self.pass(&self.subject.program, 1, scratch);
        let took = (worked() - start).as_nanos().max(1);
        usize::try_from(PASS.as_nanos() / took + 1).unwrap_or(1)
    }

    /// The time for one review.
    fn pass(&self, program: &Program, repeat: usize, scratch: &mut Scratch) -> f64 {
        let start = worked();
        for _ in 0..repeat {
            for case in self.sample {
                for phase in self.subject.phases {
                    let _ = black_box(self.subject.answer(program, *phase, case, scratch).is_ok());
                }
            }
        }
        self.each(start, repeat)
    }

    /// The time for one review since `start`, where the sample was gone through so often.
    fn each(&self, start: Duration, repeat: usize) -> f64 {
        let reviews = repeat * self.sample.len().max(1);
        (worked() - start).as_nanos() as f64 / reviews as f64
    }

    /// The program without a policy, or with another in its place.
    fn without(&self, policy: usize, instead: Option<AnyPolicy>) -> Program {
        let policies = self.subject.set.policies.iter().enumerate();
        let others = policies.filter(|(at, _)| *at != policy);
        let policies = others.map(|(_, policy)| policy.clone()).chain(instead);
        program(&self.subject.program, policies, self.subject.exceptions)
    }

    fn rules(&self, at: usize, policy: &AnyPolicy, budget: &mut Budget) -> Vec<RuleCost> {
        let count = rules_to_measure(policy);
        let Some(policy) = policy.as_rules() else {
            return Vec::new();
        };
        let rules = policy.declared().iter().enumerate();
        let rules = rules.take(count).map(|(number, rule)| {
            let gate = without_rule(policy, number).and_then(|rest| {
                let effort = budget.next()?;
                let rest = Some(AnyPolicy::Rules(rest));
                Some(self.difference(&self.without(at, rest), effort))
            });
            RuleCost {
                rule: rule.name.clone(),
                gate,
                share: None,
            }
        });
        rules.collect()
    }

    /// What is known of a policy without measuring it in the gate.
    fn described(&self, at: usize, policy: &AnyPolicy, alone: Option<f64>) -> PolicyCost {
        let subject = self.subject;
        let mut hasher = DefaultHasher::new();
        to_json(policy.document().root()).hash(&mut hasher);
        let opaque = subject.program.opaque();
        let opaque = opaque.filter(|(of, ..)| of.id() == policy.id());
        let opaque = opaque.map(|(_, rule, why)| (rule, why));
        let in_cel = subject.program.opaque_cel();
        let in_cel = in_cel.filter(|(of, _)| of.id == *policy.id());
        let opaque = opaque.chain(in_cel.map(|(_, why)| ("", why)));
        let opaque = opaque.map(|(rule, why)| Opaque {
            rule: rule.to_owned(),
            why: why.to_owned(),
        });
        let file = subject.set.files.get(at);
        PolicyCost {
            policy: policy.id().to_string(),
            file: file.map_or_else(String::new, |file| file.display().to_string()),
            digest: figures::digest(&hasher),
            role: role(policy),
            gate: None,
            share: None,
            alone: alone.unwrap_or_default(),
            allocations: None,
            referred: subject.referred.get(at).copied().unwrap_or_default(),
            opaque: opaque.collect(),
            rules: Vec::new(),
        }
    }
}

/// The median of as many passes as the effort has room for.
fn median_of(effort: Option<Effort>, mut pass: impl FnMut() -> f64) -> f64 {
    // The first one finds cold caches.
    pass();
    let (start, mut passes) = (Instant::now(), Vec::new());
    loop {
        passes.push(pass());
        let spent = effort.is_none_or(|effort| effort.is_spent(start, passes.len()));
        if spent && passes.len() >= FEWEST_PAIRS {
            return Estimate::median(passes).nanos;
        }
    }
}

/// A policy of one rule costs what its rule costs.
fn rules_to_measure(policy: &AnyPolicy) -> usize {
    match policy.as_rules().map(|policy| policy.declared().len()) {
        None | Some(1) => 0,
        Some(several) => several,
    }
}

fn role(policy: &AnyPolicy) -> Role {
    match policy {
        AnyPolicy::Rules(policy) => role_of_rules(policy),
        AnyPolicy::Validating(policy) if !policy.admission => Role::Background,
        AnyPolicy::Validating(policy) if policy.answers() => Role::Enforces,
        AnyPolicy::Mutating(policy) if policy.answers() => Role::Mutates,
        AnyPolicy::Validating(_) => Role::Audits,
        _ => Role::Background,
    }
}

fn role_of_rules(policy: &Policy) -> Role {
    let mutates = policy
        .rules()
        .iter()
        .any(|rule| matches!(rule.body, Body::Mutate(_)));
    match () {
        () if !policy.settings().admission => Role::Background,
        () if mutates => Role::Mutates,
        () if may_enforce(policy) => Role::Enforces,
        () => Role::Audits,
    }
}

/// Deals the effort out to so many measures; what one does not use, the next ones have.
struct Budget {
    effort: Effort,
    start: Instant,
    left: usize,
}

impl Budget {
    fn new(effort: Effort, measures: usize) -> Budget {
        Budget {
            effort,
            start: Instant::now(),
            left: measures,
        }
    }

    /// The effort of the next measure; `None` where nothing is left.
    fn next(&mut self) -> Option<Effort> {
        let left = self.left.max(1) as u32;
        self.left = self.left.saturating_sub(1);
        match self.effort {
            Effort::Time(time) => {
                let rest = time.checked_sub(self.start.elapsed())?;
                Some(Effort::Time((rest / left).max(SHORTEST)))
            }
            times @ Effort::Times(_) => Some(times),
        }
    }
}
