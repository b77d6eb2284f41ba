//! What mutate rules with targets may change, looked for in a cluster.
//!
//! Comes in:  what a rule names, on any thread.
//! Goes out:  what there is of it, found the first time that it is named.
//! Never here: changing it: a run shows what would be.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result, anyhow};
use portcullis_engine::reference::Wanted;

use crate::cluster::existing::{self, Existing};
use crate::cluster::kinds::Kinds;
use crate::facts::Live;

/// What was found for one name.
pub(super) type Found = (Wanted, Arc<[Existing]>);

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Targets {
    kinds: Mutex<Option<Arc<Kinds>>>,
    found: Mutex<Vec<Found>>,
}

/// What one evaluation knows of a cluster's objects, and what else it wants.
#[derive(Debug, Default)]
pub(super) struct Looked {
    pub(super) found: Vec<Found>,
    pub(super) unlisted: RefCell<Vec<Wanted>>,
}

impl Targets {
    /// What there is of it.
    ///
    /// # Errors
    ///
    /// The API server's; that nothing of the kind is served.
    pub(super) fn find(&self, live: &Live, wanted: Wanted) -> Result<Found> {
        let poisoned = "another thread panicked while it asked the cluster";
        let cluster = live.network().cluster.as_ref();
        let client = cluster.context("there is no cluster")?.client();
        let mut found = self.found.lock().ok().context(poisoned)?;
        if let Some(known) = found.iter().find(|(known, _)| *known == wanted) {
            return Ok(known.clone());
        }
        let mut kinds = self.kinds.lock().ok().context(poisoned)?;
        let kinds = match &*kinds {
            Some(kinds) => kinds.clone(),
            None => kinds
                .insert(Arc::new(live.wait(Kinds::discover(client))?))
                .clone(),
        };
        let all = live.wait(existing::find(client, &kinds, &wanted));
        let all = all.map_err(|unfound| anyhow!("{unfound}"))?;
        let entry: Found = (wanted, all.into());
        found.push(entry.clone());
        Ok(entry)
    }
}
