//! What a cluster gets from its policies besides an answer: reports, scans, generated objects, cleanup.
//!
//! Comes in:  which rooms to run, and the cluster to run them for.
//! Goes out:  a process in which each room works while it holds the Lease of its controller.
//! Never here: what a room does.
//!
//! ```text
//! Lease kyverno-reports-controller    ─> scan, reports
//! Lease kyverno-background-controller ─> generate
//! Lease kyverno-cleanup-controller    ─> cleanup
//! ```
//!
//! The names of the Leases are Kyverno's, so that the controllers of an old release and these never
//! work at the same time. A process that is told to stop gives its Leases back, and the next replica
//! takes over at once.

mod policies;
mod site;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::ValueEnum;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub(crate) use site::Site;

use crate::cleanup::Cleaner;
use crate::cluster::Cluster;
use crate::cluster::collector::Pushing;
use crate::cluster::home::Home;
use crate::cluster::kinds;
use crate::cluster::lease::Leads;
use crate::cluster::legacy::Legacy;
use crate::events::{self, Recorder};
use crate::exceptions;
use crate::facts::{Calls, Desk, Network};
use crate::generate;
use crate::observe::metrics::Metrics;
use crate::observe::pages;
use crate::observe::pushed::Pushed;
use crate::reports::{self, Queue, Writer};
use crate::scan;
use crate::settings::config_map::ConfigInForce;
use crate::settings::metrics_map;
use crate::source::wanted::Exceptions;

/// A room that works for the whole cluster, in one replica at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, ValueEnum)]
pub(crate) enum Room {
    /// Keeps reports free of what is gone.
    Reports,
    /// Evaluates what exists.
    Scan,
    /// Makes and changes objects as policies ask.
    Generate,
    /// Deletes objects as policies and labels ask.
    Cleanup,
}

impl Room {
    /// All of them.
    pub(crate) const ALL: [Room; 4] = [Room::Reports, Room::Scan, Room::Generate, Room::Cleanup];

    /// The kinds of policies that the room works by, as plurals; all where it says none. The account of
    /// its controller may not read others.
    fn policies(self) -> Option<&'static [&'static str]> {
        match self {
            Room::Reports | Room::Scan => None,
            Room::Generate => Some(&[
                "clusterpolicies",
                "policies",
                "generatingpolicies",
                "namespacedgeneratingpolicies",
                "mutatingpolicies",
                "namespacedmutatingpolicies",
                "policyexceptions",
            ]),
            Room::Cleanup => Some(&[
                "cleanuppolicies",
                "clustercleanuppolicies",
                "deletingpolicies",
                "namespaceddeletingpolicies",
                "policyexceptions",
            ]),
        }
    }

    /// Does the room read policies of this kind?
    fn reads(self, plural: &str) -> bool {
        self.policies().is_none_or(|read| read.contains(&plural))
    }

    /// The Lease of the controller that the room belongs to.
    fn lease(self) -> &'static str {
        match self {
            Room::Reports | Room::Scan => "kyverno-reports-controller",
            Room::Generate => "kyverno-background-controller",
            Room::Cleanup => "kyverno-cleanup-controller",
        }
    }
}

/// For metrics to be pushed once more, when everything else has ended.
const LAST: Duration = Duration::from_secs(5);

/// How to run.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Which rooms; never empty.
    pub(crate) rooms: Vec<Room>,
    /// The cluster, when it is not the one around this process.
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Which PolicyExceptions count.
    pub(crate) exceptions: Exceptions,
    /// Where `/metrics` and `/health` are, as `host:port`.
    pub(crate) listen: String,
    /// Is `/metrics` there?
    pub(crate) shows_metrics: bool,
    /// Where metrics are pushed, if they are.
    pub(crate) pushing: Option<Pushing>,
    /// What becomes of events.
    pub(crate) events: events::Limits,
    /// What is kept of what policies say.
    pub(crate) reports: reports::Options,
    /// What is scanned.
    pub(crate) scan: scan::Options,
    /// Are context entries loaded when they are mentioned?
    pub(crate) deferred_loading: bool,
    /// How services are asked for facts.
    pub(crate) calls: Calls,
    /// Are ConfigMaps kept for a while?
    pub(crate) config_map_caching: bool,
    /// How often kinds are looked for whose labelled objects may be deleted.
    pub(crate) ttl_interval: Duration,
}

/// Why the controllers cannot start.
#[derive(Debug)]
pub(crate) enum ControllersError {
    /// The system refuses threads or signals.
    System(io::Error),
    /// The address of the pages cannot be had.
    Listen {
        /// As stated.
        address: String,
        /// Why not.
        error: io::Error,
    },
    /// There is no cluster, or it does not answer.
    Cluster(String),
}

impl std::fmt::Display for ControllersError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ControllersError::System(error) => write!(f, "the system refuses: {error}"),
            ControllersError::Listen { address, error } => {
                write!(f, "cannot listen on `{address}`: {error}")
            }
            ControllersError::Cluster(error) => write!(f, "cannot use the cluster: {error}"),
        }
    }
}

impl std::error::Error for ControllersError {}

/// Works until SIGTERM or SIGINT, then gives the Leases back.
///
/// # Errors
///
/// When it cannot start. Nothing that happens later ends it.
pub(crate) fn run(options: &Options) -> Result<(), ControllersError> {
    let mut builder = runtime::Builder::new_multi_thread();
    builder.thread_stack_size(crate::STACK);
    builder.enable_all().thread_name("controllers");
    let runtime = builder.build().map_err(ControllersError::System)?;
    runtime.block_on(work(options))
}

async fn work(options: &Options) -> Result<(), ControllersError> {
    let system = ControllersError::System;
    // Before anything else, so that an early signal is not the default one.
    let mut terminate = signal(SignalKind::terminate()).map_err(system)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(system)?;
    let metrics = Metrics::new();
    metrics.is("controllers");
    let ready = Arc::new(AtomicBool::new(false));
    let is_ready = ready.clone();
    let is_ready = move || is_ready.load(Ordering::Acquire);
    let shown = options.shows_metrics.then(|| metrics.clone());
    pages::open(&options.listen, shown, is_ready)
        .await
        .map_err(|error| ControllersError::Listen {
            address: options.listen.clone(),
            error,
        })?;
    let (site, pushed) = open(options, metrics).await?;
    let mut leads: Vec<(&'static str, Leads)> = Vec::new();
    let mut tasks = JoinSet::new();
    for room in &options.rooms {
        let lease = room.lease();
        let held = match leads.iter().position(|(name, _)| *name == lease) {
            Some(known) => known,
            None => {
                let identity = &site.home.pod;
                let held = Leads::keep(&site.client, &site.home.namespace, lease, identity);
                leads.push((lease, held));
                leads.len() - 1
            }
        };
        let Some((_, held)) = leads.get(held) else {
            continue;
        };
        let term = (held.subscribe(), held.legacy());
        tasks.spawn(enter(*room, term, site.clone(), options.clone()));
    }
    ready.store(true, Ordering::Release);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping; the leases are given back");
    let given = leads.into_iter().map(|(_, held)| held.release());
    futures::future::join_all(given).await;
    tasks.shutdown().await;
    if let Some(pushed) = pushed {
        pushed.finish(LAST).await;
    }
    Ok(())
}

async fn open(
    options: &Options,
    metrics: Arc<Metrics>,
) -> Result<(Site, Option<Pushed>), ControllersError> {
    let unusable = ControllersError::Cluster;
    let cluster = Cluster::connect(options.kubeconfig.as_deref(), &metrics.calls)
        .await
        .map_err(unusable)?;
    let Some(cluster) = cluster else {
        let why = "this process runs in none, and no `--kubeconfig` is given";
        return Err(unusable(why.to_owned()));
    };
    let client = cluster.client().clone();
    let kinds = kinds::Followed::start(&client)
        .await
        .map_err(|error| unusable(error.to_string()))?;
    let mut services = options.rooms.iter().map(|room| room.lease());
    let service = services
        .next()
        .filter(|one| services.all(|other| other == *one));
    let service = service.unwrap_or("kyverno-controllers");
    let push = |pushing: &Pushing| pushing.start(Some(&cluster), service, &metrics);
    let pushed = options.pushing.as_ref().map(push).transpose();
    let pushed = pushed.map_err(ControllersError::System)?;
    let network = Network::of(Some(cluster), &options.calls);
    let facts = Desk::new(
        Box::new(network),
        metrics.facts.clone(),
        options.calls.http_in_namespaces,
    );
    let home = Home::from_env();
    let events = Recorder::start(
        client.clone(),
        &options.events,
        &home.pod,
        metrics.events.clone(),
    );
    let writer = Writer::new(
        client.clone(),
        options.reports.clone(),
        metrics.reports.clone(),
    );
    let reports = Queue::start(writer);
    let config = ConfigInForce::follow(&client, &home.namespace, &home.config);
    events.heed(&config);
    facts.heed(&config, options.deferred_loading);
    if !options.config_map_caching {
        facts.read_config_maps_each_time();
    }
    metrics_map::heed(&client, &home, &metrics);
    let policies = policies::follow(&client, &kinds, options, &metrics)
        .await
        .map_err(ControllersError::System)?;
    let site = Site {
        client,
        home,
        kinds,
        facts,
        policies,
        events,
        reports,
        config,
        metrics,
    };
    Ok((site, pushed))
}

/// Runs a room whenever this replica leads.
async fn enter(
    room: Room,
    (leads, legacy): (watch::Receiver<bool>, Legacy),
    site: Site,
    options: Options,
) {
    let writer = site.reports.writer();
    match room {
        Room::Cleanup => {
            let cleaner = Cleaner::new(&site, options.ttl_interval);
            Leads::while_leading(leads, || cleaner.run()).await;
        }
        Room::Reports => {
            let keep = async || {
                let reports = reports::keep(site.clone(), writer.clone());
                futures::join!(reports, exceptions::follow(site.clone()));
            };
            Leads::while_leading(leads, keep).await;
        }
        Room::Scan => {
            let scan = || scan::run(site.clone(), writer.clone(), options.scan.clone());
            Leads::while_leading(leads, scan).await;
        }
        Room::Generate => {
            let generate = || generate::run(site.clone(), legacy.clone());
            Leads::while_leading(leads, generate).await;
        }
    }
}
