//! Kept-alive connections: throughput, CPU, and latency at half of it.
//!
//! Comes in:  running servers, a review.
//! Goes out:  a [`Figures`] of medians over rounds.
//! Never here: printing.

use std::time::Duration;

use drive::{Arrivals, Closed, Http, Open, Review, Tally, Target};

use crate::servers::{Servers, Who};

/// How long and how often.
pub(crate) struct Plan {
    pub(crate) in_flight: usize,
    pub(crate) rounds: usize,
    pub(crate) lasts: Duration,
}

/// One row: a review over one protocol.
pub(crate) struct Case {
    pub(crate) review: Review,
    pub(crate) http: Http,
}

impl Case {
    /// Where to post it.
    pub(crate) fn target(&self, servers: &Servers, who: Who) -> anyhow::Result<Target> {
        let address = servers.get(who).address;
        let path = "/validate?timeout=10s";
        Target::new(address, self.http, path, &servers.keys, true)
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
    let warm_up = Ask::Closed(Closed {
        in_flight: plan.in_flight,
        lasts: plan.lasts.min(Duration::from_secs(1)),
    });
    // Connections, branch predictors and the allocator settle.
    rounds(servers, case, &warm_up, 1).await?;
    let full = Ask::Closed(Closed {
        in_flight: plan.in_flight,
        lasts: plan.lasts,
    });
    let full = rounds(servers, case, &full, plan.rounds).await?;
    let rate = median(full.of(Who::Tape).map(Tally::rate)) / 2.0;
    let half = Ask::Open(Open {
        arrivals: Arrivals::steady(plan.lasts, rate),
        patience: Duration::from_secs(2),
        // Few are opened anew: a handshake costs the generator more than a request.
        keep_idle: 1024,
        opened: 64,
    });
    let half = rounds(servers, case, &half, plan.rounds).await?;
    let measured = Who::ALL.map(|who| {
        let p99 = |tally: &Tally| tally.millis_at(0.99);
        Ok(Measured {
            half_p99: Some(median(half.of(who).map(p99))),
            half_ratio: Some(half.ratio(who, p99)),
            ..full.measured(servers, who)?
        })
    });
    Ok(case.figures(measured.into_iter().collect::<anyhow::Result<_>>()?))
}

/// How a server is asked.
enum Ask {
    Closed(Closed),
    Open(Open),
}

impl Case {
    /// The review, as this server should answer it. The bare ones allow whatever comes.
    pub(crate) fn review_for(&self, who: Who) -> Review {
        let mut review = self.review.clone();
        review.allowed |= who != Who::Gate;
        review
    }

    pub(crate) fn figures(&self, servers: Vec<Measured>) -> Figures {
        Figures {
            name: self.review.name.clone(),
            http: self.http,
            bytes: self.review.body.len(),
            servers,
        }
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
            wrong: self.of(who).map(|t| t.wrong + t.failure_mode).sum(),
            lost: self.of(who).map(|t| t.lost + t.late).sum(),
            memory: servers.get(who).memory()?,
        })
    }
}

async fn rounds(servers: &Servers, case: &Case, ask: &Ask, count: usize) -> anyhow::Result<Rounds> {
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        let [discard, tape, gate] = Who::ALL.map(|who| one(servers, case, ask, who));
        all.push([discard.await?, tape.await?, gate.await?]);
    }
    Ok(Rounds(all))
}

async fn one(servers: &Servers, case: &Case, ask: &Ask, who: Who) -> anyhow::Result<Tally> {
    let target = case.target(servers, who)?;
    let review = case.review_for(who);
    let server = servers.get(who);
    let before = server.cpu()?;
    let mut tally = match ask {
        Ask::Closed(closed) => closed.run(&target, &review).await?,
        Ask::Open(open) => open.run(&target, &[review]).await?.total()?,
    };
    tally.cpu = server.cpu()?.saturating_sub(before);
    Ok(tally)
}

/// The middle one; of an even number the upper of the two.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
