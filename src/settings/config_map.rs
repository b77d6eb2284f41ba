//! The ConfigMap `kyverno`: settings of an installation, in force as soon as it changes.
//!
//! Comes in:  the ConfigMap, followed.
//! Goes out:  [`Config`], swapped by one pointer store; whoever needs to hears of each change.
//! Never here: what failure modes are (see `read`); what a setting does.
//!
//! A key that cannot be read keeps its last good value, and the log says so.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Client;
use kube::api::Api;
use portcullis_lang::scalar::quantity::Quantity;
use tokio::sync::watch;

use super::filters::{Exclusions, Names, ResourceFilters};
use crate::cluster::follow::{self, Event, Which};

/// Of `maxContextSize`, in bytes.
const MAX_CONTEXT_SIZE: u64 = 2 << 20;

/// Of `updateRequestThreshold`.
const UPDATE_REQUESTS: u64 = 1_000;

/// What the ConfigMap says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Config {
    /// `resourceFilters`
    pub(crate) filters: ResourceFilters,
    /// `excludeUsernames`, `excludeGroups`, `excludeRoles`, `excludeClusterRoles`
    pub(crate) exclusions: Exclusions,
    /// `defaultRegistry`
    pub(crate) default_registry: String,
    /// `enableDefaultRegistryMutation`
    pub(crate) default_registry_mutation: bool,
    /// `maxContextSize`, in bytes; 0 for no limit.
    pub(crate) max_context_size: u64,
    /// `updateRequestThreshold`
    pub(crate) update_request_threshold: u64,
    /// Every key as it stands there, for who reads more of them: webhooks, events.
    pub(crate) data: BTreeMap<String, String>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            filters: ResourceFilters::default(),
            exclusions: Exclusions::default(),
            default_registry: "docker.io".to_owned(),
            default_registry_mutation: true,
            max_context_size: MAX_CONTEXT_SIZE,
            update_request_threshold: UPDATE_REQUESTS,
            data: BTreeMap::new(),
        }
    }
}

impl Config {
    /// Reads the ConfigMap's `data`; `last` has the values for keys that cannot be read, which are
    /// returned with what is wrong.
    pub(crate) fn read(data: &BTreeMap<String, String>, last: &Config) -> (Config, Vec<String>) {
        let mut wrong = Vec::new();
        let text = |key: &str| data.get(key).map_or("", |text| text.trim());
        let default = Config::default();
        let mut note = |key: &str, what: &str| {
            let value = text(key);
            wrong.push(format!("`{key}`: `{value}` is {what}"));
        };
        let default_registry_mutation = match text("enableDefaultRegistryMutation") {
            "" => default.default_registry_mutation,
            value => value.parse().unwrap_or_else(|_| {
                note(
                    "enableDefaultRegistryMutation",
                    "neither `true` nor `false`",
                );
                last.default_registry_mutation
            }),
        };
        // A bad value is the default, as Kyverno has it.
        let max_context_size = match text("maxContextSize") {
            "" => default.max_context_size,
            value => bytes(value).unwrap_or_else(|| {
                note("maxContextSize", "no quantity");
                default.max_context_size
            }),
        };
        let update_request_threshold = match text("updateRequestThreshold") {
            "" => default.update_request_threshold,
            value => value.parse().unwrap_or_else(|_| {
                note("updateRequestThreshold", "no whole number");
                last.update_request_threshold
            }),
        };
        let config = Config {
            filters: ResourceFilters::read(text("resourceFilters")),
            exclusions: Exclusions {
                users: Names::read(text("excludeUsernames")),
                groups: Names::read(text("excludeGroups")),
                roles: Names::read(text("excludeRoles")),
                cluster_roles: Names::read(text("excludeClusterRoles")),
            },
            default_registry: match text("defaultRegistry") {
                "" => default.default_registry,
                registry => registry.to_owned(),
            },
            default_registry_mutation,
            max_context_size,
            update_request_threshold,
            data: data.clone(),
        };
        (config, wrong)
    }
}

/// Hands the `data` of a ConfigMap to `take`, now and at each change, for as long as the runtime lives;
/// nothing of it where there is none.
pub(crate) fn follow_data(
    client: &Client,
    namespace: &str,
    name: &str,
    mut take: impl FnMut(&BTreeMap<String, String>) + Send + 'static,
) {
    let maps = Api::<ConfigMap>::namespaced(client.clone(), namespace);
    let only = format!("metadata.name={name}");
    let which = Which {
        fields: Some(&only),
        ..Which::default()
    };
    let events = follow::follow_api(maps, "configmaps".to_owned(), &which);
    tokio::spawn(async move {
        let mut events = std::pin::pin!(events);
        let mut found = false;
        while let Some(event) = events.next().await {
            match event {
                Event::Restarted => found = false,
                Event::Applied(map) => {
                    take(&map.data.unwrap_or_default());
                    found = true;
                }
                Event::Deleted(_) => take(&BTreeMap::new()),
                Event::Synced if !found => take(&BTreeMap::new()),
                Event::Synced => {}
            }
        }
    });
}

fn bytes(text: &str) -> Option<u64> {
    let quantity = Quantity::parse(text).ok()?;
    let bytes = quantity.to_f64();
    (bytes >= 0.0).then_some(bytes as u64)
}

/// The settings in force. Cloning shares them.
#[derive(Clone, Debug)]
pub(crate) struct ConfigInForce(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: ArcSwap<Config>,
    /// 0 until the ConfigMap was looked for once.
    changes: watch::Sender<u64>,
}

impl ConfigInForce {
    /// The defaults.
    pub(crate) fn new() -> ConfigInForce {
        ConfigInForce(Arc::new(Inner {
            config: ArcSwap::from_pointee(Config::default()),
            changes: watch::Sender::new(0),
        }))
    }

    /// Follows the ConfigMap for as long as the runtime lives.
    pub(crate) fn follow(client: &Client, namespace: &str, name: &str) -> ConfigInForce {
        let config = ConfigInForce::new();
        let kept = config.clone();
        follow_data(client, namespace, name, move |data| kept.take(data));
        config
    }

    /// The settings of this instant. No lock and no shared counter: cheap enough for every request.
    pub(crate) fn load(&self) -> Guard<Arc<Config>> {
        self.0.config.load()
    }

    /// Hears of each change.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Tells `hear` of the settings, now and at each change, for as long as the runtime lives.
    pub(crate) fn tell(&self, hear: impl Fn(&Config) + Send + 'static) {
        let config = self.clone();
        tokio::spawn(async move {
            let mut changes = config.subscribe();
            loop {
                hear(&config.load());
                if changes.changed().await.is_err() {
                    return;
                }
            }
        });
    }

    /// Returns when the ConfigMap was looked for once.
    pub(crate) async fn known(&self) {
        let _ = self.subscribe().wait_for(|changes| *changes > 0).await;
    }

    fn take(&self, data: &BTreeMap<String, String>) {
        let last = self.0.config.load();
        let (config, wrong) = Config::read(data, &last);
        for wrong in wrong {
            tracing::error!(error = wrong, "a key of the ConfigMap cannot be read");
        }
        if **last != config {
            tracing::info!(
                keys = config.data.len(),
                "settings of the ConfigMap in force"
            );
            self.0.config.store(Arc::new(config));
        }
        self.0.changes.send_modify(|changes| *changes += 1);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Config;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn keys_and_what_is_wrong_with_them() {
        check("maxContextSize",         "3Mi",   |it| it.max_context_size == 3 << 20, None);
        check("maxContextSize",         "0",     |it| it.max_context_size == 0, None);
        check("maxContextSize",         "much",  |it| it.max_context_size == 2 << 20, Some("`maxContextSize`: `much` is no quantity"));
        check("updateRequestThreshold", "7",     |it| it.update_request_threshold == 7, None);
        check("updateRequestThreshold", "-1",    |it| it.update_request_threshold == 55, Some("`updateRequestThreshold`: `-1` is no whole number"));
        check("defaultRegistry",        "r.io",  |it| it.default_registry == "r.io", None);
        check("enableDefaultRegistryMutation", "false", |it| !it.default_registry_mutation, None);
        check("enableDefaultRegistryMutation", "no", |it| it.default_registry_mutation, Some("`enableDefaultRegistryMutation`: `no` is neither `true` nor `false`"));
        check("excludeGroups",          "a",     |it| !it.exclusions.is_empty(), None);
        check("resourceFilters",        "[Pod]", |it| !it.filters.is_empty(), None);
        check("webhooks",               "x",     |it| it.data.len() == 1, None);
    }

    #[track_caller]
    fn check(key: &str, value: &str, is: fn(&Config) -> bool, expect: Option<&str>) {
        let data = BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let last = Config {
            update_request_threshold: 55,
            ..Config::default()
        };
        let (config, wrong) = Config::read(&data, &last);
        assert!(is(&config), "{config:?}");
        assert_eq!(wrong.first().map(String::as_str), expect);
    }
}
