//! Connections as a Go client's transport keeps them.
//!
//! Comes in:  a target, requests.
//! Goes out:  answers, on connections that are kept.
//! Never here: when requests are due, what their answers mean.
//!
//! A request that finds no idle connection opens one, and takes whichever is there first: that one, or one
//! that another request is done with. What it does not take is kept for others.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::client::{Connection, Http, Target};
use crate::review::{Outcome, Review};

/// HTTP/2 connections that share all requests.
const SHARED: usize = 2;

/// Connections that are opened at once: a crowd must not take all descriptors that there are.
const MOST_OPENING: usize = 128;

/// Connections to one target.
pub(crate) struct Pool {
    target: Target,
    /// None: each request has a connection of its own.
    keep_idle: usize,
    /// For a connection to open.
    patience: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    waiting: VecDeque<oneshot::Sender<anyhow::Result<Connection>>>,
    opening: usize,
}

impl Pool {
    pub(crate) fn new(target: Target, keep_idle: usize, patience: Duration) -> Pool {
        Pool {
            target,
            keep_idle,
            patience,
            state: Mutex::default(),
        }
    }

    /// Opens a connection to be kept.
    ///
    /// # Errors
    ///
    /// The server refuses. One that does not answer in time is no error: who waits gives up by itself.
    pub(crate) async fn open(&self) -> anyhow::Result<()> {
        if let Ok(connection) = timeout(self.patience, self.target.connect()).await {
            self.give(connection?);
        }
        Ok(())
    }

    /// Posts a review.
    ///
    /// # Errors
    ///
    /// No connection could be opened, or it broke.
    pub(crate) async fn post(self: &Arc<Pool>, review: &Review) -> anyhow::Result<Outcome> {
        loop {
            let mut connection = match self.idle() {
                Some(connection) => connection,
                None => self.next().await?,
            };
            // A kept connection that the server has closed meanwhile took no request: Go's client, too,
            // asks again on another.
            if connection.is_open().await {
                return self.post_on(connection, review).await;
            }
        }
    }

    /// The next connection that there is, which is a new one at the latest.
    async fn next(self: &Arc<Pool>) -> anyhow::Result<Connection> {
        let (sender, receiver) = oneshot::channel();
        let may_open = {
            let mut state = self.state();
            state.waiting.push_back(sender);
            let may_open = state.opening < MOST_OPENING;
            state.opening += usize::from(may_open);
            may_open
        };
        if may_open {
            let pool = self.clone();
            tokio::spawn(async move { while pool.opens_another().await {} });
        }
        receiver.await?
    }

    /// Opens a connection, and tells whether there are more that wait than are being opened.
    async fn opens_another(&self) -> bool {
        let opened = self.open().await;
        let mut state = self.state();
        if let Err(error) = opened
            && let Some(first) = state.waiting.pop_front()
        {
            let _ = first.send(Err(error));
        }
        state.waiting.retain(|waiting| !waiting.is_closed());
        let another = state.waiting.len() >= state.opening;
        state.opening -= usize::from(!another);
        another
    }

    async fn post_on(
        &self,
        mut connection: Connection,
        review: &Review,
    ) -> anyhow::Result<Outcome> {
        if let Some(shared) = connection.share() {
            self.give(shared);
        }
        let (status, answer) = connection.post(review.body.clone()).await?;
        let outcome = review.judge(status, &answer);
        if self.target.http() == Http::One && self.keep_idle > 0 {
            self.give(connection);
        }
        Ok(outcome)
    }

    fn idle(&self) -> Option<Connection> {
        self.state().idle.pop()
    }

    /// To who has waited longest, or among the idle ones.
    fn give(&self, mut connection: Connection) {
        let most = match self.target.http() {
            Http::One => self.keep_idle,
            Http::Two => SHARED,
        };
        let mut state = self.state();
        while let Some(first) = state.waiting.pop_front() {
            // Who gave up takes nothing.
            match first.send(Ok(connection)) {
                Ok(()) => return,
                Err(Ok(back)) => connection = back,
                Err(Err(_)) => return,
            }
        }
        if state.idle.len() < most {
            // The longest idle is used last and so closed first, as in Go.
            state.idle.push(connection);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
