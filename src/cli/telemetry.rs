//! The flags about metrics and traces. Their names are Kyverno's.

use clap::{ArgAction, Args};

use crate::serve::Tracing;

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

    /// How metrics are had: `prometheus` only.
    #[arg(
        long,
        alias = "otelConfig",
        value_name = "HOW",
        default_value = "prometheus",
        value_parser = parse_config
    )]
    otel_config: String,

    /// Kyverno's flags for metrics that are pushed. They are not; and exemplars are not kept.
    #[arg(
        long = "otelCollector",
        aliases = ["transportCreds", "exemplarFilter"],
        value_name = "VALUE",
        hide = true,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = ""
    )]
    _of_pushed_metrics: Vec<String>,

    /// Serve metrics and health at this port, on `--metrics-host`; counts before `--metrics-listen`.
    #[arg(long, alias = "metricsPort", value_name = "PORT")]
    metrics_port: Option<u16>,

    /// The address of `--metrics-port`; all by default.
    #[arg(long, alias = "metricsHost", value_name = "HOST", default_value = "")]
    metrics_host: String,

    /// Serve no metrics over plain HTTP.
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
            host: self.tracing_address.clone(),
            port: self.tracing_port,
            secret: self.tracing_creds.clone(),
            ratio: self.tracing_ratio,
        }))
    }

    /// Says so where traces are wanted of a process that has none.
    pub(super) fn note_untraced(&self) {
        if self.enable_tracing {
            tracing::warn!("only reviews are traced, by the admission controller");
        }
    }

    /// [`TelemetryFlags::listen`] for a process that need not serve them.
    pub(super) fn listen_if(&self, stated: Option<String>) -> Option<String> {
        let wanted = self.metrics_port.is_some() || stated.is_some();
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
        let by_port = self.metrics_port.map(|port| format!("{host}:{port}"));
        by_port.unwrap_or(stated)
    }
}

fn parse_ratio(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
        _ => Err("must be a number from 0 to 1".to_owned()),
    }
}

fn parse_config(text: &str) -> Result<String, String> {
    match text {
        "prometheus" => Ok(text.to_owned()),
        "grpc" => Err(
            "metrics are not pushed; have the collector scrape `/metrics` (its `prometheus` receiver)"
                .to_owned(),
        ),
        _ => Err("must be `prometheus`".to_owned()),
    }
}
