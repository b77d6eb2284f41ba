//! Log lines: text for people, JSON for collectors.
//!
//! Comes in:  flags.
//! Goes out:  lines on standard error; standard output belongs to results.
//! Never here: request bodies, at no level, unless `--dump-payload` asks for them (see `serve::dump`).

use std::io::IsTerminal;
use std::panic::{self, PanicHookInfo};

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// The flags of everything that logs.
#[derive(Args, Clone, Debug)]
pub(crate) struct LogFlags {
    /// How log lines look.
    #[arg(long, value_enum, default_value_t = Format::Text, env = "PORTCULLIS_LOG_FORMAT")]
    log_format: Format,

    /// What is logged: `error`, `warn`, `info`, `debug` (one line for each decision), `trace`,
    /// or directives such as `info,portcullis::serve=debug`.
    #[arg(long, default_value = "info", env = "PORTCULLIS_LOG_LEVEL")]
    log_level: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// One line of text.
    Text,
    /// One JSON object.
    Json,
}

/// Starts logging for the whole process.
///
/// # Errors
///
/// When the level is no filter.
pub(crate) fn start(flags: &LogFlags) -> anyhow::Result<()> {
    // A bare level is meant for the gate; what its libraries say at `debug` would bury that.
    let directives = match flags.log_level.parse::<LevelFilter>() {
        // Its client says for each of dozens of watches, and twice, that an API server went away.
        // Who follows something says so once (`cluster::follow`).
        Ok(level) => format!(
            "{},portcullis={level},kube_client::client=off",
            level.min(LevelFilter::WARN)
        ),
        Err(_) => flags.log_level.clone(),
    };
    let filter = EnvFilter::try_new(directives)
        .map_err(|error| anyhow::anyhow!("--log-level `{}`: {error}", flags.log_level))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match flags.log_format {
        Format::Text => lines.init(),
        Format::Json => lines.json().flatten_event(true).init(),
    }
    panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// The place only. A panic's message may quote what it stumbled over, and that may be a Secret.
fn log_panic(info: &PanicHookInfo<'_>) {
    let at = info.location().map(ToString::to_string);
    tracing::error!(at, "panic");
}
