//! Follows both Secrets, and hands out what is to be served.
//!
//! Comes in:  events about the Secrets.
//! Goes out:  [`Held`], whenever it changes; certificates to serve with.
//! Never here: changing a Secret.

use futures::{StreamExt as _, stream};
use k8s_openapi::api::core::v1::Secret;
use kube::Client;
use kube::api::Api;
use rustls::sign::CertifiedKey;
use tokio::sync::watch;

use super::CertificateOptions;
use super::held::{Content, Held, Kept};
use super::plan::Plan;
use crate::cluster::follow::{Event, Which, follow_api};
use crate::cluster::home::Home;
use crate::observe::metrics::Metrics;

/// Follows both Secrets for as long as anybody listens.
pub(crate) fn follow(
    client: &Client,
    home: &Home,
    options: &CertificateOptions,
) -> watch::Receiver<Held> {
    let (sender, held) = watch::channel(Held::default());
    let plan = Plan::new(home, options);
    let api: Api<Secret> = Api::namespaced(client.clone(), &home.namespace);
    let events = |name: &str| {
        let fields = format!("metadata.name={name}");
        let which = Which {
            fields: Some(&fields),
            ..Which::default()
        };
        follow_api(api.clone(), "secrets".to_owned(), &which)
    };
    let authorities = events(&plan.authority_secret).map(|event| (true, event));
    let pairs = events(&plan.pair_secret).map(|event| (false, event));
    let mut events = Box::pin(stream::select(authorities, pairs));
    tokio::spawn(async move {
        // Since the last list began.
        let mut seen = [false, false];
        while let Some((of_authority, event)) = events.next().await {
            let seen = match of_authority {
                true => &mut seen[0],
                false => &mut seen[1],
            };
            let content = match event {
                Event::Restarted => {
                    *seen = false;
                    continue;
                }
                Event::Applied(secret) => {
                    *seen = true;
                    Content::There(Box::new(Kept::read(&secret)))
                }
                Event::Synced if *seen => continue,
                Event::Synced | Event::Deleted(_) => Content::Absent,
            };
            sender.send_if_modified(|held| {
                let place = match of_authority {
                    true => &mut held.authority,
                    false => &mut held.pair,
                };
                let changed = *place != content;
                *place = content;
                changed
            });
            if sender.is_closed() {
                return;
            }
        }
    });
    held
}

/// Hands each certificate to serve with to `each`, from the first one on. Returns when nobody follows
/// the Secrets any more.
pub(crate) async fn serve(
    mut held: watch::Receiver<Held>,
    metrics: &Metrics,
    each: impl Fn(CertifiedKey),
) {
    let mut last = Content::Unknown;
    loop {
        let now = held.borrow_and_update().clone();
        if now.pair != last {
            match now.served() {
                Some(Ok(certified)) => each(certified),
                Some(Err(error)) => {
                    metrics.certificate_errors.inc();
                    tracing::error!(%error, "no new serving certificate; the last one stays");
                }
                None => {}
            }
            last = now.pair;
        }
        if held.changed().await.is_err() {
            return;
        }
    }
}
