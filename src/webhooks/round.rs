//! One comparison of the webhook configurations with what they should be.
//!
//! Comes in:  the [`Site`], what the ConfigMap selects.
//! Goes out:  configurations that differ are written; what they are for ([`Done`]).
//! Never here: when it is done, and who is told (see `keep`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use kube::Client;
use kube::api::Api;
use portcullis_engine::doc::{AnyPolicy, PolicyId};
use serde_json::Value;
use tokio::time::Instant;

use super::fixed::{Configuration, RESOURCES_MUTATING, RESOURCES_VALIDATING, configurations};
use super::hook::{Address, Side};
use super::keep::Site;
use super::linger::Linger;
use super::options::Selected;
use super::resources::{Asked, BOOTSTRAP};
use super::store::{Common, Memory, apply, owner};
use crate::snapshot::Item;
use crate::source::object::Objects;

/// One comparison of everything.
pub(super) struct Round<'a> {
    pub(super) site: &'a Site,
    pub(super) selected: &'a Selected,
    /// What becomes of the webhooks for resources?
    pub(super) resources: Resources,
    /// What API servers evaluate themselves.
    pub(super) natives: &'a BTreeSet<String>,
}

/// What becomes of the webhooks for resources.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Resources {
    /// They are made what they should be.
    Store,
    /// The same where there are any, as before: others may answer them.
    StoreIfThere,
    /// Nothing: they were stored once, which is all that is wanted.
    Leave,
}

/// What came of it.
pub(super) struct Done {
    /// Are the webhooks for resources stored?
    pub(super) resources: bool,
    /// The policies that the webhooks ask for, and the uids of their objects.
    pub(super) policies: Arc<BTreeMap<PolicyId, String>>,
    pub(super) authorities: Arc<str>,
    /// Was anything written?
    pub(super) wrote: bool,
}

impl Round<'_> {
    /// `None` where it is too early.
    pub(super) async fn run(
        &self,
        memory: &mut Memory,
        linger: &mut Linger,
    ) -> kube::Result<Option<Done>> {
        let Site {
            client,
            home,
            kinds,
            in_force,
            options,
            held,
            config: _,
            objects: _,
        } = self.site;
        let authorities: Option<Arc<str>> = held.borrow().bundle().map(Arc::from);
        let (Some(authorities), Some(snapshot)) = (authorities, in_force.load().clone()) else {
            return Ok(None);
        };
        let policies: Vec<_> = snapshot.items.iter().filter_map(policy_of).collect();
        let kinds = kinds.load();
        let asked = policies.iter();
        let asked = asked.filter(|policy| !self.natives.contains(uid_of(policy)));
        let asked: Vec<_> = asked.cloned().collect();
        let asked = linger.with(&asked, Instant::now());
        let asked = Asked {
            policies: &asked,
            kinds: &kinds,
            selected: self.selected,
            options,
            namespace: &home.namespace,
        };
        let store = match self.resources {
            Resources::Store => true,
            Resources::Leave => false,
            Resources::StoreIfThere => are_there(client).await?,
        };
        // Those that policies wait for come first.
        let mut wanted = Vec::new();
        if store {
            let resources = asked.resources();
            let configuration = |name, side, hooks| Configuration { name, side, hooks };
            wanted.push(configuration(
                RESOURCES_VALIDATING,
                Side::Validating,
                resources.validating,
            ));
            wanted.push(configuration(
                RESOURCES_MUTATING,
                Side::Mutating,
                resources.mutating,
            ));
        }
        wanted.extend(configurations(home));
        let address = Address {
            home,
            options,
            authorities: authorities.as_bytes(),
        };
        let is_urgent = |it: &Configuration| memory.is_outdated(it, &address);
        let urgent = wanted.iter().any(is_urgent);
        wanted.sort_by_key(|it| !is_urgent(it));
        if !urgent {
            // Otherwise it is looked at right after what is written now, of which a watch will tell.
            memory.owner = owner(client, home).await?;
        }
        let common = Common {
            address,
            selected: self.selected,
            owner: memory.owner.clone(),
        };
        // Each on its own: one that the API server refuses must not keep the others from being stored.
        let mut failed = None;
        let mut wrote = false;
        for configuration in &wanted {
            let mut applied = apply(client, configuration, &common, memory).await;
            if let Err(kube::Error::Api(status)) = &applied
                && status.code == 422
                && let Some(plain) = self.without_own_conditions(configuration)
            {
                // They are checked here in any case: one that this API server does not understand
                // must not keep all policies from being asked.
                tracing::warn!(
                    name = configuration.name,
                    error = status.message,
                    "stored without the match conditions of policies"
                );
                applied = apply(client, &plain, &common, memory).await;
            }
            match applied {
                Ok(true) => {
                    wrote = true;
                    tracing::info!(
                        name = configuration.name,
                        webhooks = configuration.hooks.len(),
                        "webhooks stored"
                    );
                }
                Ok(false) => {}
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        let policies = policies.iter();
        let policies = policies.map(|policy| (policy.id().clone(), uid_of(policy).to_owned()));
        Ok(Some(Done {
            resources: store || self.resources == Resources::Leave,
            policies: Arc::new(policies.collect()),
            authorities,
            wrote,
        }))
    }

    /// The configuration without the conditions that policies state; `None` where they state none.
    fn without_own_conditions(&self, wanted: &Configuration) -> Option<Configuration> {
        let mut plain = wanted.clone();
        for hook in &mut plain.hooks {
            hook.conditions.retain(|condition| {
                condition.name == BOOTSTRAP || self.selected.conditions.contains(condition)
            });
        }
        (plain != *wanted).then_some(plain)
    }
}

/// Did anybody store webhooks for resources before?
async fn are_there(client: &Client) -> kube::Result<bool> {
    let validating = Api::<ValidatingWebhookConfiguration>::all(client.clone());
    let mutating = Api::<MutatingWebhookConfiguration>::all(client.clone());
    let validating = validating.get_metadata_opt(RESOURCES_VALIDATING).await?;
    Ok(validating.is_some()
        || mutating
            .get_metadata_opt(RESOURCES_MUTATING)
            .await?
            .is_some())
}

/// Empty for a policy that is no object.
fn uid_of(policy: &AnyPolicy) -> &str {
    let metadata = policy.document().root().get("metadata");
    metadata.unwrap_or_default().text("uid")
}

/// The uids of policies that were made native ones: API servers evaluate those without asking.
pub(super) fn natives_of(objects: &Objects) -> BTreeSet<String> {
    let objects = objects.all().into_iter();
    let natives = objects.filter_map(|(_, object)| {
        let says = |path| object.data.pointer(path).and_then(Value::as_bool) == Some(true);
        let made = says("/status/generated") || says("/status/validatingadmissionpolicy/generated");
        made.then(|| object.metadata.uid.clone()).flatten()
    });
    natives.collect()
}

fn policy_of(item: &Item) -> Option<AnyPolicy> {
    Some(match item {
        Item::Policy(policy) => AnyPolicy::Rules(policy.clone()),
        Item::Validating(policy) => AnyPolicy::Validating(policy.clone()),
        Item::Mutating(policy) => AnyPolicy::Mutating(policy.clone()),
        Item::Generating(policy) => AnyPolicy::Generating(policy.clone()),
        Item::Other(policy) => policy.clone(),
        Item::Exception(_) | Item::CelException(_) => return None,
    })
}
