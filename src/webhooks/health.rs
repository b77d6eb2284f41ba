//! The watchdog: does the API server reach the gate through a webhook?
//!
//! Comes in:  a Lease, which the replica that leads updates.
//! Goes out:  whether the update went through a gate, of late.
//! Never here: what follows from it; the answer to the review of the update (see `policies`).
//!
//! ```text
//! leader ─ update ─> API server ─ review ─> gate ─ patch: annotation = now ─> Lease ─> leader
//! ```

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use kube::Client;
use kube::api::{Api, ObjectMeta, PostParams};
use tokio::time::Instant;

/// The Lease that is updated.
pub(super) const LEASE: &str = "kyverno-health";

/// The label by which the webhook finds it.
pub(super) const LABEL: (&str, &str) = ("app.kubernetes.io/name", "kyverno");

/// Where the webhook is asked.
pub(super) const PATH: &str = "/verifymutate";

/// What the gate writes.
const ANNOTATION: &str = "kyverno.io/last-request-time";

/// How often the way is tried.
const EVERY: Duration = Duration::from_secs(10);

/// Since when it counts as broken.
const BROKEN: Duration = Duration::from_secs(100);

/// What came of a look at the way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Looked {
    /// It is open, or was lately.
    Open,
    /// It is not, or nothing is known of it: worth another look before [`Watchdog::next`].
    InDoubt,
}

/// What is known of the way.
#[derive(Debug)]
pub(super) struct Watchdog {
    reached: Option<Instant>,
    next: Instant,
}

impl Default for Watchdog {
    fn default() -> Watchdog {
        Watchdog {
            reached: None,
            next: Instant::now(),
        }
    }
}

impl Watchdog {
    /// Was a gate ever reached, and did nothing speak against it since?
    pub(super) fn was_reached(&self) -> bool {
        self.reached.is_some()
    }

    /// Was a gate reached lately?
    pub(super) fn is_reached(&self) -> bool {
        self.reached.is_some_and(|at| at.elapsed() < BROKEN)
    }

    /// When the way is to be tried again.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// Tries the way where it is time to, or not known to be open.
    pub(super) async fn look(&mut self, client: &Client, namespace: &str) -> Looked {
        if self.is_reached() && Instant::now() < self.next {
            return Looked::Open;
        }
        let tried = try_it(client, namespace).await;
        self.next = Instant::now() + EVERY;
        match tried {
            Ok(true) => {
                self.reached = Some(Instant::now());
                Looked::Open
            }
            Ok(false) => {
                let lost = self.reached.take_if(|at| at.elapsed() > BROKEN);
                if lost.is_some() {
                    tracing::error!("the API server does not reach the gate by its webhook");
                }
                Looked::InDoubt
            }
            Err(error) => {
                tracing::warn!(%error, "cannot try the way of the webhook");
                match self.is_reached() {
                    true => Looked::Open,
                    false => Looked::InDoubt,
                }
            }
        }
    }
}

/// Updates the Lease, and tells whether the update came by a gate.
///
/// # Errors
///
/// The API server's.
async fn try_it(client: &Client, namespace: &str) -> kube::Result<bool> {
    let api: Api<Lease> = Api::namespaced(client.clone(), namespace);
    let options = PostParams::default();
    let mut lease = match api.get_opt(LEASE).await? {
        Some(lease) => lease,
        None => {
            let new = Lease {
                metadata: ObjectMeta {
                    name: Some(LEASE.to_owned()),
                    labels: Some(BTreeMap::from([label(), managed()])),
                    ..ObjectMeta::default()
                },
                ..Lease::default()
            };
            api.create(&options, &new).await?
        }
    };
    let metadata = &mut lease.metadata;
    metadata.labels.get_or_insert_default().extend([label()]);
    let annotations = metadata.annotations.get_or_insert_default();
    // What the gate writes is taken off: if it is there afterwards, the gate was asked.
    annotations.remove(ANNOTATION);
    annotations.insert(
        "kyverno.io/asked-at".to_owned(),
        Timestamp::now().to_string(),
    );
    let after = api.replace(LEASE, &options, &lease).await?;
    let annotations = after.metadata.annotations;
    Ok(annotations.is_some_and(|annotations| annotations.contains_key(ANNOTATION)))
}

fn label() -> (String, String) {
    (LABEL.0.to_owned(), LABEL.1.to_owned())
}

fn managed() -> (String, String) {
    (
        "app.kubernetes.io/managed-by".to_owned(),
        "kyverno".to_owned(),
    )
}
