//! Facts for commands that run beside a cluster: fetched when asked, remembered for the whole run.
//!
//! Comes in:  a fact, on any thread.
//! Goes out:  its answer; the calling thread waits for it.
//! Never here: the request path (see `serve`), which never waits.

use std::collections::HashMap;
use std::sync::Mutex;

use anyhow::{Context, Result};
use portcullis_engine::facts::Fact;
use tokio::runtime::Runtime;

use super::fetch::{Fetch, Fetched, Network, NoAnswer};

/// A connection to a cluster, and what it has answered so far.
pub(crate) struct Live {
    runtime: Runtime,
    network: Network,
    answers: Mutex<HashMap<Fact, Fetched>>,
}

impl Live {
    /// Answers from `network`, on the runtime that it was made on.
    pub(crate) fn new(runtime: Runtime, network: Network) -> Live {
        Live {
            runtime,
            network,
            answers: Mutex::default(),
        }
    }

    /// The answer, fetched the first time that it is asked for.
    ///
    /// # Errors
    ///
    /// Only where another thread panicked while it asked.
    pub(crate) fn ask(&self, fact: &Fact) -> Result<Fetched> {
        let poisoned = "another thread panicked while it asked the cluster";
        if let Some(answer) = self.answers.lock().ok().context(poisoned)?.get(fact) {
            return Ok(answer.clone());
        }
        let answer = self.runtime.block_on(self.network.fetch(fact));
        let answer = answer.map_err(NoAnswer::into_text);
        self.answers
            .lock()
            .ok()
            .context(poisoned)?
            .insert(fact.clone(), answer.clone());
        Ok(answer)
    }

    /// Waits for something else of the same cluster.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The cluster itself.
    pub(crate) fn network(&self) -> &Network {
        &self.network
    }
}
