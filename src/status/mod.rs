//! The status of policies: what `kubectl get` shows of them.
//!
//! Comes in:  the objects as they are, what is in force and what is wrong, which policies have their
//!            webhooks, what the reports controller may read.
//! Goes out:  the `status` of policies of every kind, by the replica that leads, and only
//!            where something differs.
//! Never here: deciding what is in force (see `snapshot`).
//!
//! ```text
//! objects ──┐
//! report ───┼─> desired status ─ differs? ─> put
//! webhooks ─┘
//! ```

mod autogen;
mod cel;
mod conditions;
mod permissions;
mod rules;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, PostParams};
use portcullis_engine::doc::{PolicyId, PolicyKind};
use portcullis_lang::value::{Document, Numbers};
use serde_json::{Map, Value as Json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use crate::snapshot::{InForce, PolicyStatus};
use crate::source::object::{self, Objects};
use crate::webhooks::keep::Registered;
use permissions::Permissions;

/// Changes come in bursts: an object, its program, its webhooks.
const SETTLE: Duration = Duration::from_millis(20);

/// Permissions change without telling.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// After a status that was refused.
const PAUSE: Duration = Duration::from_millis(500);

/// What the status of policies is made of. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Statuses {
    pub(crate) client: Client,
    pub(crate) objects: Objects,
    pub(crate) in_force: Arc<InForce>,
    /// None where nobody registers webhooks: every policy counts as registered.
    pub(crate) registered: Option<watch::Receiver<Registered>>,
    /// The user of the reports controller, in full.
    pub(crate) reports_account: String,
}

/// What one policy's status follows from.
struct Known<'k> {
    /// In force, or what is wrong with it.
    status: &'k PolicyStatus,
    registered: bool,
}

impl Statuses {
    /// Writes for as long as it runs: this replica leads.
    pub(crate) async fn keep(mut self) {
        let mut permissions = Permissions::new(self.client.clone(), self.reports_account.clone());
        let mut objects = self.objects.subscribe();
        let mut programs = self.in_force.subscribe();
        // What was found to be as it should be, so that it is not computed again.
        let mut settled: HashMap<Arc<Path>, Inputs> = HashMap::new();
        loop {
            let refused = self.write(&mut permissions, &mut settled).await;
            let patience = if refused { PAUSE } else { LOOK_AGAIN };
            let registered = async {
                match &mut self.registered {
                    Some(registered) => registered.changed().await,
                    None => std::future::pending().await,
                }
            };
            let news = async {
                tokio::select! {
                    heard = objects.changed() => heard,
                    heard = programs.changed() => heard,
                    heard = registered => heard,
                }
            };
            match timeout(patience, news).await {
                Ok(Ok(())) => sleep(SETTLE).await,
                // Whoever told is gone: the process ends.
                Ok(Err(_)) => return,
                Err(_) => settled.retain(|_, inputs| !inputs.is_incomplete),
            }
        }
    }

    /// Writes what differs; says whether something could not be written.
    async fn write(
        &self,
        permissions: &mut Permissions,
        settled: &mut HashMap<Arc<Path>, Inputs>,
    ) -> bool {
        let Some(snapshot) = self.in_force.load().clone() else {
            return false;
        };
        let registered = self.registered.as_ref().map(|known| known.borrow().clone());
        let report: BTreeMap<&str, &PolicyStatus> = snapshot
            .report
            .policies()
            .map(|status| (&*status.file, status))
            .collect();
        let mut refused = false;
        let mut seen = BTreeSet::new();
        for (path, object) in self.objects.all() {
            let shown = path.to_string_lossy();
            let (Some(status), Some(of)) = (report.get(&*shown), Policy::of(&path, &object)) else {
                continue;
            };
            seen.insert(path.clone());
            let registered = registered.as_ref();
            // One of this name that was deleted does not stand for it.
            let uid = object.metadata.uid.clone().unwrap_or_default();
            let registered =
                registered.is_none_or(|registered| registered.get(&of.id) == Some(&uid));
            let known = Known { status, registered };
            let inputs = Inputs {
                object: object.clone(),
                status: PolicyStatus::clone(status),
                registered,
                is_incomplete: false,
            };
            if settled.get(&path).is_some_and(|before| before.are(&inputs)) {
                continue;
            }
            let Some((desired, complete)) = of.desired(&known, permissions).await else {
                continue;
            };
            let inputs = Inputs {
                is_incomplete: !complete,
                ..inputs
            };
            if of.object.data.get("status") == Some(&desired) {
                settled.insert(path, inputs);
                continue;
            }
            match self.put(&of, desired).await {
                // What comes back as a changed object is looked at once more.
                Ok(()) => _ = settled.insert(path, inputs),
                Err(error) => {
                    refused = true;
                    tracing::debug!(policy = %of.id, %error, "the status cannot be written now");
                }
            }
        }
        settled.retain(|path, _| seen.contains(path));
        refused
    }

    async fn put(&self, of: &Policy<'_>, desired: Json) -> kube::Result<()> {
        let api = match of.object.metadata.namespace.as_deref() {
            Some(namespace) => {
                Api::<DynamicObject>::namespaced_with(self.client.clone(), namespace, &of.resource)
            }
            None => Api::all_with(self.client.clone(), &of.resource),
        };
        let name = of.object.metadata.name.as_deref().unwrap_or_default();
        // With the version that it was computed from: nothing that somebody else wrote meanwhile is undone.
        let mut object = of.object.clone();
        if let Some(data) = object.data.as_object_mut() {
            data.insert("status".to_owned(), desired);
        }
        match api
            .replace_status(name, &PostParams::default(), &object)
            .await
        {
            // It is gone; so is its status.
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            done => done.map(drop),
        }
    }
}

/// What a status was computed from.
struct Inputs {
    object: Arc<DynamicObject>,
    status: PolicyStatus,
    registered: bool,
    /// Did it depend on permissions that are missing now?
    is_incomplete: bool,
}

impl Inputs {
    fn are(&self, other: &Inputs) -> bool {
        Arc::ptr_eq(&self.object, &other.object)
            && self.registered == other.registered
            && self.status == other.status
    }
}

/// A policy as the API server has it.
struct Policy<'o> {
    object: &'o DynamicObject,
    resource: ApiResource,
    id: PolicyId,
}

impl Policy<'_> {
    /// `None` for exceptions, and for what has a status of another process.
    fn of<'o>(path: &Path, object: &'o DynamicObject) -> Option<Policy<'o>> {
        let types = object.types.as_ref()?;
        let kind = PolicyKind::of(&types.api_version, &types.kind)?;
        if kind.is_cleanup() || kind.is_native() || is_deleting(kind) {
            return None;
        }
        let (group, version) = types.api_version.split_once('/')?;
        let below = object::below_scheme(path)?;
        let resource = below.components().find_map(|part| match part {
            std::path::Component::Normal(name) => name.to_str(),
            _ => None,
        })?;
        let (plural, _) = resource.split_once('.')?;
        Some(Policy {
            id: PolicyId {
                kind,
                namespace: object.metadata.namespace.clone().unwrap_or_default(),
                name: object.metadata.name.clone()?,
            },
            resource: ApiResource {
                group: group.to_owned(),
                version: version.to_owned(),
                api_version: types.api_version.clone(),
                kind: types.kind.clone(),
                plural: plural.to_owned(),
            },
            object,
        })
    }

    /// The status that it shall have; `false` beside it where that may change without a change of
    /// anything else. What other processes note in it stays.
    async fn desired(
        &self,
        known: &Known<'_>,
        permissions: &mut Permissions,
    ) -> Option<(Json, bool)> {
        let before = self.object.data.get("status").and_then(Json::as_object);
        let mut status = before.cloned().unwrap_or_default();
        let document = self.document();
        let complete = if self.id.kind.has_rules() {
            rules::fill(&mut status, document, known);
            true
        } else {
            cel::fill(&mut status, self, document.as_ref(), known, permissions).await
        };
        Some((Json::Object(status), complete))
    }

    /// As it would be written.
    fn document(&self) -> Option<Document> {
        let text = object::text(self.object, &self.resource);
        Document::from_json(text.as_bytes(), Numbers::AsWritten).ok()
    }

    /// The object's `spec`.
    fn spec(&self) -> Option<&Map<String, Json>> {
        self.object.data.get("spec")?.as_object()
    }
}

fn is_deleting(kind: PolicyKind) -> bool {
    matches!(
        kind,
        PolicyKind::DeletingPolicy | PolicyKind::NamespacedDeletingPolicy
    )
}
