//! So many requests each second, whether answers have come or not, as an API server asks.
//!
//! Comes in:  a target, reviews, when each is due.
//! Goes out:  a [`Timeline`].
//! Never here: what the servers go through meanwhile.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout_at;

use crate::arrivals::Arrivals;
use crate::client::{Connection, Http, Target};
use crate::review::{Outcome, Review};
use crate::timeline::Timeline;

/// Idle connections that are kept: a Go client's default for one host, which an API server has.
pub const GO_KEEPS_IDLE: usize = 25;

/// HTTP/2 connections that share all requests.
const SHARED: usize = 2;

/// A run at given rates.
#[derive(Clone, Debug)]
pub struct Open {
    /// When requests are due.
    pub arrivals: Arrivals,
    /// How long the client waits. Latency counts from the moment when a request was due, so that
    /// one that had to wait for the client itself counts its waiting.
    pub patience: Duration,
    /// HTTP/1.1 connections that are kept while nobody uses them; each request above them opens a
    /// new one.
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
        let pool = Arc::new(Pool::new(target.clone(), self.keep_idle));
        for _ in 0..self.opened {
            pool.keep(target.connect().await?);
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

/// Connections that are open and idle.
struct Pool {
    target: Target,
    keep_idle: usize,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    fn new(target: Target, keep_idle: usize) -> Pool {
        Pool {
            target,
            keep_idle,
            idle: Mutex::default(),
        }
    }

    async fn post(&self, review: &Review) -> anyhow::Result<Outcome> {
        // A kept connection that the server has closed meanwhile took no request: Go's client, too,
        // asks again on another.
        while let Some(mut connection) = self.take() {
            if connection.is_open().await {
                return self.post_on(connection, review).await;
            }
        }
        self.post_on(self.target.connect().await?, review).await
    }

    async fn post_on(
        &self,
        mut connection: Connection,
        review: &Review,
    ) -> anyhow::Result<Outcome> {
        let shared = connection.share();
        if let Some(shared) = shared {
            self.keep(shared);
        }
        let (status, answer) = connection.post(review.body.clone()).await?;
        let outcome = review.judge(status, &answer);
        if self.target.http() == Http::One {
            self.keep(connection);
        }
        Ok(outcome)
    }

    fn take(&self) -> Option<Connection> {
        self.idle().pop()
    }

    fn keep(&self, connection: Connection) {
        let most = match self.target.http() {
            Http::One => self.keep_idle,
            Http::Two => SHARED,
        };
        let mut idle = self.idle();
        if idle.len() < most {
            // The longest idle is used last and so closed first, as in Go.
            idle.push(connection);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
