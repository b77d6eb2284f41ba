//! New connections: what a handshake costs, whole and resumed.
//!
//! Comes in:  running servers, a review.
//! Goes out:  a [`Figures`] in which each request had a connection of its own.
//! Never here: kept-alive connections.

use std::time::Instant;

use drive::{Outcome, Review, Tally, Target};
use tokio::task::JoinSet;

use crate::runs::{Case, Figures, Plan, Rounds};
use crate::servers::{Servers, Who};

/// Asks each server in turn, in rounds, with a handshake before each request; sessions are
/// resumed, as an API server does.
pub(crate) async fn measure(
    servers: &Servers,
    case: &Case,
    plan: &Plan,
) -> anyhow::Result<Figures> {
    let mut all = Vec::with_capacity(plan.rounds);
    for _ in 0..plan.rounds {
        let [discard, tape, gate] = Who::ALL.map(|who| one(servers, case, plan, who));
        all.push([discard.await?, tape.await?, gate.await?]);
    }
    let rounds = Rounds(all);
    let measured = Who::ALL.map(|who| rounds.measured(servers, who));
    Ok(case.figures(measured.into_iter().collect::<anyhow::Result<_>>()?))
}

async fn one(servers: &Servers, case: &Case, plan: &Plan, who: Who) -> anyhow::Result<Tally> {
    let target = case.target(servers, who)?;
    let review = case.review_for(who);
    let server = servers.get(who);
    let before = server.cpu()?;
    let begin = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..plan.in_flight {
        workers.spawn(ask(target.clone(), review.clone(), begin + plan.lasts));
    }
    let mut tally = Tally::new()?;
    while let Some(worker) = workers.join_next().await {
        tally.add(&worker??);
    }
    tally.elapsed = begin.elapsed();
    tally.cpu = server.cpu()?.saturating_sub(before);
    Ok(tally)
}

async fn ask(target: Target, review: Review, end: Instant) -> anyhow::Result<Tally> {
    let mut tally = Tally::new()?;
    loop {
        let begin = Instant::now();
        if begin >= end {
            return Ok(tally);
        }
        let answer = async { target.connect().await?.post(review.body.clone()).await };
        let outcome = match answer.await {
            Ok((status, answer)) => review.judge(status, &answer),
            Err(_) => Outcome::Lost,
        };
        tally.count(outcome, begin.elapsed());
    }
}
