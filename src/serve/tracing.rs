//! How reviews come to be traced.
//!
//! Comes in:  flags, a cluster where the collector's authority is a Secret.
//! Goes out:  [`Traces`].
//! Never here: spans.

use std::sync::Arc;

use super::ServeError;
use crate::cluster::Cluster;
use crate::cluster::collector::Destination;
use crate::observe::traces::{Settings, TraceMetrics, Traces};

/// What is traced, and where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Tracing {
    /// Where to.
    pub(crate) to: Destination,
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
        let settings = Settings {
            collector: self.to.collector(cluster).ok_or(ServeError::NoCluster)?,
            ratio: self.ratio,
        };
        Traces::start(settings, metrics).map_err(ServeError::System)
    }
}

#[cfg(test)]
mod tests;
