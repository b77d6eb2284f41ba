//! Webhook configurations in the API server.
//!
//! Comes in:  a [`Configuration`], what all of them have in common.
//! Goes out:  the object in the API server, made or changed where it differs; or its removal.
//! Never here: what is wanted.

use std::collections::{BTreeMap, HashMap};

use futures::future::{join, join_all};
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhook, MutatingWebhookConfiguration, ValidatingWebhook,
    ValidatingWebhookConfiguration,
};
use k8s_openapi::api::rbac::v1::ClusterRole;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{Api, DeleteParams, ListParams, ObjectMeta, PostParams};
use kube::{Client, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::fixed::Configuration;
use super::hook::{Address, Side};
use super::options::Selected;
use crate::cluster::home::Home;

/// The label of every configuration that is ours.
pub(super) const MANAGED: (&str, &str) = ("webhook.kyverno.io/managed-by", "kyverno");

/// The same, to select by.
pub(super) const SELECTOR: &str = "webhook.kyverno.io/managed-by=kyverno";

/// What all configurations have in common.
pub(super) struct Common<'a> {
    pub(super) address: Address<'a>,
    pub(super) selected: &'a Selected,
    pub(super) owner: Option<OwnerReference>,
}

/// What was written last, by the name of the configuration.
#[derive(Default)]
pub(super) struct Memory {
    written: HashMap<&'static str, Written>,
    /// Whose the configurations were then.
    pub(super) owner: Option<OwnerReference>,
}

/// The webhooks that were asked for, and the object that the API server made of it: it fills in what is
/// not said and leaves out what says nothing; that is no difference.
struct Written {
    asked: Value,
    made: Value,
    object: Value,
}

impl Memory {
    /// Was something else written last than is wanted now? Then nothing has to be read to know that there
    /// is something to write.
    pub(super) fn is_outdated(&self, wanted: &Configuration, address: &Address<'_>) -> bool {
        let hooks = wanted.hooks.iter();
        let now = match wanted.side {
            Side::Validating => json(&hooks.map(|it| it.validating(address)).collect::<Vec<_>>()),
            Side::Mutating => json(&hooks.map(|it| it.mutating(address)).collect::<Vec<_>>()),
        };
        let written = self.written.get(wanted.name);
        written.is_some_and(|written| written.asked != now)
    }
}

/// Makes the configuration what it should be; tells whether anything was written.
///
/// # Errors
///
/// The API server's.
pub(super) async fn apply(
    client: &Client,
    wanted: &Configuration,
    common: &Common<'_>,
    memory: &mut Memory,
) -> kube::Result<bool> {
    let hooks = wanted.hooks.iter();
    match wanted.side {
        Side::Validating => {
            let hooks = hooks.map(|hook| hook.validating(&common.address)).collect();
            let put = Put {
                name: wanted.name,
                common,
                memory,
            };
            put.object::<ValidatingWebhookConfiguration>(client, hooks)
                .await
        }
        Side::Mutating => {
            let hooks = hooks.map(|hook| hook.mutating(&common.address)).collect();
            let put = Put {
                name: wanted.name,
                common,
                memory,
            };
            put.object::<MutatingWebhookConfiguration>(client, hooks)
                .await
        }
    }
}

/// One of the two kinds of configuration.
trait Webhooks:
    Resource<DynamicType = ()> + Clone + DeserializeOwned + Serialize + std::fmt::Debug + Default
{
    type Webhook: Clone + Serialize;

    fn webhooks(&mut self) -> &mut Option<Vec<Self::Webhook>>;
}

impl Webhooks for ValidatingWebhookConfiguration {
    type Webhook = ValidatingWebhook;

    fn webhooks(&mut self) -> &mut Option<Vec<ValidatingWebhook>> {
        &mut self.webhooks
    }
}

impl Webhooks for MutatingWebhookConfiguration {
    type Webhook = MutatingWebhook;

    fn webhooks(&mut self) -> &mut Option<Vec<MutatingWebhook>> {
        &mut self.webhooks
    }
}

/// One object to be written, if it differs.
struct Put<'a> {
    name: &'static str,
    common: &'a Common<'a>,
    memory: &'a mut Memory,
}

impl Put<'_> {
    async fn object<K: Webhooks>(
        self,
        client: &Client,
        hooks: Vec<K::Webhook>,
    ) -> kube::Result<bool> {
        let api: Api<K> = Api::all(client.clone());
        let options = PostParams::default();
        let wanted = json(&hooks);
        let last = self.memory.written.get(self.name);
        if let Some(last) = last.filter(|last| last.asked != wanted)
            && let Ok(mut known) = serde_json::from_value::<K>(last.object.clone())
        {
            // Most likely nobody else has written it since: then a policy need not wait for a look at it.
            self.common.dress(known.meta_mut());
            *known.webhooks() = Some(hooks.clone());
            match api.replace(self.name, &options, &known).await {
                Ok(written) => {
                    self.remember(wanted, written);
                    return Ok(true);
                }
                Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => {}
                Err(error) => return Err(error),
            }
        }
        let written = match api.get_opt(self.name).await? {
            None => {
                let mut object = K::default();
                object.meta_mut().name = Some(self.name.to_owned());
                self.common.dress(object.meta_mut());
                *object.webhooks() = Some(hooks);
                api.create(&options, &object).await?
            }
            Some(mut known) => {
                let mut metadata = known.meta().clone();
                self.common.dress(&mut metadata);
                let there = json(known.webhooks());
                let before = self.memory.written.get(self.name);
                let same = there == wanted
                    || before.is_some_and(|it| it.asked == wanted && it.made == there);
                if same && metadata == *known.meta() {
                    return Ok(false);
                }
                *known.meta_mut() = metadata;
                *known.webhooks() = Some(hooks);
                api.replace(self.name, &options, &known).await?
            }
        };
        self.remember(wanted, written);
        Ok(true)
    }

    fn remember<K: Webhooks>(self, asked: Value, mut written: K) {
        let written = Written {
            asked,
            made: json(written.webhooks()),
            object: json(&written),
        };
        self.memory.written.insert(self.name, written);
    }
}

fn json(what: &impl Serialize) -> Value {
    serde_json::to_value(what).unwrap_or_default()
}

impl Common<'_> {
    /// What is ours of the metadata; what others wrote stays.
    fn dress(&self, metadata: &mut ObjectMeta) {
        let labels = metadata.labels.get_or_insert_default();
        labels.insert(MANAGED.0.to_owned(), MANAGED.1.to_owned());
        extend(labels, &self.selected.labels);
        if !self.selected.annotations.is_empty() {
            let annotations = metadata.annotations.get_or_insert_default();
            extend(annotations, &self.selected.annotations);
        }
        if let Some(owner) = &self.owner {
            metadata.owner_references = Some(vec![owner.clone()]);
        }
    }
}

fn extend(map: &mut BTreeMap<String, String>, more: &BTreeMap<String, String>) {
    map.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
}

/// The ClusterRole whose end is the end of the webhooks, where the chart made one.
///
/// # Errors
///
/// The API server's.
pub(super) async fn owner(client: &Client, home: &Home) -> kube::Result<Option<OwnerReference>> {
    let Some((release, _)) = home.role.split_once(':') else {
        return Ok(None);
    };
    let api: Api<ClusterRole> = Api::all(client.clone());
    let role = match api.get_opt(&format!("{release}:webhook")).await {
        // It is not ours to read: then there is none.
        Err(kube::Error::Api(status)) if status.code == 403 => None,
        role => role?,
    };
    Ok(role.map(|role| OwnerReference {
        api_version: "rbac.authorization.k8s.io/v1".to_owned(),
        kind: "ClusterRole".to_owned(),
        name: role.metadata.name.unwrap_or_default(),
        uid: role.metadata.uid.unwrap_or_default(),
        ..OwnerReference::default()
    }))
}

/// Removes every configuration that is ours, all at once: when the last replica ends, requests fail from
/// when it is no endpoint any more until the last configuration is gone. Tells how many there were.
///
/// # Errors
///
/// The first of the API server's; the others are removed all the same.
pub(crate) async fn remove_all(client: &Client) -> kube::Result<usize> {
    let validating = remove::<ValidatingWebhookConfiguration>(client);
    let mutating = remove::<MutatingWebhookConfiguration>(client);
    let (validating, mutating) = join(validating, mutating).await;
    Ok(validating? + mutating?)
}

async fn remove<K>(client: &Client) -> kube::Result<usize>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug,
{
    let api: Api<K> = Api::all(client.clone());
    let which = ListParams::default().labels(SELECTOR);
    let ours = api.list_metadata(&which).await?.items.into_iter();
    let names: Vec<_> = ours.filter_map(|object| object.metadata.name).collect();
    let options = DeleteParams::default();
    let removals = names.iter().map(|name| api.delete(name, &options));
    let mut removed = 0;
    let mut failed = None;
    for removal in join_all(removals).await {
        match removal {
            Ok(_) => removed += 1,
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(removed),
    }
}
