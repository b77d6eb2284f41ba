//! Which of several replicas does what must happen once: a Lease, as Kubernetes' own controllers
//! hold theirs.
//!
//! Comes in:  a Lease's name and this replica's.
//! Goes out:  [`Leads`]: whether this replica leads, at every moment.
//! Never here: what a leader does.
//!
//! A replica that cannot renew its Lease for [`RENEW`] stops leading, which is before anybody else
//! begins to: that takes [`HOLD`] from the last renewal that the others saw. Clocks are compared with
//! themselves only: a Lease counts as abandoned when it has not changed for [`HOLD`] of one's own time.

use std::time::{Duration, Instant};

use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::Client;
use kube::api::{Api, ObjectMeta, PostParams};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::legacy::Legacy;

/// How long a Lease stays taken without a renewal.
const HOLD: Duration = Duration::from_secs(12);

/// How long a leader goes on without having renewed.
const RENEW: Duration = Duration::from_secs(10);

/// How often a leader renews, and the others look.
const RETRY: Duration = Duration::from_secs(2);

/// Whether this replica leads. Dropping it gives the Lease up to whoever asks next.
pub(crate) struct Leads {
    leads: watch::Receiver<bool>,
    legacy: Legacy,
    stop: Option<watch::Sender<bool>>,
    task: Option<JoinHandle<()>>,
}

impl Leads {
    /// Tries to hold the Lease `name` as `identity`, for as long as the answer is kept.
    pub(crate) fn keep(client: &Client, namespace: &str, name: &str, identity: &str) -> Leads {
        let (sender, leads) = watch::channel(false);
        let (stop, stopped) = watch::channel(false);
        let legacy = Legacy::default();
        let elector = Elector {
            legacy: legacy.clone(),
            api: Api::namespaced(client.clone(), namespace),
            name: name.to_owned(),
            identity: identity.to_owned(),
            leads: sender,
            seen: None,
        };
        Leads {
            leads,
            legacy,
            stop: Some(stop),
            task: Some(tokio::spawn(elector.run(stopped))),
        }
    }

    /// What the last leader left, from the moment on at which this replica leads; what this one leaves to
    /// the next.
    pub(crate) fn legacy(&self) -> Legacy {
        self.legacy.clone()
    }

    /// A receiver that hears of each change.
    pub(crate) fn subscribe(&self) -> watch::Receiver<bool> {
        self.leads.clone()
    }

    /// Runs `body` whenever this replica leads, and ends it where it stops leading. Returns when the
    /// election ends.
    pub(crate) async fn while_leading<F: Future<Output = ()>>(
        mut leads: watch::Receiver<bool>,
        mut body: impl FnMut() -> F,
    ) {
        while leads.wait_for(|leads| *leads).await.is_ok() {
            let mut lost = leads.clone();
            tokio::select! {
                () = body() => {}
                _ = lost.wait_for(|leads| !*leads) => {}
            }
            if leads.wait_for(|leads| !*leads).await.is_err() {
                return;
            }
        }
    }

    /// Stops leading and gives the Lease back, so that another replica takes over at once.
    pub(crate) async fn release(mut self) {
        self.stop.take();
        if let Some(task) = self.task.take() {
            let _ = timeout(RETRY, task).await;
        }
    }
}

struct Elector {
    api: Api<Lease>,
    name: String,
    identity: String,
    leads: watch::Sender<bool>,
    legacy: Legacy,
    /// The Lease as it was last seen to change, and when that was.
    seen: Option<(Option<String>, Instant)>,
}

impl Elector {
    async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut renewed = Instant::now();
        loop {
            let left = RENEW.saturating_sub(renewed.elapsed());
            let patience = if *self.leads.borrow() { left } else { RENEW };
            match timeout(patience, self.attempt()).await {
                Ok(Ok(true)) => {
                    renewed = Instant::now();
                    self.say(true);
                }
                Ok(Ok(false)) => self.say(false),
                Ok(Err(error)) => {
                    tracing::debug!(lease = self.name, %error, "cannot ask for the lease");
                }
                Err(_) => tracing::debug!(lease = self.name, "asking for the lease takes too long"),
            }
            if renewed.elapsed() >= RENEW {
                self.say(false);
            }
            let pause = match RENEW.saturating_sub(renewed.elapsed()) {
                Duration::ZERO => RETRY,
                left => left.min(RETRY),
            };
            // The sender is gone when nobody wants to lead any more.
            tokio::select! {
                () = sleep(pause) => {}
                _ = stopped.changed() => break,
            }
        }
        if *self.leads.borrow() {
            self.say(false);
            let _ = timeout(RETRY, self.give_up()).await;
        }
    }

    fn say(&self, leads: bool) {
        let changed = self.leads.send_if_modified(|before| {
            let changed = *before != leads;
            *before = leads;
            changed
        });
        if changed {
            tracing::info!(lease = self.name, leads, "leadership");
        }
    }

    /// Takes or renews the Lease where that is this replica's right. Says whether it leads.
    async fn attempt(&mut self) -> kube::Result<bool> {
        let Some(lease) = self.api.get_opt(&self.name).await? else {
            let lease = Lease {
                metadata: ObjectMeta {
                    name: Some(self.name.clone()),
                    ..ObjectMeta::default()
                },
                spec: Some(self.spec(None)),
            };
            let created = self.api.create(&PostParams::default(), &lease).await;
            return held(created);
        };
        let holder = lease
            .spec
            .as_ref()
            .and_then(|spec| spec.holder_identity.as_deref());
        let free = holder.is_none_or(str::is_empty);
        let mine = holder == Some(&self.identity);
        if !free && !mine && !self.abandoned(&lease) {
            return Ok(false);
        }
        let mut taken = Lease {
            spec: Some(self.spec(lease.spec.as_ref())),
            ..lease
        };
        let annotations = &mut taken.metadata.annotations;
        if *self.leads.borrow() {
            self.legacy.write(annotations);
        } else {
            self.legacy.take_over(annotations.as_ref());
        }
        // The version in its metadata makes this fail where somebody else was first.
        held(
            self.api
                .replace(&self.name, &PostParams::default(), &taken)
                .await,
        )
    }

    fn abandoned(&mut self, lease: &Lease) -> bool {
        let version = lease.metadata.resource_version.clone();
        match &self.seen {
            Some((seen, since)) if *seen == version => since.elapsed() >= HOLD,
            _ => {
                self.seen = Some((version, Instant::now()));
                false
            }
        }
    }

    fn spec(&self, before: Option<&LeaseSpec>) -> LeaseSpec {
        let now = MicroTime(Timestamp::now());
        let mine = before.filter(|spec| spec.holder_identity.as_deref() == Some(&self.identity));
        let transitions = before.and_then(|spec| spec.lease_transitions).unwrap_or(0);
        LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: Some(HOLD.as_secs() as i32),
            acquire_time: mine
                .and_then(|spec| spec.acquire_time.clone())
                .or_else(|| Some(now.clone())),
            renew_time: Some(now),
            lease_transitions: Some(transitions + i32::from(mine.is_none() && before.is_some())),
            ..LeaseSpec::default()
        }
    }

    async fn give_up(&self) -> kube::Result<()> {
        let Some(mut lease) = self.api.get_opt(&self.name).await? else {
            return Ok(());
        };
        let spec = lease.spec.get_or_insert_default();
        if spec.holder_identity.as_deref() != Some(&self.identity) {
            return Ok(());
        }
        spec.holder_identity = Some(String::new());
        spec.lease_duration_seconds = Some(1);
        let given = self
            .api
            .replace(&self.name, &PostParams::default(), &lease)
            .await;
        given.map(drop)
    }
}

/// A conflict means that another replica was first, which is an answer.
fn held(answer: kube::Result<Lease>) -> kube::Result<bool> {
    match answer {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(false),
        Err(error) => Err(error),
    }
}
