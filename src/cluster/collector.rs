//! Where telemetry goes: a collector, and what vouches for it in this cluster.
//!
//! Comes in:  flags, a cluster where the collector's authority is a Secret.
//! Goes out:  [`Collector`], for whoever sends; metrics that are pushed.
//! Never here: what is sent (see `observe`).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::runtime::Handle;

use super::home::Home;
use super::{Cluster, authority};
use crate::observe::metrics::Metrics;
use crate::observe::otlp::{Authority, Collector};
use crate::observe::pushed::{Pushed, Settings};

/// Where a collector listens for OTLP over gRPC, as flags say it.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    /// A name or an address.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
    /// The Secret with who vouches for it; empty where it has no TLS.
    pub(crate) secret: String,
}

impl Destination {
    /// The collector. `None` where the Secret is wanted of no cluster.
    pub(crate) fn collector(&self, cluster: Option<&Cluster>) -> Option<Collector> {
        let authority = match self.secret.as_str() {
            "" => None,
            secret => Some(vouching(cluster?, secret)),
        };
        Some(Collector {
            host: self.host.clone(),
            port: self.port,
            authority,
        })
    }
}

/// Where metrics are pushed.
#[derive(Clone, Debug)]
pub(crate) struct Pushing {
    /// Where to.
    pub(crate) to: Destination,
    /// How often.
    pub(crate) every: Duration,
}

impl Pushing {
    /// Starts it, for a process that is this service.
    ///
    /// # Errors
    ///
    /// Where the system refuses threads, or a Secret is wanted of no cluster.
    pub(crate) fn start(
        &self,
        cluster: Option<&Cluster>,
        service: &'static str,
        metrics: &Arc<Metrics>,
    ) -> io::Result<Pushed> {
        let collector = self.to.collector(cluster);
        let settings = Settings {
            collector: collector.ok_or_else(|| io::Error::other("no cluster has the Secret"))?,
            every: self.every,
            service,
        };
        Pushed::start(settings, metrics.clone())
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
