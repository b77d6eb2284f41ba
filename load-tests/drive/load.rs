//! Asking: so many at once, or so many each second.
//!
//! Comes in:  a target, a review, a [`Load`].
//! Goes out:  a [`Tally`].
//! Never here: servers' processes, comparisons.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::StatusCode;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

use crate::client::{Connection, Http, Target};
use crate::tally::Tally;

/// Streams on one HTTP/2 connection before another is opened.
const STREAMS: usize = 8;

/// How requests follow each other.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// Each worker asks again as soon as it has its answer.
    Closed,
    /// So many each second, whether answers have come or not. Latency counts from the moment when
    /// a request was due, so that one that had to wait for a worker counts its waiting.
    Open(f64),
}

/// A run.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Requests on their way at once, at most.
    pub in_flight: usize,
    /// How they follow each other.
    pub pace: Pace,
    /// How long to ask.
    pub lasts: Duration,
}

impl Load {
    /// Asks `target` with `body`; an answer is right when it is a 200 and contains `expect`.
    ///
    /// # Errors
    ///
    /// A connection cannot be opened. One that breaks later counts its request as lost and is
    /// opened anew.
    pub async fn run(&self, target: &Target, body: Bytes, expect: &str) -> anyhow::Result<Tally> {
        let expect: Arc<str> = expect.into();
        let connections = connect(target, self.in_flight).await?;
        let begin = Instant::now();
        let end = begin + self.lasts;
        let due = Arc::new(match self.pace {
            Pace::Closed => None,
            Pace::Open(rate) => Some(Mutex::new(schedule(begin, end, rate))),
        });
        let mut workers = JoinSet::new();
        for connection in connections {
            let worker = Worker {
                connection,
                target: target.clone(),
                body: body.clone(),
                expect: expect.clone(),
                tally: Tally::new()?,
            };
            let due = due.clone();
            workers.spawn(async move {
                match &*due {
                    None => worker.ask_until(end).await,
                    Some(due) => worker.ask_when(due).await,
                }
            });
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

/// A thread that says when each request is due: timers of the runtime are a millisecond wide.
fn schedule(begin: Instant, end: Instant, rate: f64) -> mpsc::UnboundedReceiver<Instant> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for n in 0_u32.. {
            let due = begin + Duration::from_secs_f64(f64::from(n) / rate);
            if due >= end {
                break;
            }
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if sender.send(due).is_err() {
                break;
            }
        }
    });
    receiver
}

struct Worker {
    connection: Connection,
    target: Target,
    body: Bytes,
    expect: Arc<str>,
    tally: Tally,
}

impl Worker {
    async fn ask_until(mut self, end: Instant) -> anyhow::Result<Tally> {
        loop {
            let now = Instant::now();
            if now >= end {
                return Ok(self.tally);
            }
            self.ask(now).await?;
        }
    }

    async fn ask_when(
        mut self,
        due: &Mutex<mpsc::UnboundedReceiver<Instant>>,
    ) -> anyhow::Result<Tally> {
        loop {
            let Some(due) = due.lock().await.recv().await else {
                return Ok(self.tally);
            };
            self.ask(due).await?;
        }
    }

    async fn ask(&mut self, since: Instant) -> anyhow::Result<()> {
        match self.connection.post(self.body.clone()).await {
            Ok((status, answer)) => {
                let found = memchr::memmem::find(&answer, self.expect.as_bytes()).is_some();
                self.tally
                    .answered(since.elapsed(), status == StatusCode::OK && found);
            }
            Err(_) => {
                self.tally.lost += 1;
                self.connection = self.target.connect().await?;
            }
        }
        Ok(())
    }
}
