//! So many requests each second, whether answers have come or not, as an API server asks.
//!
//! Comes in:  a target, reviews, when each is due.
//! Goes out:  a [`Timeline`].
//! Never here: what the servers go through meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout_at;

use crate::arrivals::Arrivals;
use crate::client::Target;
use crate::pool::Pool;
use crate::review::{Outcome, Review};
use crate::timeline::Timeline;

/// Idle connections that are kept: a Go client's default for one host, which an API server has.
pub const GO_KEEPS_IDLE: usize = 25;

/// A run at given rates.
#[derive(Clone, Debug)]
pub struct Open {
    /// When requests are due.
    pub arrivals: Arrivals,
    /// How long the client waits. Latency counts from the moment when a request was due, so that
    /// one that had to wait for the client itself counts its waiting.
    pub patience: Duration,
    /// HTTP/1.1 connections that are kept while nobody uses them; a request that finds none opens one.
    pub keep_idle: usize,
    /// Connections that are open before the first request is due.
    pub opened: usize,
}

impl Open {
    /// Asks `target` with `reviews` in turn.
    ///
    /// # Errors
    ///
    /// The first connections cannot be opened, or a worker panicked.
    pub async fn run(&self, target: &Target, reviews: &[Review]) -> anyhow::Result<Timeline> {
        let pool = Arc::new(Pool::new(target.clone(), self.keep_idle, self.patience));
        for _ in 0..self.opened {
            pool.open().await?;
        }
        let begin = Instant::now();
        let mut timeline = Timeline::new(begin);
        let mut due = self.arrivals.tick(begin);
        let mut reviews = reviews.iter().cycle();
        let mut running = JoinSet::new();
        loop {
            tokio::select! {
                moment = due.recv() => {
                    let (Some(moment), Some(review)) = (moment, reviews.next()) else {
                        break;
                    };
                    let asked = ask(pool.clone(), review.clone(), moment, self.patience);
                    running.spawn(asked);
                }
                Some(done) = running.join_next() => timeline.count(done?)?,
            }
        }
        while let Some(done) = running.join_next().await {
            timeline.count(done?)?;
        }
        Ok(timeline)
    }
}

/// One request that is over.
pub(crate) struct Done {
    pub(crate) due: Instant,
    pub(crate) latency: Duration,
    pub(crate) outcome: Outcome,
}

async fn ask(pool: Arc<Pool>, review: Review, due: Instant, patience: Duration) -> Done {
    let answer = timeout_at((due + patience).into(), pool.post(&review)).await;
    Done {
        due,
        latency: due.elapsed(),
        outcome: match answer {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Outcome::Lost,
            Err(_) => Outcome::Late,
        },
    }
}
