//! The flags about metrics and traces. Their names are Kyverno's.

use std::num::NonZeroU64;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

use crate::cluster::collector::{Destination, Pushing};
use crate::serve::Tracing;

/// The port of `--metrics-port` where nothing is said.
const METRICS_PORT: u16 = 8000;

/// How metrics are had.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum MetricsConfig {
    /// They are asked for.
    Prometheus,
    /// They are pushed.
    Grpc,
}

/// What is told to whoever watches, and how.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Telemetry")]
pub(super) struct TelemetryFlags {
    /// Send traces of reviews to an OpenTelemetry collector.
    #[arg(long, alias = "enableTracing", default_value_t = false, action = ArgAction::Set)]
    enable_tracing: bool,

    /// The collector: a name or an address. It has to speak OTLP over gRPC.
    #[arg(
        long,
        alias = "tracingAddress",
        value_name = "HOST",
        default_value = ""
    )]
    tracing_address: String,

    /// Its port.
    #[arg(
        long,
        alias = "tracingPort",
        value_name = "PORT",
        default_value_t = 4317
    )]
    tracing_port: u16,

    /// A Secret in our namespace whose `ca.pem`, `ca.crt` or `tls.crt` vouches for the collector;
    /// without one, there is no TLS.
    #[arg(
        long,
        alias = "tracingCreds",
        value_name = "SECRET",
        default_value = ""
    )]
    tracing_creds: String,

    /// Of the requests that do not belong to a trace yet, the part that begins one, from 0 to 1.
    #[arg(
        long,
        env = "OTEL_TRACES_SAMPLER_ARG",
        value_name = "RATIO",
        default_value_t = 1.0,
        value_parser = parse_ratio
    )]
    tracing_ratio: f64,

    /// How metrics are had: asked for by Prometheus, or pushed to an OpenTelemetry collector as well.
    #[arg(
        long,
        alias = "otelConfig",
        value_name = "HOW",
        value_enum,
        default_value_t = MetricsConfig::Prometheus
    )]
    otel_config: MetricsConfig,

    /// The collector that metrics are pushed to, over OTLP/gRPC, at the port that `--metrics-port` says.
    #[arg(
        long,
        alias = "otelCollector",
        value_name = "HOST",
        default_value = "opentelemetrycollector.kyverno.svc.cluster.local"
    )]
    otel_collector: String,

    /// A Secret in our namespace whose `ca.pem`, `ca.crt` or `tls.crt` vouches for that collector;
    /// without one, there is no TLS.
    #[arg(
        long,
        alias = "transportCreds",
        value_name = "SECRET",
        default_value = ""
    )]
    transport_creds: String,

    /// How often metrics are pushed, in milliseconds.
    #[arg(
        long,
        env = "OTEL_METRIC_EXPORT_INTERVAL",
        value_name = "MS",
        default_value = "10000"
    )]
    metrics_export_interval: NonZeroU64,

    /// Kyverno's flag for exemplars, which are not kept.
    #[arg(
        long = "exemplarFilter",
        value_name = "VALUE",
        hide = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ""
    )]
    _exemplar_filter: Vec<String>,

    /// Serve metrics and health at this port, on `--metrics-host`; counts before `--metrics-listen`. With
    /// `--otel-config grpc`, the port of the collector instead; 8000 by default.
    #[arg(long, alias = "metricsPort", value_name = "PORT")]
    metrics_port: Option<u16>,

    /// The address of `--metrics-port`; all by default.
    #[arg(long, alias = "metricsHost", value_name = "HOST", default_value = "")]
    metrics_host: String,

    /// Serve no metrics over plain HTTP, and push none.
    #[arg(long, alias = "disableMetrics", default_value_t = false, action = ArgAction::Set)]
    pub(super) disable_metrics: bool,
}

impl TelemetryFlags {
    /// What is traced, if anything is.
    ///
    /// # Errors
    ///
    /// Where it is not said where to.
    pub(super) fn tracing(&self) -> anyhow::Result<Option<Tracing>> {
        if !self.enable_tracing {
            return Ok(None);
        }
        if self.tracing_address.is_empty() {
            anyhow::bail!(
                "--enable-tracing: `--tracing-address` has to say where the collector is"
            );
        }
        Ok(Some(Tracing {
            to: Destination {
                host: self.tracing_address.clone(),
                port: self.tracing_port,
                secret: self.tracing_creds.clone(),
            },
            ratio: self.tracing_ratio,
        }))
    }

    /// Where metrics are pushed, if they are.
    pub(super) fn pushing(&self) -> Option<Pushing> {
        let wanted = self.otel_config == MetricsConfig::Grpc && !self.disable_metrics;
        wanted.then(|| Pushing {
            to: Destination {
                host: self.otel_collector.clone(),
                port: self.metrics_port.unwrap_or(METRICS_PORT),
                secret: self.transport_creds.clone(),
            },
            every: Duration::from_millis(self.metrics_export_interval.get()),
        })
    }

    /// Says so where traces are wanted of a process that has none.
    pub(super) fn note_untraced(&self) {
        if self.enable_tracing {
            tracing::warn!("only reviews are traced, by the admission controller");
        }
    }

    /// [`TelemetryFlags::listen`] for a process that need not serve them.
    pub(super) fn listen_if(&self, stated: Option<String>) -> Option<String> {
        let wanted = self.own_port().is_some() || stated.is_some();
        (wanted && !self.disable_metrics).then(|| self.listen(stated.unwrap_or_default()))
    }

    /// Where metrics and health are served over plain HTTP: as `--metrics-port` says, or else `stated`.
    pub(super) fn listen(&self, stated: String) -> String {
        let host = match self.metrics_host.as_str() {
            "" => "0.0.0.0".to_owned(),
            // An address of IPv6.
            host if host.contains(':') && !host.starts_with('[') => format!("[{host}]"),
            host => host.to_owned(),
        };
        let by_port = self.own_port().map(|port| format!("{host}:{port}"));
        by_port.unwrap_or(stated)
    }

    /// What `--metrics-port` says of us, and not of a collector.
    fn own_port(&self) -> Option<u16> {
        let is_ours = self.otel_config == MetricsConfig::Prometheus;
        self.metrics_port.filter(|_| is_ours)
    }
}

fn parse_ratio(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
        _ => Err("must be a number from 0 to 1".to_owned()),
    }
}
