//! So many requests at once: each worker asks again as soon as it has its answer.
//!
//! Comes in:  a target, a review.
//! Goes out:  a [`Tally`].
//! Never here: a rate (see `open`).

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::client::{Connection, Http, Target};
use crate::review::Review;
use crate::tally::Tally;

/// Streams on one HTTP/2 connection before another is opened.
const STREAMS: usize = 8;

/// A run at full speed, over connections that are kept.
#[derive(Clone, Copy, Debug)]
pub struct Closed {
    /// Requests on their way at once.
    pub in_flight: usize,
    /// How long to ask.
    pub lasts: Duration,
}

impl Closed {
    /// Asks `target`.
    ///
    /// # Errors
    ///
    /// A connection cannot be opened. One that breaks later counts its request as lost and is
    /// opened anew.
    pub async fn run(&self, target: &Target, review: &Review) -> anyhow::Result<Tally> {
        let connections = connect(target, self.in_flight).await?;
        let begin = Instant::now();
        let end = begin + self.lasts;
        let mut workers = JoinSet::new();
        for connection in connections {
            workers.spawn(ask(connection, target.clone(), review.clone(), end));
        }
        let mut tally = Tally::new()?;
        while let Some(worker) = workers.join_next().await {
            tally.add(&worker??);
        }
        tally.elapsed = begin.elapsed();
        Ok(tally)
    }
}

async fn connect(target: &Target, in_flight: usize) -> anyhow::Result<Vec<Connection>> {
    let mut all: Vec<Connection> = Vec::with_capacity(in_flight);
    while all.len() < in_flight {
        let connection = target.connect().await?;
        if target.http() == Http::Two {
            let more = (in_flight - all.len()).min(STREAMS) - 1;
            all.extend((0..more).filter_map(|_| connection.share()));
        }
        all.push(connection);
    }
    Ok(all)
}

async fn ask(
    mut connection: Connection,
    target: Target,
    review: Review,
    end: Instant,
) -> anyhow::Result<Tally> {
    let mut tally = Tally::new()?;
    loop {
        let begin = Instant::now();
        if begin >= end {
            return Ok(tally);
        }
        match connection.post(review.body.clone()).await {
            Ok((status, answer)) => {
                tally.count(review.judge(status, &answer), begin.elapsed());
            }
            Err(_) => {
                tally.lost += 1;
                connection = target.connect().await?;
            }
        }
    }
}
