//! Why the gate does not start.

use std::fmt;
use std::io;

use super::tls::TlsError;
use crate::settings::SettingsError;

/// Why the gate does not serve.
#[derive(Debug)]
pub(crate) enum ServeError {
    /// No certificate to serve with.
    Tls(TlsError),
    /// The settings file cannot be used.
    Settings(SettingsError),
    /// The rules cannot be looked at.
    Rules(io::Error),
    /// The address cannot be listened on.
    Listen { address: String, error: io::Error },
    /// The cluster's configuration cannot be used.
    Cluster(String),
    /// There is none to be a member of.
    NoCluster,
    /// The system refuses threads or signals.
    System(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServeError::Tls(error) => error.fmt(f),
            ServeError::Settings(error) => write!(f, "--settings: {error}"),
            ServeError::Rules(error) => write!(f, "--rules: {error}"),
            ServeError::Listen { address, error } => {
                write!(f, "cannot listen on `{address}`: {error}")
            }
            ServeError::Cluster(why) => write!(f, "--kubeconfig: {why}"),
            ServeError::NoCluster => f.write_str(
                "--in-cluster: this process runs in no Pod; name a cluster with `--kubeconfig`",
            ),
            ServeError::System(error) => write!(f, "cannot start: {error}"),
        }
    }
}

impl std::error::Error for ServeError {}

impl From<TlsError> for ServeError {
    fn from(error: TlsError) -> Self {
        ServeError::Tls(error)
    }
}
