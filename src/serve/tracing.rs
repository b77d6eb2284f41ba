//! How reviews come to be traced.
//!
//! Comes in:  flags, a cluster where the collector's authority is a Secret.
//! Goes out:  [`Traces`].
//! Never here: spans.

use std::sync::Arc;

use futures::FutureExt as _;
use tokio::runtime::Handle;

use super::ServeError;
use crate::cluster::Cluster;
use crate::cluster::authority;
use crate::cluster::home::Home;
use crate::observe::traces::{Authority, Collector, Settings, TraceMetrics, Traces};

/// What is traced, and where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Tracing {
    /// Where a collector listens for OTLP over gRPC.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
    /// The Secret with who vouches for it; empty where it has no TLS.
    pub(crate) secret: String,
    /// Of the requests that come without a trace, the part that begins one, from 0 to 1.
    pub(crate) ratio: f64,
}

impl Tracing {
    /// Starts it.
    pub(super) fn start(
        &self,
        cluster: Option<&Cluster>,
        metrics: &TraceMetrics,
    ) -> Result<Arc<Traces>, ServeError> {
        let authority = match self.secret.as_str() {
            "" => None,
            secret => Some(vouching(cluster.ok_or(ServeError::NoCluster)?, secret)),
        };
        let settings = Settings {
            collector: Collector {
                host: self.host.clone(),
                port: self.port,
                authority,
            },
            ratio: self.ratio,
        };
        Traces::start(settings, metrics).map_err(ServeError::System)
    }
}

/// The certificates of a Secret, read anew for each connection.
fn vouching(cluster: &Cluster, secret: &str) -> Authority {
    let client = cluster.client().clone();
    let (namespace, secret) = (Home::from_env().namespace, secret.to_owned());
    // The connections of the client belong to this runtime, not to the one that asks.
    let runtime = Handle::current();
    Arc::new(move || {
        let (client, namespace, secret) = (client.clone(), namespace.clone(), secret.clone());
        let read = async move { authority::certificates(client, &namespace, &secret).await };
        let read = runtime.spawn(read);
        async move { read.await.unwrap_or_else(|error| Err(error.to_string())) }.boxed()
    })
}

#[cfg(test)]
mod tests;
