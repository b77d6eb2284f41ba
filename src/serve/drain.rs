//! The end of a process, as seen by its connections.
//!
//! Comes in:  the decision to stop.
//! Goes out:  a signal that every connection waits for, and the news that all are gone.
//! Never here: signals of the operating system.

use std::convert::Infallible;

use tokio::sync::{mpsc, watch};

/// Hands out guards, and waits for all of them.
pub(super) struct Drain {
    ended: watch::Sender<bool>,
    /// Every guard holds a sender; nothing is ever sent. It closes with the last one.
    alive: mpsc::Sender<Infallible>,
    gone: mpsc::Receiver<Infallible>,
}

/// Held by a connection while it lives.
pub(super) struct Guard {
    ended: watch::Receiver<bool>,
    _alive: mpsc::Sender<Infallible>,
}

impl Drain {
    pub(super) fn new() -> Drain {
        let (ended, _) = watch::channel(false);
        let (alive, gone) = mpsc::channel(1);
        Drain { ended, alive, gone }
    }

    pub(super) fn guard(&self) -> Guard {
        Guard {
            ended: self.ended.subscribe(),
            _alive: self.alive.clone(),
        }
    }

    /// Asks every connection to finish what it has begun, and waits until all have.
    pub(super) async fn finish(self) {
        let Drain {
            ended,
            alive,
            mut gone,
        } = self;
        ended.send_replace(true);
        drop(alive);
        let _ = gone.recv().await;
    }
}

impl Guard {
    /// Returns when the connection should come to its end.
    pub(super) async fn end_of_drain(&mut self) {
        // An error means that the sender is gone, and with it the process's main task.
        let _ = self.ended.wait_for(|ended| *ended).await;
    }
}
