//! The life of the gate: start, serve, drain, end.
//!
//! Comes in:  options.
//! Goes out:  a process that serves until it is told to stop.
//! Never here: flags (see `cli`), requests.

use std::io;
use std::net::SocketAddr;
use std::panic;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use portcullis_engine::doc::FailurePolicy;
use portcullis_engine::failure::FailureModes;
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::accept::{self, Acceptor};
use super::admin;
use super::connection::Protocols;
use super::drain::Drain;
use super::engine::Engine;
use super::load::{Bounds, Load};
use super::member::Member;
use super::tls::{self, Authority, Certificates, Files, Origin};
use super::{Dumps, Gate, Limits, ServeError, Tracing};
use crate::after::{After, Results, Sink, Worker};
use crate::cluster::Cluster;
use crate::cluster::collector::Pushing;
use crate::events;
use crate::facts::{Calls, Desk, Network};
use crate::observe::metrics::Metrics;
use crate::observe::pages;
use crate::policies::Policies;
use crate::reports;
use crate::settings::{self, SettingsInForce, metrics_map};
use crate::snapshot::{self, InForce, Sources};
use crate::source::wanted::Exceptions;
use crate::webhooks;

/// After the drain, requests have their own deadline to end by. This is for what hangs anyway.
const LAST: Duration = Duration::from_secs(5);

/// What metrics that are pushed are said to be of.
const SERVICE: &str = "kyverno-admission-controller";

/// Long enough for an answer to leave, and for a request on its way to arrive.
const QUIET: Duration = Duration::from_secs(1);

/// After how many tasks a worker that is never idle looks at its sockets and timers, and at what other
/// threads woke. A new connection is looked at some four times before its first request is seen: what it
/// waits under load is so many times so many reviews.
const EVENTS_EVERY: u32 = 4;

/// How to serve.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Where to listen, as `host:port`.
    pub(crate) listen: String,
    /// Where the people who run the gate ask why, as `host:port`; nowhere by default.
    pub(crate) admin_listen: Option<String>,
    /// Where `/metrics` and `/health` are served without TLS as well, as `host:port`.
    pub(crate) metrics_listen: Option<String>,
    /// Files and folders with policies.
    pub(crate) rules: Vec<PathBuf>,
    /// Where the gate keeps its own authority.
    pub(crate) state_dir: PathBuf,
    /// Names to serve under besides the local ones.
    pub(crate) names: Vec<String>,
    /// Somebody else's certificate and key.
    pub(crate) certificate: Option<(PathBuf, PathBuf)>,
    /// Who vouches for those that may send reviews; anybody may by default.
    pub(crate) client_ca: Option<PathBuf>,
    /// Is it the admission controller of its cluster?
    pub(crate) in_cluster: Option<InCluster>,
    /// The cluster to ask for facts, when it is not the one around this process.
    pub(crate) kubeconfig: Option<PathBuf>,
    /// How services are asked for facts.
    pub(crate) calls: Calls,
    /// What policies without a `failurePolicy` do when they find no outcome.
    pub(crate) default_failure_mode: FailurePolicy,
    /// Does every policy fail open, whatever it says?
    pub(crate) force_ignore: bool,
    /// Which reviews are logged.
    pub(crate) dumps: Dumps,
    /// What is traced, if anything is.
    pub(crate) tracing: Option<Tracing>,
    /// Where metrics are pushed, if they are.
    pub(crate) pushing: Option<Pushing>,
    /// Settings that may change while the gate serves.
    pub(crate) settings: Option<PathBuf>,
    /// Bounds of a request.
    pub(crate) limits: Limits,
    /// How long to go on serving after the signal to stop.
    pub(crate) drain: Duration,
    /// Threads that serve; as many as there are cores by default.
    pub(crate) workers: Option<usize>,
}

/// How to be a cluster's admission controller.
#[derive(Clone, Debug)]
pub(crate) struct InCluster {
    /// Which PolicyExceptions count.
    pub(crate) exceptions: Exceptions,
    /// Has each of them to name a ticket?
    pub(crate) tickets_required: bool,
    /// How many Kubernetes events, how fast, and which not.
    pub(crate) events: events::Limits,
    /// The user that the background controller is; empty for the chart's.
    pub(crate) background_account: String,
    /// The user that the reports controller is; empty for the chart's.
    pub(crate) reports_account: String,
    /// Are policies made into the API server's own: validating ones, mutating ones?
    pub(crate) native: (bool, bool),
    /// May expressions of policies of one namespace ask services?
    pub(crate) http_in_namespaces: bool,
    /// Are context entries loaded when they are mentioned?
    pub(crate) deferred_loading: bool,
    /// Are ConfigMaps kept for a while?
    pub(crate) config_map_caching: bool,
    /// Is what our controllers made protected from everybody else?
    pub(crate) protects: bool,
    /// What is kept of what policies say; nothing where requests leave no reports.
    pub(crate) reports: Option<reports::Options>,
    /// How API servers come to ask; nothing where that is somebody else's business.
    pub(crate) webhooks: Option<webhooks::Flags>,
}

/// What the user is told once the gate is ready.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    /// The address that is listened on.
    pub(crate) address: SocketAddr,
    /// The gate's own authority; none when the certificate is somebody else's.
    pub(crate) authority: Option<PathBuf>,
    /// Policies in force.
    pub(crate) policies: usize,
    /// Rules in force.
    pub(crate) rules: usize,
    /// Mistakes in policy files.
    pub(crate) errors: usize,
}

/// Serves until SIGTERM or SIGINT, then drains. `started` is called once, when the first program
/// is in force.
///
/// # Errors
///
/// When it cannot start. Nothing that happens later ends the gate.
pub(crate) fn run(
    options: Options,
    started: impl FnOnce(&Started) + Send + 'static,
) -> Result<(), ServeError> {
    let mut builder = runtime::Builder::new_multi_thread();
    builder.thread_stack_size(crate::STACK);
    builder
        .enable_all()
        .thread_name("gate")
        .event_interval(EVENTS_EVERY)
        .global_queue_interval(EVENTS_EVERY);
    if let Some(workers) = options.workers {
        builder.worker_threads(workers);
    }
    let runtime = builder.build().map_err(ServeError::System)?;
    // On a worker: a connection that another thread accepts waits behind every request of those that are
    // there already, for as long as there are any.
    let served = runtime.spawn(async move { serve(&options, started).await });
    match runtime.block_on(served) {
        Ok(ended) => ended,
        Err(error) => panic::resume_unwind(error.into_panic()),
    }
}

async fn serve(options: &Options, started: impl FnOnce(&Started)) -> Result<(), ServeError> {
    // Before anything else, so that an early signal is not the default one.
    let mut stop = Stop::new().map_err(ServeError::System)?;
    let metrics = Metrics::new();
    metrics.is("admission");
    let settings = settings(options, &metrics)?;
    let in_force = Arc::new(InForce::default());
    let cluster = Cluster::connect(options.kubeconfig.as_deref(), &metrics.calls)
        .await
        .map_err(ServeError::Cluster)?;
    let traces = match &options.tracing {
        Some(tracing) => Some(tracing.start(cluster.as_ref(), &metrics.traces)?),
        None => None,
    };
    let push = |pushing: &Pushing| pushing.start(cluster.as_ref(), SERVICE, &metrics);
    let pushed = options.pushing.as_ref().map(push).transpose();
    let pushed = pushed.map_err(ServeError::System)?;
    let member = match &options.in_cluster {
        Some(in_cluster) => Some(Member::new(in_cluster, cluster.as_ref(), &metrics)?),
        None => None,
    };
    let sources = Sources {
        rules: options.rules.clone(),
        cluster: member
            .as_ref()
            .map(|member| member.source(&options.state_dir)),
        default: options.default_failure_mode,
        force_ignore: options.force_ignore,
    };
    let first = snapshot::start(sources, &in_force, &metrics).map_err(ServeError::Rules)?;
    let part = member.as_ref().map(|member| member.lead(&in_force));
    let (certificates, authority, trusted) = match (&part, &options.certificate) {
        (Some((_, Some(registrar))), None) => {
            let stopgap = tls::stopgap(&options.state_dir, &options.names)?;
            let (certificates, trusted) = registrar.certificates(stopgap, &metrics);
            (certificates, None, trusted)
        }
        _ => {
            let (certificates, authority) = certificates(options, &metrics)?;
            (certificates, authority, Arc::new(AtomicBool::new(true)))
        }
    };
    let clients = options.client_ca.as_deref().map(tls::clients).transpose()?;
    let tls = TlsAcceptor::from(Arc::new(tls::settings(certificates, clients)?));
    let listen = |error| ServeError::Listen {
        address: options.listen.clone(),
        error,
    };
    let listener = accept::listen(&options.listen).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let network = Network::of(cluster, &options.calls);
    let facts = Desk::new(
        Box::new(network),
        metrics.facts.clone(),
        options.calls.http_in_namespaces,
    );
    if let (Some(member), Some(in_cluster)) = (&member, &options.in_cluster) {
        facts.heed(&member.config, in_cluster.deferred_loading);
        if !in_cluster.config_map_caching {
            facts.read_config_maps_each_time();
        }
        metrics_map::heed(&member.client, &member.home, &metrics);
    }
    // What wants to hear of answered reviews: events, reports, update requests.
    let mut sinks: Vec<Arc<dyn Sink>> = Vec::new();
    sinks.extend(member.as_ref().and_then(Member::events));
    if let (Some(member), Some(in_cluster)) = (&member, &options.in_cluster) {
        sinks.extend(member.reports(in_cluster, &metrics));
    }
    sinks.extend(
        member
            .as_ref()
            .map(|member| member.triggers(&in_force, &metrics)),
    );
    let after = after(sinks, &facts, &settings, &metrics)?;
    let workers = options
        .workers
        .or_else(|| Some(thread::available_parallelism().ok()?.get()));
    let load = Arc::new(Load::new(Bounds {
        workers: workers.unwrap_or(1),
        connections: options.limits.max_connections,
        body_bytes: options.limits.max_body_memory,
    }));
    let probed = load.clone();
    tokio::spawn(async move { probed.probe().await });
    let gate = Arc::new(Gate {
        load,
        in_force: in_force.clone(),
        metrics,
        decide: Box::new(Engine),
        facts,
        after,
        sift: member.as_ref().map(|member| member.sift(&in_force)),
        protect: member.as_ref().and_then(Member::protect),
        dumps: options.dumps,
        traces,
        policies: Arc::new(
            member
                .as_ref()
                .map_or_else(Policies::offline, Member::policies),
        ),
        settings,
        limits: options.limits,
        trusted,
        draining: AtomicBool::new(false),
    });
    if let Some(address) = &options.admin_listen {
        let listener = admin::open(address).await?;
        tokio::spawn(admin::serve(listener, gate.clone()));
    }
    if let Some(address) = &options.metrics_listen {
        let probed = gate.clone();
        let ready = move || super::pages::is_ready(&probed);
        pages::open(address, Some(gate.metrics.clone()), ready)
            .await
            .map_err(|error| ServeError::Listen {
                address: address.clone(),
                error,
            })?;
    }
    let acceptor = Acceptor {
        listener,
        gate: gate.clone(),
        tls,
        protocols: Arc::new(Protocols::new()),
        drain: Drain::new(),
    };

    let announce = async {
        // An error means that the first load panicked, which is in the log.
        let _ = first.await;
        if let Some(snapshot) = in_force.load().as_deref() {
            started(&Started {
                address,
                authority,
                policies: snapshot.program.count(),
                rules: snapshot.program.rules(),
                errors: snapshot.report.findings().count(),
            });
        }
        std::future::pending::<()>().await
    };
    tokio::select! {
        () = acceptor.accept() => {}
        () = announce => {}
        () = stop.next() => {}
    }

    gate.start_draining();
    // While requests are still answered: another replica shall take over now, not when this one is
    // gone, and where there is none, nobody is to be asked any more.
    let goodbye = tokio::spawn(async move {
        if let Some((leads, registrar)) = part {
            if let Some(registrar) = registrar {
                registrar.end().await;
            }
            leads.release().await;
        }
    });
    tracing::info!(drain_ms = options.drain.as_millis() as u64, "draining");
    tokio::select! {
        () = acceptor.accept() => {}
        () = sleep(options.drain) => {}
        () = stop.next() => tracing::info!("second signal; ending the drain"),
    }
    let patience = options.limits.max_latency + LAST;
    let finished = async {
        let _ = goodbye.await;
        tokio::select! {
            () = acceptor.finish() => tracing::info!("stopped"),
            () = quiet(&gate) => tracing::info!("stopped; some clients keep idle connections"),
        }
    };
    if timeout(patience, finished).await.is_err() {
        tracing::warn!("stopped with requests that did not end");
    }
    if let Some(traces) = &gate.traces {
        traces.finish(LAST).await;
    }
    if !gate.after.finish(LAST).await {
        tracing::warn!("stopped before everything was told that follows from answers");
    }
    if let Some(pushed) = pushed {
        pushed.finish(LAST).await;
    }
    Ok(())
}

/// Returns when no request has been running for a while: a connection whose client does not answer
/// the goodbye is no reason to stay.
async fn quiet(gate: &Gate) {
    let mut since = Instant::now();
    while since.elapsed() < QUIET {
        sleep(QUIET / 10).await;
        if gate.metrics.in_flight.get() > 0 {
            since = Instant::now();
        }
    }
}

/// The first certificate, and where its authority is. Later ones come from a thread.
fn certificates(
    options: &Options,
    metrics: &Arc<Metrics>,
) -> Result<(Arc<Certificates>, Option<PathBuf>), ServeError> {
    let (origin, authority) = match &options.certificate {
        Some((certificate, key)) => (Origin::Given(Files::new(certificate, key)), None),
        None => {
            let authority = Box::new(Authority::open(&options.state_dir)?);
            let path = authority.certificate().to_path_buf();
            let names = options.names.clone();
            (Origin::Own { authority, names }, Some(path))
        }
    };
    let (certificates, renewal) = Certificates::open(origin)?;
    let (kept, metrics) = (certificates.clone(), metrics.clone());
    spawn("certificates", move || renewal.run(&kept, &metrics))?;
    Ok((certificates, authority))
}

/// The settings in force, which a thread follows the file for.
fn settings(options: &Options, metrics: &Arc<Metrics>) -> Result<Arc<SettingsInForce>, ServeError> {
    let default = options.default_failure_mode;
    let Some(path) = &options.settings else {
        return Ok(Arc::new(SettingsInForce::new(FailureModes {
            default,
            ..FailureModes::default()
        })));
    };
    let keeper =
        settings::Keeper::open(path, default, metrics.clone()).map_err(ServeError::Settings)?;
    let in_force = keeper.in_force();
    spawn("settings", move || keeper.run())?;
    Ok(in_force)
}

/// The queue of what answers leave behind, which a thread works off where anybody wants it.
fn after(
    mut sinks: Vec<Arc<dyn Sink>>,
    facts: &Desk,
    settings: &Arc<SettingsInForce>,
    metrics: &Arc<Metrics>,
) -> Result<After, ServeError> {
    if !sinks.is_empty() {
        sinks.push(Arc::new(Results(metrics.clone())));
    }
    let (after, waiting) = After::new(sinks, metrics.after.clone());
    if let Some(waiting) = waiting {
        let runtime = runtime::Handle::current();
        let worker = Worker::new(waiting, facts.clone(), settings.clone(), runtime);
        spawn("after", move || worker.run())?;
    }
    Ok(after)
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), ServeError> {
    let thread = thread::Builder::new()
        .name(name.to_owned())
        .stack_size(crate::STACK);
    thread.spawn(body).map(drop).map_err(ServeError::System)
}

/// SIGTERM and SIGINT.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn new() -> io::Result<Stop> {
        Ok(Stop {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
