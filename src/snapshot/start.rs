//! Putting policies in force and keeping them so, from every source that a process has.
//!
//! Comes in:  [`Sources`].
//! Goes out:  threads that keep [`InForce`] up to date for as long as the process lives.
//! Never here: what a change does (see `keeper`).
//!
//! ```text
//! files ──batches──┐
//! cluster ─batches─┴─> one channel ─> keeper ─> InForce
//! ```

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use kube::Client;
use portcullis_engine::doc::FailurePolicy;
use tokio::sync::oneshot;

use super::{InForce, Keeper, Kept};
use crate::allocations::give_back;
use crate::observe::metrics::Metrics;
use crate::source::cluster::{self, Kinds};
use crate::source::object::Objects;
use crate::source::wanted::Wanted;
use crate::source::{Change, Source};

/// How long one wait for changes of files lasts. It only bounds how late the thread sees the end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where policies come from. Of two policies with one name a file's decides, and the other one is
/// reported.
pub(crate) struct Sources {
    /// Files and folders.
    pub(crate) rules: Vec<PathBuf>,
    /// Objects of a cluster.
    pub(crate) cluster: Option<InCluster>,
    /// What policies do, when nobody answers, that do not say it.
    pub(crate) default: FailurePolicy,
    /// Does every policy fail open, whatever it says?
    pub(crate) force_ignore: bool,
}

/// A cluster as a source.
pub(crate) struct InCluster {
    pub(crate) client: Client,
    pub(crate) kinds: Kinds,
    pub(crate) wanted: Vec<Wanted>,
    /// Filled with the objects as the API server has them.
    pub(crate) objects: Objects,
    /// Where the last good texts outlive the process, if anywhere.
    pub(crate) state_dir: Option<PathBuf>,
}

/// Starts to keep `in_force` up to date. The receiver hears of the first program, which is compiled from
/// all sources.
///
/// # Errors
///
/// The first path that cannot be looked at, or a system that gives no thread. A cluster that does not
/// answer is no error: see [`cluster`].
pub(crate) fn start(
    sources: Sources,
    in_force: &Arc<InForce>,
    metrics: &Arc<Metrics>,
) -> io::Result<oneshot::Receiver<()>> {
    let (batches, taken) = channel();
    let mut keeper = Keeper::new(in_force.clone(), metrics.clone(), sources.default);
    if sources.force_ignore {
        keeper = keeper.force_ignore();
    }
    let awaits_cluster = sources.cluster.is_some();
    if let Some(InCluster {
        client,
        kinds,
        wanted,
        objects,
        state_dir,
    }) = sources.cluster
    {
        let kept = state_dir.as_deref().map(Kept::open);
        let (kept, known) = kept.unzip();
        let known = known.unwrap_or_default();
        let source = cluster::Source {
            client,
            kinds,
            wanted,
            known: known.clone(),
            objects,
            out: batches.clone(),
        };
        tokio::spawn(source.run());
        keeper = keeper.in_cluster(kept, known);
    }
    let (go_on, may_go_on) = channel();
    let first = if sources.rules.is_empty() {
        Vec::new()
    } else {
        let (mut files, first) = Source::open(&sources.rules)?;
        spawn("policy files", move || {
            // The first batch of the channel is the cluster's.
            if may_go_on.recv().is_err() {
                return;
            }
            loop {
                let changes = files.wait(PATIENCE);
                if !changes.is_empty() && batches.send(changes).is_err() {
                    return;
                }
            }
        })?;
        first
    };
    let (loaded, heard) = oneshot::channel();
    spawn("policies", move || {
        let mut first: Vec<Change> = first;
        if awaits_cluster {
            match taken.recv() {
                Ok(batch) => first.extend(batch),
                Err(_) => return,
            }
        }
        keeper.take_in(first);
        let _ = (loaded.send(()), go_on.send(()));
        give_back();
        keeper.run(&taken);
    })?;
    Ok(heard)
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new()
        .name(name.to_owned())
        .stack_size(crate::STACK);
    thread.spawn(body).map(drop)
}
