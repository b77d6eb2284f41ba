//! Kept-alive connections: throughput, CPU, and latency at half of it.
//!
//! Comes in:  running servers, a review.
//! Goes out:  a [`Figures`] of medians over rounds.
//! Never here: printing.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use drive::{Http, Load, Pace, Tally, Target};

use crate::servers::{Servers, Who};

/// How long and how often.
pub(crate) struct Plan {
    pub(crate) in_flight: usize,
    pub(crate) rounds: usize,
    pub(crate) lasts: Duration,
}

/// One row: a review over one protocol.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) http: Http,
    pub(crate) body: Bytes,
}

impl Case {
    pub(crate) fn read(path: &Path, http: Http) -> anyhow::Result<Case> {
        let body = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Ok(Case {
            name: name.into_owned(),
            http,
            body: body.into(),
        })
    }

    /// Where to post it.
    pub(crate) fn target(
        &self,
        servers: &Servers,
        who: Who,
        resume: bool,
    ) -> anyhow::Result<Target> {
        let address = servers.get(who).address;
        Target::new(
            address,
            self.http,
            "/validate?timeout=10s",
            &servers.keys,
            resume,
        )
    }
}

/// What was measured of one server.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) who: Who,
    pub(crate) rate: f64,
    pub(crate) cpu_micros: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Over the parsing server's, round by round: throughput, then CPU, then p99 at half load.
    pub(crate) rate_ratio: f64,
    pub(crate) cpu_ratio: f64,
    /// At half of the parsing server's throughput, in milliseconds.
    pub(crate) half_p99: Option<f64>,
    pub(crate) half_ratio: Option<f64>,
    pub(crate) wrong: u64,
    pub(crate) lost: u64,
    /// Resident at the end, in bytes.
    pub(crate) memory: u64,
}

/// A case and all servers' figures in it.
pub(crate) struct Figures {
    pub(crate) name: String,
    pub(crate) http: Http,
    pub(crate) bytes: usize,
    pub(crate) servers: Vec<Measured>,
}

/// Asks each server in turn, in rounds, first as fast as it goes and then at half of that.
pub(crate) async fn measure(
    servers: &Servers,
    case: &Case,
    plan: &Plan,
) -> anyhow::Result<Figures> {
    let full = |lasts| Load {
        in_flight: plan.in_flight,
        pace: Pace::Closed,
        lasts,
    };
    // Connections, branch predictors and the allocator settle.
    rounds(
        servers,
        case,
        &full(plan.lasts.min(Duration::from_secs(1))),
        1,
    )
    .await?;
    let fast = rounds(servers, case, &full(plan.lasts), plan.rounds).await?;
    let half = Load {
        in_flight: plan.in_flight * 4,
        pace: Pace::Open(median(fast.of(Who::Tape).map(Tally::rate)) / 2.0),
        lasts: plan.lasts,
    };
    let calm = rounds(servers, case, &half, plan.rounds).await?;
    let measured = Who::ALL.map(|who| {
        let p99 = |tally: &Tally| tally.millis_at(0.99);
        Ok(Measured {
            half_p99: Some(median(calm.of(who).map(p99))),
            half_ratio: Some(calm.ratio(who, p99)),
            ..fast.measured(servers, who)?
        })
    });
    case.figures(measured.into_iter().collect::<anyhow::Result<_>>()?)
}

impl Case {
    pub(crate) fn figures(&self, servers: Vec<Measured>) -> anyhow::Result<Figures> {
        Ok(Figures {
            name: self.name.clone(),
            http: self.http,
            bytes: self.body.len(),
            servers,
        })
    }
}

/// The tallies of all rounds, one for each server in a round.
pub(crate) struct Rounds(pub(crate) Vec<[Tally; 3]>);

impl Rounds {
    pub(crate) fn of(&self, who: Who) -> impl Iterator<Item = &Tally> {
        let place = Who::ALL.iter().position(|other| *other == who).unwrap_or(0);
        self.0.iter().filter_map(move |round| round.get(place))
    }

    /// The median over rounds of `who`'s figure over the parsing server's.
    pub(crate) fn ratio(&self, who: Who, figure: impl Fn(&Tally) -> f64) -> f64 {
        let pairs = self.of(who).zip(self.of(Who::Tape));
        median(pairs.map(|(one, tape)| figure(one) / figure(tape)))
    }

    pub(crate) fn measured(&self, servers: &Servers, who: Who) -> anyhow::Result<Measured> {
        Ok(Measured {
            who,
            rate: median(self.of(who).map(Tally::rate)),
            cpu_micros: median(self.of(who).map(Tally::cpu_micros)),
            p50: median(self.of(who).map(|tally| tally.millis_at(0.5))),
            p99: median(self.of(who).map(|tally| tally.millis_at(0.99))),
            rate_ratio: self.ratio(who, Tally::rate),
            cpu_ratio: self.ratio(who, Tally::cpu_micros),
            half_p99: None,
            half_ratio: None,
            wrong: self.of(who).map(|tally| tally.wrong).sum(),
            lost: self.of(who).map(|tally| tally.lost).sum(),
            memory: servers.get(who).memory()?,
        })
    }
}

async fn rounds(
    servers: &Servers,
    case: &Case,
    load: &Load,
    count: usize,
) -> anyhow::Result<Rounds> {
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        let [discard, tape, gate] = Who::ALL.map(|who| one(servers, case, load, who));
        all.push([discard.await?, tape.await?, gate.await?]);
    }
    Ok(Rounds(all))
}

async fn one(servers: &Servers, case: &Case, load: &Load, who: Who) -> anyhow::Result<Tally> {
    let target = case.target(servers, who, true)?;
    let server = servers.get(who);
    let before = server.cpu()?;
    let mut tally = load
        .run(&target, case.body.clone(), case.expect(who))
        .await?;
    tally.cpu = server.cpu()?.saturating_sub(before);
    Ok(tally)
}

impl Case {
    /// What an answer must contain. The bare servers allow whatever comes.
    pub(crate) fn expect(&self, who: Who) -> &'static str {
        match who {
            Who::Gate if self.name.contains("deny") => "\"allowed\":false",
            _ => "\"allowed\":true",
        }
    }
}

/// The middle one; of an even number the upper of the two.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
