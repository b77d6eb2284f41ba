//! `portcullis serve`: the gate.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};
use portcullis_engine::doc::FailurePolicy;
use portcullis_lang::scalar::duration;

use super::calls::CallFlags;
use super::deferred::DeferredFlag;
use super::events::EventFlags;
use super::exceptions::ExceptionFlags;
use super::native::NativeFlags;
use super::reporting::ReportFlags;
use super::telemetry::TelemetryFlags;
use super::webhooks::WebhookFlags;
use crate::observe::log::{self, LogFlags};
use crate::serve::{self, Dumps, InCluster, Limits, Options, Started};

/// A review that ships with the sources, to try the gate with.
const SAMPLE: &str = "deploy/samples/pod-without-limits.json";

/// Answer AdmissionReviews over HTTPS.
///
/// Serves `POST /validate` and `POST /mutate` for an API server, `GET /livez`, `/readyz`,
/// `/metrics` and `/status` for everybody else. A change of a policy file is in force at once.
#[derive(Args, Debug)]
pub(super) struct Serve {
    /// Where to listen.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9443")]
    listen: String,

    /// Where to answer `POST /explain`: why a review is answered as it is. A loopback address.
    #[arg(long, value_name = "HOST:PORT")]
    admin_listen: Option<String>,

    /// Where to serve `GET /metrics`, `/health/liveness` and `/health/readiness` over plain HTTP too.
    #[arg(long, value_name = "HOST:PORT")]
    metrics_listen: Option<String>,

    /// A policy file, or a folder that is searched for them; may be repeated. `rules` by default,
    /// and nothing with `--in-cluster`.
    #[arg(long, value_name = "PATH")]
    rules: Vec<PathBuf>,

    /// Be the admission controller of the cluster: policies, exceptions and settings are its objects.
    #[arg(long)]
    in_cluster: bool,

    #[command(flatten)]
    exceptions: ExceptionFlags,

    #[command(flatten)]
    events: EventFlags,

    #[command(flatten)]
    deferred: DeferredFlag,

    #[command(flatten)]
    calls: CallFlags,

    #[command(flatten)]
    native: NativeFlags,

    /// The user that the background controller is, as access reviews spell it: may it do what a
    /// policy has it do? That of the chart by default.
    #[arg(
        long,
        alias = "backgroundServiceAccountName",
        value_name = "USER",
        default_value = ""
    )]
    background_service_account_name: String,

    /// The same of the reports controller.
    #[arg(
        long,
        alias = "reportsServiceAccountName",
        value_name = "USER",
        default_value = ""
    )]
    reports_service_account_name: String,

    /// Refuse PolicyExceptions that name no ticket, in the annotation `polex.kyverno.io/ticket` or, for
    /// policies written in CEL, in `spec.properties.ticket`.
    #[arg(long, default_value_t = false, action = ArgAction::Set)]
    require_exception_ticket: bool,

    /// With `--in-cluster`: keep what policies say of requests in reports.
    #[arg(long, alias = "admissionReports", default_value_t = true, action = ArgAction::Set)]
    admission_reports: bool,

    #[command(flatten)]
    reports: ReportFlags,

    /// With `--in-cluster`: deny changes of objects that are labelled as managed by Kyverno, unless one
    /// of its ServiceAccounts makes them.
    #[arg(long, alias = "protectManagedResources", env = "FLAG_PROTECT_MANAGED_RESOURCES", default_value_t = false, action = ArgAction::Set)]
    protect_managed_resources: bool,

    /// Log every review and its answer, without what Secrets hold.
    #[arg(long, alias = "dumpPayload", default_value_t = false, action = ArgAction::Set)]
    dump_payload: bool,

    /// Log how objects are changed.
    #[arg(long, alias = "dumpPatches", env = "FLAG_DUMP_PATCHES", default_value_t = false, action = ArgAction::Set)]
    dump_patches: bool,

    #[command(flatten)]
    webhooks: WebhookFlags,

    /// Where the gate keeps its own certificate authority, made there when missing.
    #[arg(long, value_name = "DIR", default_value = ".state")]
    state_dir: PathBuf,

    /// A further name or address for the gate's own certificate; may be repeated.
    #[arg(long, value_name = "NAME", conflicts_with = "tls_cert")]
    tls_san: Vec<String>,

    /// A certificate chain (PEM) to serve with instead; read again when it changes.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The key of `--tls-cert` (PEM).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Certificates (PEM) that vouch for clients: only who shows a certificate of theirs may send
    /// reviews. Pages such as `/readyz` stay open to everybody.
    #[arg(long, value_name = "FILE")]
    client_ca: Option<PathBuf>,

    /// The cluster that policies look ConfigMaps, namespaces and API calls up in; the one around
    /// this process by default, if there is one.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    /// What becomes of requests that a policy without a `failurePolicy` cannot decide in time.
    #[arg(long, value_name = "MODE", value_enum, default_value_t = Mode::Fail)]
    default_failure_mode: Mode,

    /// Failure modes by policy and namespace, and the switch that lets every request pass; read
    /// again when it changes.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,

    /// The largest request body, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 16 * 1024 * 1024)]
    max_body: usize,

    /// The memory for all bodies that are being read or decided, in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 256 * 1024 * 1024)]
    max_body_memory: usize,

    /// Connections at once; one more is closed.
    #[arg(long, value_name = "N", default_value_t = 8192, value_parser = parse_count)]
    max_connections: usize,

    /// The longest that an answer may take; less when the API server's own timeout is shorter.
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = parse_duration)]
    max_latency: Duration,

    /// How long to go on serving, not ready, after SIGTERM.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = parse_duration)]
    drain: Duration,

    /// Threads that serve; one for each core by default.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    workers: Option<u16>,

    #[command(flatten)]
    telemetry: TelemetryFlags,

    #[command(flatten)]
    log: LogFlags,
}

/// A failure mode, in Kubernetes' words.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum Mode {
    /// Deny.
    Fail,
    /// Allow, with a warning.
    Ignore,
}

impl Serve {
    /// Serves until it is told to stop.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        log::start(&self.log)?;
        let default_failure_mode = match self.default_failure_mode {
            Mode::Fail => FailurePolicy::Fail,
            Mode::Ignore => FailurePolicy::Ignore,
        };
        let calls = self.calls.calls()?;
        let in_cluster = self.in_cluster.then(|| InCluster {
            exceptions: self.exceptions.into(),
            tickets_required: self.require_exception_ticket,
            events: self.events.limits(),
            background_account: self.background_service_account_name,
            reports_account: self.reports_service_account_name,
            native: (
                self.native.generate_validating_admission_policy,
                self.native.generate_mutating_admission_policy,
            ),
            http_in_namespaces: calls.http_in_namespaces,
            deferred_loading: self.deferred.enable_deferred_loading,
            config_map_caching: self.deferred.enable_config_map_caching,
            protects: self.protect_managed_resources,
            reports: self.admission_reports.then(|| self.reports.into()),
            webhooks: self
                .webhooks
                .flags(default_failure_mode, self.protect_managed_resources),
        });
        let rules = match self.rules {
            none if none.is_empty() && in_cluster.is_none() => vec![PathBuf::from("rules")],
            rules => rules,
        };
        let options = Options {
            listen: self.listen,
            admin_listen: self.admin_listen,
            metrics_listen: self.telemetry.listen_if(self.metrics_listen),
            rules,
            in_cluster,
            state_dir: self.state_dir,
            names: self.tls_san,
            certificate: self.tls_cert.zip(self.tls_key),
            kubeconfig: self.kubeconfig,
            calls,
            default_failure_mode,
            force_ignore: self.webhooks.force_failure_policy_ignore,
            dumps: Dumps {
                payloads: self.dump_payload,
                patches: self.dump_patches,
            },
            tracing: self.telemetry.tracing()?,
            pushing: self.telemetry.pushing(),
            settings: self.settings,
            limits: Limits {
                max_body: self.max_body,
                max_latency: self.max_latency,
                max_connections: self.max_connections,
                max_body_memory: self.max_body_memory,
                needs_client_certificate: self.client_ca.is_some(),
            },
            client_ca: self.client_ca,
            drain: self.drain,
            workers: self.workers.map(usize::from),
        };
        serve::run(options, greet)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// A few lines for whoever started it by hand.
fn greet(started: &Started) {
    let Started {
        address,
        authority,
        policies,
        rules,
        errors,
    } = started;
    let host = match address.ip() {
        ip if ip.is_unspecified() => format!("localhost:{}", address.port()),
        _ => address.to_string(),
    };
    let mut text = format!("serving on https://{address}\n");
    text += &format!("in force: policies {policies}, rules {rules}");
    if *errors > 0 {
        text += &format!("; mistakes in policy files: {errors}, see https://{host}/status");
    }
    text.push('\n');
    let mut trust = String::new();
    if let Some(authority) = authority {
        text += &format!("certificate authority: {}\n", authority.display());
        trust = format!(" --cacert {}", authority.display());
    }
    if Path::new(SAMPLE).exists() {
        let json = "-H 'content-type: application/json'";
        text += &format!("try: curl{trust} {json} --data @{SAMPLE} https://{host}/validate\n");
    }
    // Nobody may be reading; that is no reason to stop serving.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// A duration as Go writes it, not negative.
pub(super) fn parse_duration(text: &str) -> Result<Duration, String> {
    let parsed = duration::Duration::parse(text).map_err(|error| error.to_string())?;
    u64::try_from(parsed.nanos())
        .map(Duration::from_nanos)
        .map_err(|_| "is negative".to_owned())
}

fn parse_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(count) => Ok(count),
        Err(error) => Err(format!("{error}")),
    }
}
