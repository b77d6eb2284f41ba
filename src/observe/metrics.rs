//! Metrics: every counter the gate keeps, by name.
//!
//! Comes in:  what happened, from every room.
//! Goes out:  OpenMetrics text for Prometheus.
//! Never here: a look-up by label while a request runs: every counter that a request may touch is
//!             resolved when the process starts.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, SystemTime};

use portcullis_engine::admit::{Phase, Undecided};
use portcullis_engine::failure::Cause;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::after::AfterMetrics;
use super::calls::CallMetrics;
use super::cleanup::CleanupMetrics;
use super::events::EventMetrics;
use super::exceptions::ExceptionMetrics;
use super::facts::FactMetrics;
use super::generate::GenerateMetrics;
use super::histogram::{Both, Histogram};
use super::kyverno::{self, KyvernoMetrics, Same, Sum};
use super::reports::ReportMetrics;
use super::scan::ScanMetrics;
use super::traces::TraceMetrics;
use crate::snapshot::{Counts, Item};

/// What was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Endpoint {
    /// `/validate`.
    Validate,
    /// `/mutate`.
    Mutate,
}

impl Endpoint {
    /// Which policies are asked there.
    pub(crate) fn phase(self) -> Phase {
        match self {
            Endpoint::Validate => Phase::Validate,
            Endpoint::Mutate => Phase::Mutate,
        }
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// With a verdict.
    Answered {
        /// The verdict.
        allowed: bool,
    },
    /// With an HTTP error.
    Refused {
        /// Its status code.
        code: u16,
    },
}

/// Every status code that a refusal can have.
const REFUSALS: [u16; 8] = [400, 403, 405, 408, 413, 415, 500, 503];

#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
struct RequestLabels {
    path: &'static str,
    code: u16,
    /// Empty without a verdict.
    allowed: &'static str,
}

#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
struct PathLabel {
    path: &'static str,
}

#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
struct ResultLabel {
    result: &'static str,
}

#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
struct UndecidedLabels {
    mode: &'static str,
    cause: &'static str,
}

#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
struct StateLabel {
    state: &'static str,
}

#[derive(Clone, Debug, Eq, EncodeLabelSet, Hash, PartialEq)]
struct RoleLabel {
    role: &'static str,
}

/// The counters of one endpoint.
#[derive(Debug)]
pub(super) struct Requests {
    pub(super) allowed: Counter,
    pub(super) denied: Counter,
    refused: Vec<(u16, Counter)>,
    pub(super) seconds: Histogram,
    /// Those that Kyverno's metrics leave out.
    left_out: LeftOut,
}

/// Verdicts that are not shown under Kyverno's names, since their namespaces do not count there.
#[derive(Clone, Debug, Default)]
struct LeftOut {
    allowed: Counter,
    denied: Counter,
    seconds: Histogram,
}

/// All of them. Public fields are counters that need no more than an `inc`.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    /// Without a prefix.
    kyvernos: Registry,
    process: Family<RoleLabel, Gauge>,
    pub(crate) kyverno: KyvernoMetrics,
    validate: Requests,
    mutate: Requests,
    pub(crate) in_flight: Gauge,
    pub(crate) deadline_hits: Counter,
    /// By cause: closed and open.
    undecided: [(Cause, [Counter; 2]); 3],
    pub(crate) spared: Counter,
    pub(crate) audit_everything: Gauge,
    pub(crate) settings_errors: Counter,
    pub(crate) facts: FactMetrics,
    pub(crate) after: AfterMetrics,
    pub(crate) traces: TraceMetrics,
    pub(crate) generate: GenerateMetrics,
    pub(crate) events: EventMetrics,
    pub(crate) cleanup: CleanupMetrics,
    pub(crate) reports: ReportMetrics,
    pub(crate) scan: ScanMetrics,
    pub(crate) calls: CallMetrics,
    pub(crate) exceptions: ExceptionMetrics,
    pub(crate) panics: Counter,
    pub(crate) bad_requests: Counter,
    pub(crate) connections: Gauge,
    pub(crate) connections_refused: Counter,
    pub(crate) shed: Counter,
    pub(crate) handshakes_full: Counter,
    pub(crate) handshakes_resumed: Counter,
    pub(crate) handshakes_failed: Counter,
    pub(crate) certificate_errors: Counter,
    reloads_good: Counter,
    reloads_broken: Counter,
    reload_seconds: Histogram,
    policies_ready: Gauge,
    policies_last_good: Gauge,
    policies_broken: Gauge,
    policy_errors: Gauge,
    rules: Gauge,
    program_version: Gauge,
    program_loaded: Gauge<f64, AtomicU64>,
}

impl Metrics {
    /// All at zero.
    pub(crate) fn new() -> Arc<Metrics> {
        let mut registry = Registry::with_prefix("portcullis");
        let mut kyvernos = Registry::default();
        let r = &mut registry;
        let handshakes = Family::<ResultLabel, Counter>::default();
        r.register(
            "tls_handshakes",
            "TLS handshakes by result",
            handshakes.clone(),
        );
        let reloads = Family::<ResultLabel, Counter>::default();
        let help = "Changes of policy files, by whether all of them are good";
        r.register("reloads", help, reloads.clone());
        let policies = Family::<StateLabel, Gauge>::default();
        let help = "Policies: ready, last_good (broken now, an earlier version decides), broken";
        r.register("policies", help, policies.clone());

        let handshake = |result| handshakes.get_or_create(&ResultLabel { result }).clone();
        let reload = |result| reloads.get_or_create(&ResultLabel { result }).clone();
        let policy = |state| policies.get_or_create(&StateLabel { state }).clone();
        let (validate, mutate) = (Requests::new(), Requests::new());
        register_requests(r, [("/validate", &validate), ("/mutate", &mutate)]);
        let endpoints = [
            ("ValidatingWebhookConfiguration", &validate),
            ("MutatingWebhookConfiguration", &mutate),
        ];
        let shown = KyvernoMetrics::new(r, &mut kyvernos);
        kyverno::requests(&mut kyvernos, &shown, endpoints);
        let events = EventMetrics::new(r);
        let help = "Kubernetes events that were not written";
        kyvernos.register("kyverno_events_dropped", help, events.dropped.clone());
        Arc::new(Metrics {
            validate,
            mutate,
            kyverno: shown,
            in_flight: gauge(r, "requests_in_flight", "Reviews that are being answered"),
            deadline_hits: counter(r, "deadline_hits", "Reviews whose deadline struck"),
            undecided: {
                let family = Family::<UndecidedLabels, Counter>::default();
                let help = "Policies without an outcome in time, by failure mode and cause";
                r.register("undecided_policies", help, family.clone());
                let both = |cause| {
                    ["closed", "open"].map(|mode| {
                        family
                            .get_or_create(&UndecidedLabels { mode, cause })
                            .clone()
                    })
                };
                [
                    (Cause::Deadline, both("deadline")),
                    (Cause::Overload, both("overload")),
                    (Cause::Panic, both("panic")),
                ]
            },
            spared: counter(
                r,
                "spared_denials",
                "Requests allowed only because auditEverything is on",
            ),
            audit_everything: gauge(
                r,
                "audit_everything",
                "1 while auditEverything is on and nothing is denied",
            ),
            settings_errors: counter(
                r,
                "settings_errors",
                "Changes of the settings file that could not be used",
            ),
            facts: FactMetrics::new(r),
            after: AfterMetrics::new(r),
            traces: TraceMetrics::new(r),
            generate: GenerateMetrics::new(r),
            events,
            cleanup: CleanupMetrics::new(&mut kyvernos),
            reports: ReportMetrics::new(r),
            scan: ScanMetrics::new(r),
            calls: CallMetrics::new(r),
            exceptions: ExceptionMetrics::new(r),
            panics: counter(r, "panics", "Panics caught while answering a request"),
            bad_requests: counter(r, "bad_requests", "Requests that are no proper review"),
            connections: gauge(r, "connections_open", "Open connections"),
            connections_refused: counter(
                r,
                "connections_refused",
                "Connections closed because there were too many",
            ),
            shed: counter(
                r,
                "reviews_shed",
                "Reviews that were not evaluated because their deadline could not be met",
            ),
            handshakes_full: handshake("full"),
            handshakes_resumed: handshake("resumed"),
            handshakes_failed: handshake("failed"),
            certificate_errors: counter(
                r,
                "certificate_errors",
                "Serving certificates that could not be loaded or renewed",
            ),
            reloads_good: reload("good"),
            reloads_broken: reload("broken"),
            reload_seconds: {
                let seconds = Histogram::default();
                let help = "From the changed text to the program in force, in seconds";
                r.register("reload_duration_seconds", help, seconds.clone());
                seconds
            },
            policies_ready: policy("ready"),
            policies_last_good: policy("last_good"),
            policies_broken: policy("broken"),
            policy_errors: gauge(r, "policy_errors", "Mistakes in policy files now"),
            rules: gauge(
                r,
                "rules",
                "Rules in force, those for Pod controllers included",
            ),
            program_version: gauge(r, "program_version", "Programs since the start"),
            program_loaded: {
                let gauge = Gauge::default();
                let help = "When the program came into force, in seconds since 1970";
                r.register("program_loaded_timestamp_seconds", help, gauge.clone());
                gauge
            },
            process: {
                let process = Family::default();
                let help = "1, for what the process is: admission or controllers";
                r.register("process", help, process.clone());
                process
            },
            registry,
            kyvernos,
        })
    }

    /// The process is this: `admission` or `controllers`.
    pub(crate) fn is(&self, role: &'static str) {
        self.process.get_or_create(&RoleLabel { role }).set(1);
    }

    /// One review came to an end after `duration`. `left_out`: by Kyverno's metrics.
    pub(crate) fn ended(&self, endpoint: Endpoint, end: End, duration: Duration, left_out: bool) {
        let requests = match endpoint {
            Endpoint::Validate => &self.validate,
            Endpoint::Mutate => &self.mutate,
        };
        let (allowed, denied, seconds) = match (left_out, &requests.left_out) {
            (false, _) => (&requests.allowed, &requests.denied, &requests.seconds),
            (true, apart) => (&apart.allowed, &apart.denied, &apart.seconds),
        };
        seconds.observe(duration);
        let counter = match end {
            End::Answered { allowed: true } => Some(allowed),
            End::Answered { allowed: false } => Some(denied),
            End::Refused { code } => {
                let mut known = requests.refused.iter();
                known
                    .find(|(known, _)| *known == code)
                    .map(|(_, counter)| counter)
            }
        };
        if let Some(counter) = counter {
            counter.inc();
        }
    }

    /// Policies were resolved by their failure modes, for this reason.
    pub(crate) fn resolved(&self, cause: Cause, undecided: &Undecided) {
        let mut causes = self.undecided.iter();
        if let Some((_, [closed, open])) = causes.find(|(known, _)| *known == cause) {
            closed.inc_by(undecided.closed as u64);
            open.inc_by(undecided.open as u64);
        }
    }

    /// Files changed and were read.
    pub(crate) fn reloaded(&self, duration: Duration, broken: bool) {
        self.reload_seconds.observe(duration);
        if broken {
            self.reloads_broken.inc();
        } else {
            self.reloads_good.inc();
        }
    }

    /// The policies changed from these to those.
    pub(crate) fn changed(&self, before: &[Item], now: &[Item]) {
        self.kyverno.policies(before, now);
    }

    /// A program came into force, or stayed there with another report.
    pub(crate) fn in_force(
        &self,
        version: u64,
        loaded_at: SystemTime,
        counts: Counts,
        rules: usize,
    ) {
        self.policies_ready.set(counts.ready as i64);
        self.policies_last_good.set(counts.last_good as i64);
        self.policies_broken.set(counts.broken as i64);
        self.policy_errors.set(counts.findings as i64);
        self.rules.set(rules as i64);
        self.program_version.set(version as i64);
        let since = loaded_at.duration_since(SystemTime::UNIX_EPOCH);
        self.program_loaded
            .set(since.map_or(0.0, |since| since.as_secs_f64()));
    }

    /// The text that Prometheus reads.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a `String` does not fail; half a page is the worst that could come of it.
        let _ = text::encode_registry(&mut out, &self.registry);
        let _ = text::encode_registry(&mut out, &self.kyvernos);
        let _ = text::encode_eof(&mut out);
        out
    }
}

impl Requests {
    fn new() -> Requests {
        Requests {
            allowed: Counter::default(),
            denied: Counter::default(),
            refused: REFUSALS.map(|code| (code, Counter::default())).into(),
            seconds: Histogram::default(),
            left_out: LeftOut::default(),
        }
    }
}

/// Shows the requests of each path, whether Kyverno's metrics leave them out or not.
fn register_requests(registry: &mut Registry, endpoints: [(&'static str, &Requests); 2]) {
    let (mut counters, mut durations) = (Vec::new(), Vec::new());
    for (path, requests) in endpoints {
        let apart = &requests.left_out;
        let mut count = |code, allowed, counter: &Counter, apart: &Counter| {
            let labels = RequestLabels {
                path,
                code,
                allowed,
            };
            counters.push((labels, Sum(counter.clone(), apart.clone())));
        };
        count(200, "true", &requests.allowed, &apart.allowed);
        count(200, "false", &requests.denied, &apart.denied);
        for (code, counter) in &requests.refused {
            count(*code, "", counter, &Counter::default());
        }
        let both = Both(requests.seconds.clone(), apart.seconds.clone());
        durations.push((PathLabel { path }, both));
    }
    let help = "Reviews by path, status code and verdict";
    registry.register("requests", help, Same(counters));
    let help = "From the request's head to the whole answer, in seconds";
    registry.register("request_duration_seconds", help, Same(durations));
}

fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter = Counter::default();
    registry.register(name, help, counter.clone());
    counter
}

fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    let gauge = Gauge::default();
    registry.register(name, help, gauge.clone());
    gauge
}
