//! What the API server serves: kinds, their resources and subresources.
//!
//! Comes in:  the API server's discovery documents.
//! Goes out:  [`Kinds`], a table to look kinds and resources up in; [`Followed`], the same kept fresh.
//! Never here: objects.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures::StreamExt as _;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Client;
use kube::api::ApiResource;
use kube::discovery::{Discovery, Scope};
use portcullis_engine::doc::{KindSelector, ResourceRule};
use portcullis_lang::scalar::wildcard;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::follow::{self, Event, Which};

/// Changes of definitions come in bursts, and the API server takes a moment to serve what they say.
const SETTLE: Duration = Duration::from_millis(200);

/// Aggregated API servers come and go without a definition.
const RENEW: Duration = Duration::from_secs(120);

/// One resource or subresource, of one version.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Served {
    /// Group of the resource, empty for the core one. A subresource's kind may be of another
    /// group: see `kind_group`.
    pub(crate) group: String,
    /// Version of the resource.
    pub(crate) version: String,
    /// Plural of the resource, without subresource: `pods`.
    pub(crate) plural: String,
    /// After the slash: `eviction`.
    pub(crate) subresource: Option<String>,
    /// The kind of what is sent: `Pod`, or `Eviction` for `pods/eviction`.
    pub(crate) kind: String,
    /// The kind of the resource that a subresource belongs to; otherwise `kind`.
    pub(crate) parent_kind: String,
    /// Group of `kind`: `policy` for `pods/eviction`.
    pub(crate) kind_group: String,
    /// Version of `kind`.
    pub(crate) kind_version: String,
    /// Does it live in namespaces?
    pub(crate) namespaced: bool,
    /// Is this the version that the API server prefers?
    pub(crate) preferred: bool,
    /// `get`, `list`, `watch`, `create` ...
    pub(crate) verbs: Vec<String>,
}

impl Served {
    /// For `kube::Api`. Of a subresource: its resource.
    pub(crate) fn resource(&self) -> ApiResource {
        let api_version = match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        };
        ApiResource {
            group: self.group.clone(),
            version: self.version.clone(),
            api_version,
            kind: self.parent_kind.clone(),
            plural: self.plural.clone(),
        }
    }

    /// Does a policy's rule name it?
    pub(crate) fn is_named_by(&self, rule: &ResourceRule) -> bool {
        let part = self.subresource.as_deref().unwrap_or_default();
        rule.is_about(&self.group, &self.version, &self.plural, part)
    }

    /// Is it a subresource that is kept with its object, such as a status or a scale? What something can be
    /// created by takes orders or opens connections: `eviction`, `exec`, `proxy`.
    pub(crate) fn is_kept_part(&self) -> bool {
        self.subresource.is_some()
            && self.can("get")
            && (self.can("update") || self.can("patch"))
            && !self.can("create")
    }

    /// Is it a subresource that is read and replaced like an object?
    pub(crate) fn is_changed_apart(&self) -> bool {
        self.is_kept_part() && self.can("update")
    }

    /// Does it understand the verb?
    pub(crate) fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known == verb)
    }
}

/// Everything that an API server serves, in the order of groups, versions and names.
#[derive(Debug, Default)]
pub(crate) struct Kinds(Vec<Served>);

impl Kinds {
    /// Asks the API server: two requests, or one for each group version where it is older than 1.30.
    ///
    /// # Errors
    ///
    /// The API server's.
    pub(crate) async fn discover(client: &Client) -> kube::Result<Kinds> {
        let discovery = match Discovery::new(client.clone()).run_aggregated().await {
            Ok(discovery) => discovery,
            Err(_) => Discovery::new(client.clone()).run().await?,
        };
        let mut served = Vec::new();
        for group in discovery.groups() {
            let preferred = group.preferred_version_or_latest();
            for version in group.versions() {
                for (resource, capabilities) in group.versioned_resources(version) {
                    let whole = Served {
                        group: group.name().to_owned(),
                        version: version.to_owned(),
                        plural: resource.plural,
                        subresource: None,
                        parent_kind: resource.kind.clone(),
                        kind: resource.kind,
                        kind_group: group.name().to_owned(),
                        kind_version: version.to_owned(),
                        namespaced: capabilities.scope == Scope::Namespaced,
                        preferred: version == preferred,
                        verbs: capabilities.operations,
                    };
                    for (part, capabilities) in capabilities.subresources {
                        let name = part.plural.rsplit('/').next().unwrap_or_default();
                        served.push(Served {
                            subresource: Some(name.to_owned()),
                            kind: part.kind,
                            kind_group: part.group,
                            kind_version: part.version,
                            verbs: capabilities.operations,
                            ..whole.clone()
                        });
                    }
                    served.push(whole);
                }
            }
        }
        Ok(Kinds::new(served))
    }

    /// A table of these.
    pub(crate) fn new(mut served: Vec<Served>) -> Kinds {
        let order = |a: &Served, b: &Served| {
            let key = |s: &Served| {
                let Served {
                    group,
                    version,
                    plural,
                    subresource,
                    ..
                } = s;
                (
                    group.clone(),
                    version.clone(),
                    plural.clone(),
                    subresource.clone(),
                )
            };
            key(a).cmp(&key(b))
        };
        served.sort_by(order);
        Kinds(served)
    }

    /// Everything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Served> {
        self.0.iter()
    }

    /// The resource of a kind.
    pub(crate) fn by_kind(&self, group: &str, version: &str, kind: &str) -> Option<&Served> {
        self.iter().find(|served| {
            served.subresource.is_none()
                && (&*served.group, &*served.version, &*served.kind) == (group, version, kind)
        })
    }

    /// A resource by its plural.
    pub(crate) fn by_plural(&self, group: &str, version: &str, plural: &str) -> Option<&Served> {
        self.iter().find(|served| {
            served.subresource.is_none()
                && (&*served.group, &*served.version, &*served.plural) == (group, version, plural)
        })
    }

    /// A resource in the version that the API server prefers.
    pub(crate) fn preferred(&self, group: &str, plural: &str) -> Option<&Served> {
        let whole = |served: &&Served| {
            served.subresource.is_none() && served.group == group && served.plural == plural
        };
        let versions = || self.iter().filter(whole);
        versions()
            .find(|served| served.preferred)
            .or_else(|| versions().next())
    }

    /// What an `apiVersion` and a `kind` name.
    pub(crate) fn of(&self, api_version: &str, kind: &str) -> Option<&Served> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        self.by_kind(group, version, kind)
    }

    /// What a policy's kind selector matches.
    pub(crate) fn selected(&self, selector: &KindSelector) -> Vec<&Served> {
        let KindSelector {
            group,
            version,
            kind,
            subresource,
            ..
        } = selector;
        self.matching(group, version, kind, subresource)
    }

    /// What the parts of a kind selector match. Each part may hold wildcards. A subresource is matched by
    /// its resource's kind and its own name (`Pod/eviction`), and, as Kyverno has it, by its own kind
    /// where that is another one than the resource's (`PodExecOptions`, `Eviction`, `Scale`).
    pub(crate) fn matching(
        &self,
        group: &str,
        version: &str,
        kind: &str,
        subresource: &str,
    ) -> Vec<&Served> {
        let fits = |pattern: &str, text: &str| wildcard::matches(pattern, text);
        let matches = |served: &&Served| match &served.subresource {
            None => {
                subresource.is_empty()
                    && fits(group, &served.group)
                    && fits(version, &served.version)
                    && fits(kind, &served.kind)
            }
            Some(_) if subresource.is_empty() => {
                served.kind != served.parent_kind
                    && !kind.contains(['*', '?'])
                    && fits(group, &served.kind_group)
                    && fits(version, &served.kind_version)
                    && fits(kind, &served.kind)
            }
            Some(name) => {
                fits(group, &served.group)
                    && fits(version, &served.version)
                    && fits(kind, &served.parent_kind)
                    && fits(subresource, name)
            }
        };
        self.iter().filter(matches).collect()
    }
}

/// The table of what is served, renewed when definitions change.
#[derive(Clone)]
pub(crate) struct Followed {
    kinds: Arc<ArcSwap<Kinds>>,
    changes: watch::Receiver<u64>,
}

impl Followed {
    /// Asks once, then follows the definitions of custom resources for as long as the runtime lives.
    ///
    /// # Errors
    ///
    /// The first answer's.
    pub(crate) async fn start(client: &Client) -> kube::Result<Followed> {
        let first = Kinds::discover(client).await?;
        let kinds = Arc::new(ArcSwap::from_pointee(first));
        let (sender, changes) = watch::channel(0);
        tokio::spawn(keep(client.clone(), kinds.clone(), sender));
        Ok(Followed { kinds, changes })
    }

    /// [`Followed::start`], again and again until the API server answers.
    pub(crate) async fn eventually(client: Client) -> Followed {
        let mut pauses = follow::Pauses::default();
        loop {
            match Followed::start(&client).await {
                Ok(followed) => return followed,
                Err(error) => {
                    tracing::warn!(%error, "the API server does not answer; trying again");
                    sleep(pauses.next().unwrap_or(SETTLE)).await;
                }
            }
        }
    }

    /// The table as it is now.
    pub(crate) fn load(&self) -> Arc<Kinds> {
        self.kinds.load_full()
    }

    /// Hears of each change.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }
}

async fn keep(client: Client, kinds: Arc<ArcSwap<Kinds>>, changes: watch::Sender<u64>) {
    // Their metadata: schemas are megabytes, and nobody here reads them.
    let definitions = ApiResource::erase::<CustomResourceDefinition>(&());
    let events = follow::follow_metadata(&client, &definitions, &Which::default());
    let mut events = Box::pin(events);
    loop {
        match timeout(RENEW, events.next()).await {
            // Each of them comes before the list ends.
            Ok(Some(Event::Restarted)) => continue,
            Ok(None) => return,
            _ => {}
        }
        while let Ok(Some(_)) = timeout(SETTLE, events.next()).await {}
        match Kinds::discover(&client).await {
            Ok(found) if found.0 == kinds.load().0 => {}
            Ok(found) => {
                kinds.store(Arc::new(found));
                changes.send_modify(|version| *version += 1);
            }
            Err(error) => {
                tracing::warn!(%error, "cannot ask the API server what it serves; trying again");
                sleep(SETTLE * 5).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kinds, Served};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn selectors_find_what_they_say() {
        check("*", "*", "Pod", "", &["pods"]);
        check("*", "v1", "Po?", "", &["pods"]);
        check("", "v1", "Pod", "eviction", &["pods/eviction"]);
        check("*", "*", "Pod", "*", &["pods/eviction", "pods/status"]);
        check("*", "*", "Eviction", "", &["pods/eviction"]);
        check("policy", "*", "Eviction", "", &["pods/eviction"]);
        check("*", "*", "*", "", &["pods", "deployments"]);
        check("apps", "*", "*", "", &["deployments"]);
        check("*", "*", "Nothing", "", &[]);
    }

    #[track_caller]
    fn check(group: &str, version: &str, kind: &str, subresource: &str, expect: &[&str]) {
        let pods = Served {
            group: String::new(),
            version: "v1".to_owned(),
            plural: "pods".to_owned(),
            subresource: None,
            kind: "Pod".to_owned(),
            parent_kind: "Pod".to_owned(),
            kind_group: String::new(),
            kind_version: "v1".to_owned(),
            namespaced: true,
            preferred: true,
            verbs: Vec::new(),
        };
        let kinds = Kinds::new(vec![
            Served {
                subresource: Some("eviction".to_owned()),
                kind: "Eviction".to_owned(),
                kind_group: "policy".to_owned(),
                ..pods.clone()
            },
            Served {
                subresource: Some("status".to_owned()),
                ..pods.clone()
            },
            Served {
                group: "apps".to_owned(),
                kind_group: "apps".to_owned(),
                plural: "deployments".to_owned(),
                kind: "Deployment".to_owned(),
                parent_kind: "Deployment".to_owned(),
                ..pods.clone()
            },
            pods,
        ]);
        let found = kinds.matching(group, version, kind, subresource);
        let found: Vec<_> = found
            .iter()
            .map(|served| match &served.subresource {
                Some(name) => format!("{}/{name}", served.plural),
                None => served.plural.clone(),
            })
            .collect();
        assert_eq!(found, expect, "{group}/{version}/{kind}/{subresource}");
    }
}
