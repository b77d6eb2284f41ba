//! What every room of the controllers works with.

use std::sync::Arc;

use kube::Client;

use crate::cluster::home::Home;
use crate::cluster::kinds;
use crate::events::Recorder;
use crate::facts::Desk;
use crate::observe::metrics::Metrics;
use crate::reports::Queue;
use crate::settings::config_map::ConfigInForce;
use crate::snapshot::InForce;

/// A cluster, and what is known of it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Site {
    /// The connection.
    pub(crate) client: Client,
    /// The names that this process goes by.
    pub(crate) home: Home,
    /// What the API server serves.
    pub(crate) kinds: kinds::Followed,
    /// The policies and exceptions in force.
    pub(crate) policies: Arc<InForce>,
    /// Who tells of what was done.
    pub(crate) events: Recorder,
    /// Where facts come from.
    pub(crate) facts: Desk,
    /// Where results for reports go.
    pub(crate) reports: Queue,
    /// What the ConfigMap says.
    pub(crate) config: ConfigInForce,
    /// Every counter of the process.
    pub(crate) metrics: Arc<Metrics>,
}
