//! Objects of one resource and all their changes, for as long as somebody wants to know.
//!
//! Comes in:  a resource, and which of its objects.
//! Goes out:  [`Event`]s. Lists are read in pages; a broken watch is taken up where it broke, or
//!            begun anew, with growing pauses. It never ends by itself.
//! Never here: a store; who follows keeps what it needs.

use std::time::Duration;

use futures::{Stream, StreamExt as _};
use kube::api::{Api, ApiResource, DynamicObject};
use kube::core::metadata::PartialObjectMeta;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::utils::Backoff;
use kube::runtime::watcher::{self, Config};
use kube::{Client, Resource};
use serde::de::DeserializeOwned;

/// Objects that a list brings at once.
const PAGE: u32 = 500;

/// The pause after the first failure; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// An API server that came back is found again within this time.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What happened to the objects.
#[derive(Clone, Debug)]
pub(crate) enum Event<K> {
    /// A list begins: at the start, and wherever changes were lost. Each object that exists follows as
    /// [`Event::Applied`]; what was known and does not come until [`Event::Synced`] is gone.
    Restarted,
    /// It exists, and this is how it is now.
    Applied(K),
    /// It is gone; this is how it was.
    Deleted(K),
    /// The list is complete. Single changes follow.
    Synced,
}

/// Which objects of a resource.
#[derive(Clone, Debug, Default)]
pub(crate) struct Which<'a> {
    /// Of this namespace only.
    pub(crate) namespace: Option<&'a str>,
    /// With these labels, as `kubectl --selector` writes them.
    pub(crate) labels: Option<&'a str>,
    /// With these fields, as `kubectl --field-selector` writes them.
    pub(crate) fields: Option<&'a str>,
}

/// Follows whole objects of a resource that is known at run time only.
pub(crate) fn follow(
    client: &Client,
    resource: &ApiResource,
    which: &Which<'_>,
) -> impl Stream<Item = Event<DynamicObject>> + Send + use<> {
    let api = match which.namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, resource),
        None => Api::all_with(client.clone(), resource),
    };
    follow_api(api, resource.plural.clone(), which)
}

/// Follows metadata only, which costs the API server and this process much less.
pub(crate) fn follow_metadata(
    client: &Client,
    resource: &ApiResource,
    which: &Which<'_>,
) -> impl Stream<Item = Event<PartialObjectMeta<DynamicObject>>> + Send + use<> {
    let api = match which.namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, resource),
        None => Api::all_with(client.clone(), resource),
    };
    follow_api(api, resource.plural.clone(), which)
}

/// Follows whole objects of a type. `name` is for the log.
pub(crate) fn follow_api<K>(
    api: Api<K>,
    name: String,
    which: &Which<'_>,
) -> impl Stream<Item = Event<K>> + Send + use<K>
where
    K: Resource + Clone + DeserializeOwned + std::fmt::Debug + Send + 'static,
{
    translate(watcher::watcher(api, config(which)), name)
}

fn config(which: &Which<'_>) -> Config {
    let mut config = Config::default().page_size(PAGE);
    if let Some(labels) = which.labels {
        config = config.labels(labels);
    }
    if let Some(fields) = which.fields {
        config = config.fields(fields);
    }
    config
}

fn translate<K: Send + 'static>(
    events: impl Stream<Item = watcher::Result<watcher::Event<K>>> + Send,
    name: String,
) -> impl Stream<Item = Event<K>> + Send {
    let mut failing = false;
    events.backoff(Pauses::default()).filter_map(move |event| {
        let event = match event {
            Ok(event) => {
                failing = false;
                Some(match event {
                    watcher::Event::Init => Event::Restarted,
                    watcher::Event::InitApply(object) | watcher::Event::Apply(object) => {
                        Event::Applied(object)
                    }
                    watcher::Event::Delete(object) => Event::Deleted(object),
                    watcher::Event::InitDone => Event::Synced,
                })
            }
            Err(error) => {
                // Once for each time that it breaks.
                if !failing {
                    tracing::warn!(resource = name, %error, "cannot follow; trying again");
                }
                failing = true;
                None
            }
        };
        std::future::ready(event)
    })
}

/// Doubling pauses with an end.
#[derive(Debug, Default)]
pub(super) struct Pauses(Option<Duration>);

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let pause = match self.0 {
            Some(last) => (last * 2).min(LONGEST_PAUSE),
            None => FIRST_PAUSE,
        };
        self.0 = Some(pause);
        self.0
    }
}

impl Backoff for Pauses {
    fn reset(&mut self) {
        self.0 = None;
    }
}
