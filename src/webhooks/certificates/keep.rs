//! Keeps the Secrets as they should be, for as long as this replica leads.
//!
//! Comes in:  what the Secrets hold; the authorities that webhook configurations have.
//! Goes out:  new content of the Secrets.
//! Never here: what is to be done (see `plan`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::api::{Api, ObjectMeta, PostParams};
use tokio::sync::watch;
use tokio::time::sleep;

use super::CertificateOptions;
use super::held::{Content, Held, MANAGED};
use super::plan::{Plan, Step};
use crate::cluster::home::Home;
use crate::serve::tls::{Pair, Term, make_authority, renew_bundle};

/// After a failure to write.
const PAUSE: Duration = Duration::from_secs(2);

/// API servers hear of new authorities within this time of their being stored.
const SPREAD: Duration = Duration::from_secs(2);

/// Makes and renews what is ours, for as long as this replica leads. `stored`: the authorities that all
/// webhook configurations have.
pub(crate) async fn keep(
    client: &Client,
    home: &Home,
    options: &CertificateOptions,
    mut held: watch::Receiver<Held>,
    mut stored: watch::Receiver<Option<Arc<str>>>,
) {
    if !options.managed {
        return std::future::pending().await;
    }
    let plan = Plan::new(home, options);
    let api: Api<Secret> = Api::namespaced(client.clone(), &home.namespace);
    let mut complaint = String::new();
    loop {
        let now = held.borrow_and_update().clone();
        let known = stored.borrow_and_update().clone();
        let spread = match plan.next(&now, known.as_deref(), Timestamp::now()) {
            Ok(Step::Nothing) => false,
            Ok(step) => {
                // What was stored just now is not known everywhere yet.
                if step == Step::Sign && now.served().is_some() {
                    sleep(SPREAD).await;
                }
                match plan.carry_out(&api, step, &now).await {
                    Ok(()) => tracing::info!(?step, "certificates renewed"),
                    Err(error) => {
                        tracing::warn!(?step, %error, "cannot renew certificates; trying again");
                        sleep(PAUSE).await;
                    }
                }
                true
            }
            Err(error) => {
                if error != complaint {
                    tracing::error!(%error, "a certificate needs its owner");
                }
                complaint = error;
                false
            }
        };
        let due = match spread {
            // Only until the change is seen here.
            true => PAUSE,
            false => plan.due(&now, Timestamp::now()),
        };
        tokio::select! {
            changed = held.changed() => if changed.is_err() { return },
            _ = stored.changed() => {}
            () = sleep(due) => {}
        }
    }
}

impl Plan {
    async fn carry_out(&self, api: &Api<Secret>, step: Step, held: &Held) -> Result<(), String> {
        let (name, known, content) = match step {
            Step::Nothing => return Ok(()),
            Step::MakeAuthority => {
                let term = Term::lasting(self.options.authority_life);
                let made = make_authority("*.kyverno.svc", self.options.algorithm, term)
                    .map_err(|it| it.to_string())?;
                let old = match &held.authority {
                    Content::There(kept) => kept.pair.certificate.as_str(),
                    _ => "",
                };
                let content = Pair {
                    certificate: renew_bundle(&made.certificate, old, Timestamp::now()),
                    key: made.key,
                };
                (&self.authority_secret, &held.authority, content)
            }
            Step::Sign => {
                let Content::There(authority) = &held.authority else {
                    return Ok(());
                };
                let term = Term::lasting(self.options.pair_life);
                let content = authority.pair.sign(
                    &self.common_name,
                    &self.names,
                    self.options.algorithm,
                    term,
                )?;
                (&self.pair_secret, &held.pair, content)
            }
        };
        let version = match known {
            Content::There(kept) => kept.version.clone(),
            _ => None,
        };
        let text = |key: &str, value: String| (key.to_owned(), ByteString(value.into_bytes()));
        let secret = Secret {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                labels: Some(BTreeMap::from([(
                    MANAGED.0.to_owned(),
                    MANAGED.1.to_owned(),
                )])),
                resource_version: version.clone(),
                ..ObjectMeta::default()
            },
            type_: Some("kubernetes.io/tls".to_owned()),
            data: Some(BTreeMap::from([
                text("tls.crt", content.certificate),
                text("tls.key", content.key),
            ])),
            ..Secret::default()
        };
        let options = PostParams::default();
        // Somebody else who writes at the same time makes one of the two fail.
        let written = match version {
            Some(_) => api.replace(name, &options, &secret).await,
            None => api.create(&options, &secret).await,
        };
        written.map(drop).map_err(|error| error.to_string())
    }
}
