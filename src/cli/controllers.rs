//! `portcullis controllers`: what happens after the answer, and without one.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::calls::CallFlags;
use super::deferred::DeferredFlag;
use super::events::EventFlags;
use super::exceptions::ExceptionFlags;
use super::reporting::ReportFlags;
use super::scanning::ScanFlags;
use super::serve::parse_duration;
use super::telemetry::TelemetryFlags;
use crate::controllers::{self, Options, Room};
use crate::observe::log::{self, LogFlags};

/// Keep reports, scan what exists, generate, clean up.
///
/// Runs in any number of replicas: each controller works in the one that holds its Lease. Serves
/// `GET /metrics`, `/health/liveness` and `/health/readiness` over plain HTTP.
#[derive(Args, Debug)]
pub(super) struct Controllers {
    /// Which of them to run; all by default.
    #[arg(long, value_name = "NAME", value_enum, value_delimiter = ',')]
    only: Vec<Room>,

    /// The cluster to work for; the one around this process by default.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    #[command(flatten)]
    exceptions: ExceptionFlags,

    /// Where to serve the pages.
    #[arg(long, value_name = "HOST:PORT", default_value = "0.0.0.0:8000")]
    metrics_listen: String,

    #[command(flatten)]
    telemetry: TelemetryFlags,

    /// How often to look for kinds whose objects may be deleted when their time to live is over.
    #[arg(
        long,
        visible_alias = "ttlReconciliationInterval",
        value_name = "DURATION",
        default_value = "1m",
        value_parser = parse_duration
    )]
    ttl_reconciliation_interval: Duration,

    #[command(flatten)]
    deferred: DeferredFlag,

    #[command(flatten)]
    calls: CallFlags,

    #[command(flatten)]
    events: EventFlags,

    #[command(flatten)]
    reports: ReportFlags,

    #[command(flatten)]
    scan: ScanFlags,

    #[command(flatten)]
    log: LogFlags,
}

impl Controllers {
    /// Works until it is told to stop.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        log::start(&self.log)?;
        self.telemetry.note_untraced();
        let mut rooms = self.only;
        if rooms.is_empty() {
            rooms = Room::ALL.to_vec();
        }
        rooms.sort();
        rooms.dedup();
        controllers::run(&Options {
            rooms,
            kubeconfig: self.kubeconfig,
            exceptions: self.exceptions.into(),
            calls: self.calls.calls()?,
            deferred_loading: self.deferred.enable_deferred_loading,
            config_map_caching: self.deferred.enable_config_map_caching,
            listen: self.telemetry.listen(self.metrics_listen),
            shows_metrics: !self.telemetry.disable_metrics,
            pushing: self.telemetry.pushing(),
            events: self.events.limits(),
            reports: self.reports.into(),
            scan: self.scan.into(),
            ttl_interval: self.ttl_reconciliation_interval,
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
