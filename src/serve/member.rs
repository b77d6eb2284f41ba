//! What a gate has of the cluster that it is the admission controller of.
//!
//! Comes in:  a connection, flags, the environment.
//! Goes out:  [`Member`]: its names, what is served, the objects that policies come from.
//! Never here: requests.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use kube::Client;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::run::InCluster;
use super::{Protect, ServeError, Sift};
use crate::after::Sink;
use crate::cluster::Cluster;
use crate::cluster::home::Home;
use crate::cluster::kinds::Followed;
use crate::cluster::lease::Leads;
use crate::events::{AdmissionEvents, Recorder};
use crate::facts::Roles;
use crate::generate::{self, Threshold, Triggers};
use crate::native::Natives;
use crate::observe::metrics::Metrics;
use crate::policies::{self, Policies};
use crate::reports::{AdmissionReports, Queue, Writer};
use crate::settings::config_map::ConfigInForce;
use crate::snapshot::{self, InForce, Item};
use crate::source::cluster::Kinds;
use crate::source::object::Objects;
use crate::source::wanted::{self, Wanted};
use crate::status::Statuses;
use crate::webhooks::{Around, Registrar};

/// The Lease of admission controllers, Kyverno's included, so that never two of them lead.
const LEASE: &str = "kyverno";

/// How long policies wait for the settings.
const PATIENCE: Duration = Duration::from_secs(5);

/// The ServiceAccount of the reports controller.
const REPORTS: &str = "kyverno-reports-controller";

/// A gate's part of its cluster.
pub(super) struct Member {
    pub(super) client: Client,
    pub(super) home: Home,
    /// What the API server serves, as soon as it answers.
    pub(super) kinds: Kinds,
    wanted: Vec<Wanted>,
    /// Policies and exceptions, status included.
    pub(super) objects: Objects,
    /// What the ConfigMap says.
    pub(super) config: ConfigInForce,
    /// Where events are told.
    pub(super) recorder: Recorder,
    options: InCluster,
}

impl Member {
    /// Asks for nothing yet but what the API server serves.
    ///
    /// # Errors
    ///
    /// Where there is no cluster.
    pub(super) fn new(
        options: &InCluster,
        cluster: Option<&Cluster>,
        metrics: &Metrics,
    ) -> Result<Member, ServeError> {
        let client = cluster.ok_or(ServeError::NoCluster)?.client().clone();
        let home = Home::from_env();
        let config = ConfigInForce::follow(&client, &home.namespace, &home.config);
        let (known, asked) = (config.clone(), client.clone());
        let kinds = async move {
            // Policies come after the settings, so that nothing is denied that is filtered out.
            let _ = timeout(PATIENCE, known.known()).await;
            Followed::eventually(asked).await
        };
        let kinds = kinds.boxed().shared();
        let told = metrics.events.clone();
        let recorder = Recorder::start(client.clone(), &options.events, &home.pod, told);
        recorder.heed(&config);
        Ok(Member {
            recorder,
            options: options.clone(),
            home,
            config,
            kinds,
            wanted: wanted::wanted(&options.exceptions),
            objects: Objects::new(),
            client,
        })
    }

    /// What tells of the verdicts of the gate, where anybody hears of it.
    pub(super) fn events(&self) -> Option<Arc<dyn Sink>> {
        let recorder = self.recorder.clone();
        recorder
            .is_open()
            .then(|| Arc::new(AdmissionEvents(recorder)) as _)
    }

    /// What leaves behind what requests set off.
    pub(super) fn triggers(&self, in_force: &Arc<InForce>, metrics: &Metrics) -> Arc<dyn Sink> {
        let namespace = self.home.namespace.clone();
        let setting = generate::Setting {
            controller: match self.options.background_account.as_str() {
                "" => format!("system:serviceaccount:{namespace}:kyverno-background-controller"),
                stated => stated.to_owned(),
            },
            namespace,
            threshold: self.threshold(),
            metrics: metrics.generate.clone(),
        };
        Arc::new(Triggers::start(&self.client, in_force.clone(), setting))
    }

    /// How many update requests are enough, as the ConfigMap says.
    fn threshold(&self) -> Threshold {
        let threshold = Threshold::default();
        let set = threshold.clone();
        self.config.tell(move |config| {
            let most = usize::try_from(config.update_request_threshold);
            set.set(most.unwrap_or(usize::MAX));
        });
        threshold
    }

    /// What requests are left out, and which roles users have.
    pub(super) fn sift(&self, in_force: &Arc<InForce>) -> Sift {
        let needed = speak_of_roles(in_force.clone(), self.config.clone());
        Sift {
            config: self.config.clone(),
            roles: Roles::follow(&self.client, needed),
            kinds: self.kinds.clone(),
        }
    }

    /// Who keeps what is ours from being changed, where that is wanted.
    pub(super) fn protect(&self) -> Option<Protect> {
        let wanted = self.options.protects;
        wanted.then(|| Protect::new(&self.home.namespace))
    }

    /// Who judges policies.
    pub(super) fn policies(&self) -> Policies {
        let options = policies::Options {
            exceptions_enabled: self.options.exceptions.enabled,
            tickets_required: self.options.tickets_required,
            exception_namespace: self.options.exceptions.namespace.clone(),
            http_in_namespaces: self.options.http_in_namespaces,
            background_account: self.options.background_account.clone(),
            reports_account: self.options.reports_account.clone(),
        };
        Policies::new(options, self.client.clone(), &self.home, self.kinds.clone())
    }

    /// Takes up what one replica does for all, whenever this one leads; and what each does to be asked.
    pub(super) fn lead(&self, in_force: &Arc<InForce>) -> (Leads, Option<Registrar>) {
        let Home { namespace, pod, .. } = &self.home;
        let leads = Leads::keep(&self.client, namespace, LEASE, pod);
        let registrar = self.options.webhooks.as_ref().map(|flags| {
            let around = Around {
                client: self.client.clone(),
                home: self.home.clone(),
                config: self.config.clone(),
                kinds: self.kinds.clone(),
                in_force: in_force.clone(),
                objects: self.objects.clone(),
            };
            Registrar::start(around, leads.subscribe(), flags)
        });
        let statuses = Statuses {
            client: self.client.clone(),
            objects: self.objects.clone(),
            in_force: in_force.clone(),
            registered: registrar.as_ref().map(Registrar::registered),
            reports_account: match self.options.reports_account.as_str() {
                "" => format!("system:serviceaccount:{namespace}:{REPORTS}"),
                stated => stated.to_owned(),
            },
        };
        let keep = move || statuses.clone().keep();
        tokio::spawn(Leads::while_leading(leads.subscribe(), keep));
        let (validating, mutating) = self.options.native;
        let (client, kinds, in_force) = (self.client.clone(), self.kinds.clone(), in_force.clone());
        let keep = move || {
            let (client, kinds, in_force) = (client.clone(), kinds.clone(), in_force.clone());
            async move {
                let natives = Natives {
                    client,
                    kinds: kinds.await,
                    in_force,
                    validating,
                    mutating,
                };
                natives.keep().await;
            }
        };
        tokio::spawn(Leads::while_leading(leads.subscribe(), keep));
        (leads, registrar)
    }

    /// Its policies, as a source.
    pub(super) fn source(&self, state_dir: &Path) -> snapshot::InCluster {
        snapshot::InCluster {
            client: self.client.clone(),
            kinds: self.kinds.clone(),
            wanted: self.wanted.clone(),
            objects: self.objects.clone(),
            state_dir: Some(state_dir.to_path_buf()),
        }
    }

    /// Who keeps what policies said of requests, if anybody does.
    pub(super) fn reports(&self, options: &InCluster, metrics: &Metrics) -> Option<Arc<dyn Sink>> {
        let options = options.reports.clone()?;
        let writer = Writer::new(self.client.clone(), options, metrics.reports.clone());
        let sink = AdmissionReports::new(Queue::start(writer), &Handle::current());
        Some(Arc::new(sink))
    }
}

/// Returns when a policy or the settings speak of roles.
async fn speak_of_roles(in_force: Arc<InForce>, config: ConfigInForce) {
    let (mut programs, mut settings) = (in_force.subscribe(), config.subscribe());
    loop {
        let snapshot = in_force.load().clone();
        let mut items = snapshot.iter().flat_map(|snapshot| snapshot.items.iter());
        if config.load().exclusions.ask_roles() || items.any(Item::speaks_of_roles) {
            return;
        }
        let heard = tokio::select! {
            heard = programs.changed() => heard,
            heard = settings.changed() => heard,
        };
        if heard.is_err() {
            return std::future::pending().await;
        }
    }
}
