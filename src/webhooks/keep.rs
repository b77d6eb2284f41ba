//! Keeps the webhook configurations as they should be, for as long as this replica leads.
//!
//! Comes in:  policies in force, kinds, the ConfigMap, authorities, the configurations themselves.
//! Goes out:  configurations that differ are written again; [`Registered`].
//! Never here: what a configuration says (see `resources`, `fixed`), and writing it (see `round`).
//!
//! Whatever changes, everything is computed anew and compared: it takes less than asking what the change
//! was. Edits by hand are undone, as they come.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, BoxStream};
use futures::{FutureExt as _, StreamExt as _};
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use k8s_openapi::api::apps::v1::Deployment;
use kube::Client;
use kube::api::Api;
use portcullis_engine::doc::PolicyId;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::certificates::Held;
use super::farewell;
use super::health::{Looked, Watchdog};
use super::linger::Linger;
use super::options::{Options, Selected};
use super::round::{Resources, Round, natives_of};
use super::spread::Spread;
use super::store::{Memory, SELECTOR};
use crate::cluster::follow::{Event, Which, follow_api};
use crate::cluster::home::Home;
use crate::cluster::kinds::Followed;
use crate::settings::config_map::ConfigInForce;
use crate::snapshot::InForce;
use crate::source::object::Objects;

/// Changes come in bursts.
const SETTLE: Duration = Duration::from_millis(20);

/// A change after this long without any does not wait for others.
const QUIET: Duration = Duration::from_millis(200);

/// After a failure to write, or to be reached.
const PAUSE: Duration = Duration::from_secs(1);

/// The same while API servers hear of the first webhook, and the gate becomes ready.
const SOON: Duration = Duration::from_millis(200);

/// How long the webhooks for resources wait for the proof that a gate is reached, where there are none yet:
/// an API server that asks nobody refuses what they are about. A proof that never comes, for whatever
/// reason, must not keep policies out of force for ever.
const UNPROVEN: Duration = Duration::from_secs(30);

/// The policies whose webhooks are stored, and reach the gate: their names, and the uids of their objects,
/// so that a policy that was deleted does not stand for another one of its name.
pub(crate) type Registered = Arc<BTreeMap<PolicyId, String>>;

/// What the configurations follow from.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) client: Client,
    pub(crate) home: Home,
    pub(crate) config: ConfigInForce,
    pub(crate) kinds: Followed,
    pub(crate) in_force: Arc<InForce>,
    /// Policies, status included.
    pub(crate) objects: Objects,
    pub(crate) options: Options,
    pub(crate) held: watch::Receiver<Held>,
}

/// Who is told what was stored.
#[derive(Clone)]
pub(crate) struct Told {
    /// Policies.
    pub(crate) registered: Arc<watch::Sender<Registered>>,
    /// Authorities that every configuration has.
    pub(crate) authorities: Arc<watch::Sender<Option<Arc<str>>>>,
}

/// What an event is about.
enum News {
    /// Is the gate wanted at all?
    Deployed(bool),
    /// One of the configurations was changed by somebody.
    Touched,
}

/// Keeps them. Never returns by itself.
pub(crate) async fn keep(site: Site, told: Told) {
    let mut news = news(&site);
    let mut kinds = site.kinds.subscribe();
    let mut policies = site.in_force.subscribe();
    let mut held = site.held.clone();
    let mut objects = site.objects.subscribe();
    let mut natives = Arc::new(natives_of(&site.objects));
    site.config.known().await;
    let mut settings = site.config.subscribe();
    let mut selected = read(&site.config, &Selected::default());
    let mut deployed = site.home.deployment.is_empty().then_some(true);
    let mut watchdog = Watchdog::default();
    let mut made_once = false;
    // Since when the webhooks for resources wait to be stored for the first time.
    let mut begun: Option<Instant> = None;
    let mut memory = Memory::default();
    let mut spread = Spread::default();
    let mut linger = Linger::default();
    let mut settled = Instant::now();
    loop {
        let mut again = None;
        let stored = match deployed {
            Some(true) => {
                let since = *begun.get_or_insert_with(Instant::now);
                let round = Round {
                    site: &site,
                    selected: &selected,
                    resources: match site.options.follow_policies || !made_once {
                        false => Resources::Leave,
                        true if made_once
                            || watchdog.was_reached()
                            || since.elapsed() > UNPROVEN =>
                        {
                            Resources::Store
                        }
                        true => Resources::StoreIfThere,
                    },
                    natives: &natives,
                };
                match round.run(&mut memory, &mut linger).await {
                    Ok(Some(done)) => {
                        made_once |= done.resources;
                        if done.wrote {
                            spread.wrote(Instant::now());
                        }
                        if done.resources {
                            spread.stored(&done.policies);
                        }
                        told.authorities.send_if_modified(|known| {
                            let changed = known.as_deref() != Some(&*done.authorities);
                            *known = Some(done.authorities.clone());
                            changed
                        });
                        Some(done.resources)
                    }
                    Ok(None) => None,
                    Err(error) => {
                        tracing::warn!(%error, "cannot store the webhooks; trying again");
                        again = Some(PAUSE);
                        // Others of them may have been.
                        spread.wrote(Instant::now());
                        None
                    }
                }
            }
            Some(false) => {
                (made_once, begun) = (false, None);
                watchdog = Watchdog::default();
                if let Err(error) = farewell::remove(&site.client, &site.home).await {
                    tracing::warn!(%error, "cannot remove the webhooks; trying again");
                    again = Some(PAUSE);
                }
                None
            }
            None => None,
        };
        if let Some(resources) = stored {
            let is_new = begun.is_some_and(|begun| begun.elapsed() < UNPROVEN);
            let looked = watchdog.look(&site.client, &site.home.namespace);
            if looked.await == Looked::InDoubt {
                again = Some(if is_new { SOON } else { PAUSE });
            }
            // A gate that is not reached takes nothing back: what was stored is still there.
            match (watchdog.is_reached(), resources) {
                (true, true) => {
                    let policies = spread.ready(Instant::now());
                    told.registered.send_if_modified(|known| {
                        let changed = *known != policies;
                        *known = policies;
                        changed
                    });
                }
                // The proof is there: now those that waited for it.
                (true, false) => again = Some(Duration::ZERO),
                (false, _) => {}
            }
        }
        let now = Instant::now();
        let wake = again.map_or(watchdog.next(), |pause| now + pause);
        let gone = linger.next().filter(|_| stored.is_some());
        let next = [spread.next(now), gone].into_iter().flatten();
        let wake = next.fold(wake, Instant::min);
        // Most changes of objects are of other statuses.
        let made_native = async {
            while objects.changed().await.is_ok() {
                let now = natives_of(&site.objects);
                if now != *natives {
                    return Arc::new(now);
                }
            }
            std::future::pending().await
        };
        tokio::select! {
            now = made_native => natives = now,
            one = news.next() => match one {
                Some(one) => take(one, &mut deployed),
                None => return,
            },
            _ = settings.changed() => selected = read(&site.config, &selected),
            _ = kinds.changed() => {}
            _ = policies.changed() => {}
            _ = held.changed() => {}
            () = sleep_until(wake) => continue,
        }
        if settled.elapsed() < QUIET {
            sleep(SETTLE).await;
        }
        settled = Instant::now();
        while let Some(Some(one)) = news.next().now_or_never() {
            take(one, &mut deployed);
        }
        held.mark_unchanged();
    }
}

fn take(news: News, deployed: &mut Option<bool>) {
    match news {
        News::Deployed(new) => *deployed = Some(new),
        News::Touched => {}
    }
}

/// What the ConfigMap says; a key that cannot be read is as in `last`.
fn read(config: &ConfigInForce, last: &Selected) -> Selected {
    let (selected, problems) = Selected::read(&config.load().data, last);
    for problem in problems {
        tracing::error!(error = problem, "a key of the ConfigMap cannot be read");
    }
    selected
}

/// Everything that is heard of by watching.
fn news(site: &Site) -> BoxStream<'static, News> {
    let Site { client, home, .. } = site;
    let ours = Which {
        labels: Some(SELECTOR),
        ..Which::default()
    };
    let validating = Api::<ValidatingWebhookConfiguration>::all(client.clone());
    let validating = follow_api(
        validating,
        "validatingwebhookconfigurations".to_owned(),
        &ours,
    );
    let mutating = Api::<MutatingWebhookConfiguration>::all(client.clone());
    let mutating = follow_api(mutating, "mutatingwebhookconfigurations".to_owned(), &ours);
    let mut all = vec![
        validating.filter_map(touched).boxed(),
        mutating.filter_map(touched).boxed(),
    ];
    if !home.deployment.is_empty() {
        all.push(deployed(client, home).boxed());
    }
    stream::select_all(all).boxed()
}

async fn touched<K>(event: Event<K>) -> Option<News> {
    match event {
        Event::Applied(_) | Event::Deleted(_) => Some(News::Touched),
        Event::Restarted | Event::Synced => None,
    }
}

fn deployed(client: &Client, home: &Home) -> impl futures::Stream<Item = News> + Send + 'static {
    let fields = format!("metadata.name={}", home.deployment);
    let named = Which {
        fields: Some(&fields),
        ..Which::default()
    };
    let api = Api::<Deployment>::namespaced(client.clone(), &home.namespace);
    let events = follow_api(api, "deployments".to_owned(), &named);
    let (mut there, mut ever) = (false, false);
    events.filter_map(move |event| {
        let news = match event {
            Event::Applied(deployment) => {
                (there, ever) = (true, true);
                Some(News::Deployed(farewell::is_wanted(&deployment)))
            }
            Event::Deleted(_) => Some(News::Deployed(false)),
            Event::Restarted => {
                there = false;
                None
            }
            // A gate that never had a Deployment runs all the same.
            Event::Synced => (!there).then_some(News::Deployed(!ever)),
        };
        std::future::ready(news)
    })
}
