//! The whole: every review, answered as the gate answers it.
//!
//! Comes in:  policies, reviews, how long it may take.
//! Goes out:  [`Figures`].
//! Never here: what one policy costs (see `costs`).

use std::collections::hash_map::DefaultHasher;
use std::hash::Hash;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use portcullis_engine::admit::{self, Outside, Pending, Phase, Scratch};
use portcullis_engine::failure::{FailureModes, Time};
use portcullis_engine::program::Program;

use super::clock::worked;
use super::figures::{Allocations, FORMAT, Figures, ReviewCost, Reviews};
use super::policies::{Set, program};
use super::reviews::Case;
use super::stats::{Latency, rank};
use super::world::World;
use super::{costs, figures};
use crate::allocations::counted;
use crate::cli::load::Exceptions;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(super) enum Effort {
    /// About so long.
    Time(Duration),
    /// Every measure so many times.
    Times(usize),
}

impl Effort {
    /// A part of it.
    pub(super) fn part(self, share: f64) -> Effort {
        match self {
            Effort::Time(time) => Effort::Time(time.mul_f64(share)),
            times @ Effort::Times(_) => times,
        }
    }

    /// Is it spent, after so many rounds?
    pub(super) fn is_spent(self, start: Instant, rounds: usize) -> bool {
        match self {
            Effort::Time(time) => start.elapsed() >= time,
            Effort::Times(times) => rounds >= times,
        }
    }
}

/// How many of the slowest reviews are told.
const SLOWEST: usize = 20;

/// A thread that has a processor less of the time waits for others.
const BUSY: f64 = 0.9;

/// Samples that are kept at most: 64 MB.
const MOST_SAMPLES: usize = 8_000_000;

/// What is measured, compiled and found to work.
pub(super) struct Subject<'s> {
    pub(super) set: &'s Set,
    pub(super) cases: &'s [Case],
    pub(super) exceptions: &'s Exceptions,
    pub(super) world: &'s World,
    pub(super) program: Program,
    modes: FailureModes,
    /// Which webhooks the API server calls.
    pub(super) phases: &'static [Phase],
    /// Reviews that are allowed.
    allowed: Vec<bool>,
    /// For each policy, the reviews that were left to the reference evaluator.
    pub(super) referred: Vec<usize>,
}

impl<'s> Subject<'s> {
    /// Compiles the policies and answers every review once.
    pub(super) fn new(
        set: &'s Set,
        cases: &'s [Case],
        exceptions: &'s Exceptions,
        world: &'s World,
    ) -> Result<Subject<'s>> {
        let program = program(
            &Program::default(),
            set.policies.iter().cloned(),
            exceptions,
        );
        let phases: &[Phase] = match program.mutates() {
            false => &[Phase::Validate],
            true => &[Phase::Mutate, Phase::Validate],
        };
        let mut subject = Subject {
            set,
            cases,
            exceptions,
            world,
            program,
            modes: FailureModes::default(),
            phases,
            allowed: Vec::new(),
            referred: vec![0; set.policies.len()],
        };
        let mut scratch = Scratch::default();
        for case in cases {
            let mut allowed = true;
            for phase in phases {
                let answer = subject.answer(&subject.program, *phase, case, &mut scratch);
                match answer {
                    Ok(yes) => allowed &= yes,
                    Err(Pending::Refused(why)) => bail!("{}: {why}", case.name),
                    // Nothing is ever on its way: see `World`.
                    Err(Pending::Facts(_)) => bail!("{}: facts are missing", case.name),
                }
            }
            subject.allowed.push(allowed);
            let with_rules = subject.program.policies().len();
            for (at, count) in subject.referred.iter_mut().enumerate() {
                // MutatingPolicies have no plan: each is evaluated where it speaks.
                *count += usize::from(match at.checked_sub(with_rules) {
                    None => scratch.was_referred(at),
                    Some(at) => scratch.was_referred_cel(at),
                });
            }
        }
        Ok(subject)
    }

    pub(super) fn outside(&self) -> Outside<'_> {
        Outside {
            facts: self.world,
            inputs: self.world,
            time: Time::ENDLESS,
            modes: &self.modes,
            stages: None,
        }
    }

    /// One answer, as the gate gives it.
    pub(super) fn answer(
        &self,
        program: &Program,
        phase: Phase,
        case: &Case,
        scratch: &mut Scratch,
    ) -> Result<bool, Pending> {
        let body = black_box(case.body.as_bytes());
        let answer = admit::answer(program, phase, body, self.outside(), scratch);
        answer.map(|answer| answer.allowed)
    }

    /// Measures everything.
    pub(super) fn measure(&self, effort: Effort) -> Figures {
        let mut notes = self.set.notes.clone();
        let (start, work) = (Instant::now(), worked());
        let (times, cut) = self.times(effort.part(0.3));
        let had = (worked() - work).as_secs_f64() / start.elapsed().as_secs_f64();
        if had < BUSY {
            notes.push(format!(
                "the machine was busy: this thread had a processor for {:.0} % of the time, so the \
                 latency holds waiting; what policies cost is counted in processor time",
                100.0 * had
            ));
        }
        if cut {
            notes.push("the latency was measured with part of the reviews: more time, `--duration`, measures all".to_owned());
        }
        let costs = costs::costs(self, effort);
        let lacking = self.world.lacking();
        if !lacking.is_empty() {
            notes.push(format!(
                "asked for and answered with an error, give it with `--object`: {}",
                lacking.join(", ")
            ));
        }
        notes.extend(costs.notes);
        let slowest = self.slowest(&times);
        let by_phase = |phase: Phase| {
            let at = self.phases.iter().position(|it| *it == phase)?;
            let samples = times.iter().filter_map(|case| case.get(at));
            Some(Latency::of(samples.flatten().copied().collect()))
        };
        Figures {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            optimised: !cfg!(debug_assertions),
            reviews: self.reviews(),
            rules: self.program.rules(),
            validate: by_phase(Phase::Validate).unwrap_or_default(),
            mutate: by_phase(Phase::Mutate),
            parts: costs.parts,
            allocations: self.allocations(&self.program, self.cases.iter()),
            policies: costs.policies,
            slowest,
            notes,
        }
    }

    /// For each review and phase, the time of every answer; and whether some reviews had no turn.
    fn times(&self, effort: Effort) -> (Vec<Vec<Vec<u64>>>, bool) {
        let mut times: Vec<Vec<Vec<u64>>> =
            vec![vec![Vec::new(); self.phases.len()]; self.cases.len()];
        let mut scratch = Scratch::default();
        let (start, mut rounds, mut samples) = (Instant::now(), 0, 0);
        let mut cut = false;
        'measured: loop {
            for (case, times) in std::iter::zip(self.cases, &mut times) {
                for (phase, times) in std::iter::zip(self.phases, times) {
                    let before = Instant::now();
                    let _ = black_box(self.answer(&self.program, *phase, case, &mut scratch));
                    let took = before.elapsed();
                    times.push(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
                    samples += 1;
                }
                if matches!(effort, Effort::Time(_)) && effort.is_spent(start, rounds) {
                    cut = rounds == 0;
                    break 'measured;
                }
            }
            rounds += 1;
            if effort.is_spent(start, rounds) || samples > MOST_SAMPLES {
                break;
            }
        }
        (times, cut)
    }

    /// What one of these reviews allocates on average.
    pub(super) fn allocations<'c>(
        &self,
        program: &Program,
        cases: impl ExactSizeIterator<Item = &'c Case> + Clone,
    ) -> Allocations {
        let mut scratch = Scratch::default();
        let mut made = Allocations::default();
        // The memory of a worker grows, and the bump allocator joins its chunks, in the first rounds.
        for round in 0..4 {
            for case in cases.clone() {
                for phase in self.phases {
                    let answer = || self.answer(program, *phase, case, &mut scratch).is_ok();
                    let (_, one) = counted(answer);
                    if round == 3 {
                        made.count += one.count as f64;
                        made.bytes += one.bytes as f64;
                    }
                }
            }
        }
        let count = cases.len().max(1) as f64;
        Allocations {
            count: made.count / count,
            bytes: made.bytes / count,
        }
    }

    fn reviews(&self) -> Reviews {
        let mut hasher = DefaultHasher::new();
        self.cases
            .iter()
            .for_each(|case| case.body.hash(&mut hasher));
        Reviews {
            count: self.cases.len(),
            bytes: self.cases.iter().map(|case| case.body.len()).sum(),
            allowed: self.allowed.iter().filter(|allowed| **allowed).count(),
            digest: figures::digest(&hasher),
        }
    }

    fn slowest(&self, times: &[Vec<Vec<u64>>]) -> Vec<ReviewCost> {
        let both = std::iter::zip(self.cases, &self.allowed);
        let reviews = std::iter::zip(both, times).map(|((case, allowed), phases)| {
            // Both webhooks of one request are called one after the other.
            let sum = |share: f64| -> f64 {
                let of = |samples: &Vec<u64>| {
                    let mut samples = samples.clone();
                    samples.sort_unstable();
                    rank(&samples, share)
                };
                phases.iter().map(of).sum()
            };
            ReviewCost {
                review: case.name.clone(),
                bytes: case.body.len(),
                allowed: *allowed,
                p50: sum(0.5),
                p99: sum(0.99),
            }
        });
        let mut reviews: Vec<_> = reviews.collect();
        reviews.sort_by(|a, b| b.p50.total_cmp(&a.p50));
        reviews.truncate(SLOWEST);
        reviews
    }
}
