//! A replica's part in being asked: it serves with the certificate of the Secret, and while it leads, it
//! keeps the Secrets and the webhook configurations.
//!
//! Comes in:  a connection, options, whether this replica leads.
//! Goes out:  [`Registrar`].
//! Never here: how either is kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kube::Client;
use rustls::sign::CertifiedKey;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::certificates::{self, CertificateOptions, Held};
use super::farewell;
use super::keep::{self, Registered, Site, Told};
use super::options::Options;
use crate::cluster::home::Home;
use crate::cluster::lease::Leads;
use crate::observe::metrics::Metrics;
use crate::serve::tls::Certificates;
use crate::settings::config_map::ConfigInForce;
use crate::snapshot::InForce;
use crate::source::cluster::Kinds;
use crate::source::object::Objects;

/// Flags about webhooks and certificates.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    /// About webhooks.
    pub(crate) webhooks: Options,
    /// About certificates.
    pub(crate) certificates: CertificateOptions,
}

/// What the webhooks follow from, kinds being discovered still.
#[derive(Clone)]
pub(crate) struct Around {
    pub(crate) client: Client,
    pub(crate) home: Home,
    pub(crate) config: ConfigInForce,
    pub(crate) kinds: Kinds,
    pub(crate) in_force: Arc<InForce>,
    /// Policies, status included.
    pub(crate) objects: Objects,
}

/// What a replica does to be asked.
pub(crate) struct Registrar {
    client: Client,
    home: Home,
    held: watch::Receiver<Held>,
    told: Told,
    leader: JoinHandle<()>,
}

impl Registrar {
    /// Starts to follow the Secrets, and to keep everything whenever this replica leads.
    pub(crate) fn start(around: Around, leads: watch::Receiver<bool>, flags: &Flags) -> Registrar {
        let Around { client, home, .. } = around.clone();
        let held = certificates::follow(&client, &home, &flags.certificates);
        let told = Told {
            registered: Arc::default(),
            authorities: Arc::default(),
        };
        let body = {
            let (held, told, flags) = (held.clone(), told.clone(), flags.clone());
            move || lead(around.clone(), held.clone(), told.clone(), flags.clone())
        };
        Registrar {
            client,
            home,
            held,
            told,
            leader: tokio::spawn(Leads::while_leading(leads, body)),
        }
    }

    /// Which policies are registered; of a replica that does not lead: none.
    pub(crate) fn registered(&self) -> watch::Receiver<Registered> {
        self.told.registered.subscribe()
    }

    /// The certificates to serve with, and whether they are those that API servers trust. Until the
    /// Secret is there it is `stopgap`, which is good enough for probes.
    pub(crate) fn certificates(
        &self,
        stopgap: CertifiedKey,
        metrics: &Arc<Metrics>,
    ) -> (Arc<Certificates>, Arc<AtomicBool>) {
        let certificates = Certificates::holding(stopgap);
        let trusted = Arc::new(AtomicBool::new(false));
        let (kept, said) = (certificates.clone(), trusted.clone());
        let (held, metrics) = (self.held.clone(), metrics.clone());
        tokio::spawn(async move {
            let each = |certified| {
                kept.replace(certified);
                if !said.swap(true, Ordering::AcqRel) {
                    tracing::info!("serving with the certificate of the Secret");
                } else {
                    tracing::info!("new serving certificate in use");
                }
            };
            certificates::serve(held, &metrics, each).await;
        });
        (certificates, trusted)
    }

    /// Stops keeping; where no replica stays, nobody is to be asked any more.
    pub(crate) async fn end(self) {
        self.leader.abort();
        let _ = self.leader.await;
        if let Err(error) = farewell::end(&self.client, &self.home).await {
            tracing::warn!(%error, "cannot tell whether the webhooks are to be removed");
        }
    }
}

/// Keeps Secrets and webhooks.
async fn lead(around: Around, held: watch::Receiver<Held>, told: Told, flags: Flags) {
    let Around { client, home, .. } = around.clone();
    let stored = told.authorities.subscribe();
    let secrets = certificates::keep(&client, &home, &flags.certificates, held.clone(), stored);
    let webhooks = async {
        let site = Site {
            client: around.client,
            home: around.home,
            config: around.config,
            kinds: around.kinds.await,
            in_force: around.in_force,
            objects: around.objects,
            options: flags.webhooks,
            held: held.clone(),
        };
        keep::keep(site, told).await;
    };
    tokio::join!(secrets, webhooks);
}
