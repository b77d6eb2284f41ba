//! The gate: AdmissionReviews over HTTPS, each answered in time.
//!
//! Comes in:  connections.
//! Goes out:  verdicts, and pages about the gate itself.
//! Never here: what a policy means, how one is read.
//!
//! ```text
//! accept ─> TLS, ALPN ─> hyper ─> route ┬─> admit: body, deadline ─> decide ─> reply
//!                                       ├─> policies: reviews of policies themselves
//!                                       └─> pages: livez readyz metrics status
//! ```
//!
//! Deciding runs on the thread that read the request: it takes microseconds, and handing it over
//! would cost as much. Nothing on that way takes a lock.

mod accept;
mod admin;
mod admit;
mod ahead;
mod body;
mod budget;
mod caught;
mod connection;
mod decide;
mod drain;
mod dump;
mod engine;
mod entrance;
mod error;
mod load;
mod member;
mod pages;
mod policies;
mod protect;
mod reply;
mod route;
mod run;
mod sift;
pub(crate) mod tls;
mod tracing;
mod watch;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::after::After;
use crate::facts::{Desk, RoleTable};
use crate::observe::metrics::Metrics;
use crate::observe::traces::Traces;
use crate::policies::Policies;
use crate::settings::SettingsInForce;
use crate::snapshot::InForce;

pub(crate) use error::ServeError;
use protect::Protect;
use sift::Sift;

pub(crate) use self::tracing::Tracing;
pub(crate) use dump::Dumps;
pub(crate) use run::{InCluster, Options, Started, run};

/// What every request may look at.
pub(crate) struct Gate {
    in_force: Arc<InForce>,
    metrics: Arc<Metrics>,
    decide: Box<dyn decide::Decide>,
    facts: Desk,
    after: After,
    /// In a cluster: what is never looked at, and who is bound to which roles.
    sift: Option<Sift>,
    /// Where what is ours is protected.
    protect: Option<Protect>,
    /// Which reviews are logged.
    dumps: Dumps,
    /// Where reviews are traced.
    traces: Option<Arc<Traces>>,
    policies: Arc<Policies>,
    settings: Arc<SettingsInForce>,
    limits: Limits,
    load: Arc<load::Load>,
    /// Is the certificate one that API servers trust?
    trusted: Arc<AtomicBool>,
    draining: AtomicBool,
}

/// Bounds of one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Of a body, in bytes.
    pub(crate) max_body: usize,
    /// Of the time that an answer may take, whatever the client would wait.
    pub(crate) max_latency: Duration,
    /// Of connections at once.
    pub(crate) max_connections: usize,
    /// Of all bodies together, in bytes.
    pub(crate) max_body_memory: usize,
    /// Must whoever sends reviews have shown a certificate of the client authority?
    pub(crate) needs_client_certificate: bool,
}

impl Gate {
    /// From now on, tell load balancers and clients to go elsewhere.
    fn start_draining(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// The roles of users, where somebody keeps account of them.
    fn roles(&self) -> Option<Arc<RoleTable>> {
        self.sift.as_ref()?.roles.load()
    }

    fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }
}
