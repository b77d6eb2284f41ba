//! The ConfigMap `kyverno-metrics`, in force as soon as it changes.

use std::sync::Arc;

use kube::Client;

use super::config_map::follow_data;
use crate::cluster::home::Home;
use crate::observe::exposure::Exposure;
use crate::observe::metrics::Metrics;

/// Keeps and shows metrics as their ConfigMap says, for as long as the runtime lives. A key that cannot
/// be read keeps its last good value, and the log says so.
pub(crate) fn heed(client: &Client, home: &Home, metrics: &Arc<Metrics>) {
    let metrics = metrics.clone();
    let mut last = Exposure::default();
    follow_data(client, &home.namespace, &home.metrics, move |data| {
        let (exposure, wrong) = Exposure::read(data, &last);
        for wrong in wrong {
            tracing::error!(
                error = wrong,
                "a key of the metrics' ConfigMap cannot be read"
            );
        }
        last.clone_from(&exposure);
        metrics.kyverno.expose(exposure);
    });
}
