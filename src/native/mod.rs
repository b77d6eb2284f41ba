//! Policies that the API server evaluates by itself: ValidatingAdmissionPolicies and
//! MutatingAdmissionPolicies, made from policies that ask for it and say nothing beyond them.
//!
//! Comes in:  the policies and exceptions in force, whenever they change.
//! Goes out:  native policies with their bindings, owned by the policy that they were made from; a status
//!            that says so, or why not.
//! Never here: evaluation; whether the gate still answers for such a policy.
//!
//! ```text
//! policy ─ plan ─┬─> policy and binding ─> written where they differ ─> `generated: true`
//!                └─> why not ───────────> deleted where they are ours ─> `generated: false`
//! ```

mod cel;
mod classic;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use portcullis_engine::doc::PolicyId;
use portcullis_engine::program::Program;
use portcullis_lang::value::{Document, to_json};
use serde_json::{Value, json};

use crate::cluster::kinds::{Followed, Kinds};
use crate::cluster::objects;
use crate::snapshot::InForce;

/// How often the policies in force are looked at. That costs one load of a pointer.
const INTERVAL: Duration = Duration::from_millis(200);

/// After the API server refused something: rights are given, definitions come.
const PAUSE: Duration = Duration::from_secs(30);

const GROUP: &str = "admissionregistration.k8s.io";

/// Keeps the native policies of a cluster.
#[derive(Clone)]
pub(crate) struct Natives {
    pub(crate) client: Client,
    pub(crate) kinds: Followed,
    pub(crate) in_force: Arc<InForce>,
    /// Are ValidatingAdmissionPolicies made?
    pub(crate) validating: bool,
    /// Are MutatingAdmissionPolicies made?
    pub(crate) mutating: bool,
}

/// What is to become of one policy.
#[derive(Clone, Debug, PartialEq)]
struct Plan {
    id: PolicyId,
    /// Its API: group, version, plural.
    api: (&'static str, &'static str, &'static str),
    /// `Validating` or `Mutating`.
    family: &'static str,
    /// Of the native policy; its binding bears `-binding` behind it.
    name: String,
    /// The specs of the policy and its binding, or why there are none.
    specs: Result<(Value, Value), String>,
    /// Of the policy itself.
    uid: String,
}

impl Natives {
    /// Works until it is dropped: while this replica leads.
    pub(crate) async fn keep(self) {
        let mut version = 0;
        let mut done: HashMap<PolicyId, Plan> = HashMap::new();
        let mut failed = false;
        let mut since = tokio::time::Instant::now();
        loop {
            let snapshot = self.in_force.load().clone();
            let due = failed && since.elapsed() >= PAUSE;
            if let Some(snapshot) = snapshot.filter(|found| found.version != version || due) {
                version = snapshot.version;
                since = tokio::time::Instant::now();
                let plans = self.plans(&snapshot.program);
                done.retain(|id, _| plans.iter().any(|plan| plan.id == *id));
                failed = false;
                for plan in plans {
                    if done.get(&plan.id) == Some(&plan) {
                        continue;
                    }
                    match self.carry_out(&plan).await {
                        Ok(()) => _ = done.insert(plan.id.clone(), plan),
                        Err(error) => {
                            failed = true;
                            let policy = plan.id.to_string();
                            tracing::warn!(policy, %error, "cannot keep the native form of a policy");
                        }
                    }
                }
            }
            tokio::time::sleep(INTERVAL).await;
        }
    }

    fn plans(&self, program: &Program) -> Vec<Plan> {
        let kinds = self.kinds.load();
        let mut plans = Vec::new();
        if self.validating {
            let rules = program.policies().iter();
            plans.extend(rules.filter_map(|policy| classic::plan(policy, program, &kinds)));
            let all = program.validating().iter();
            plans.extend(all.filter_map(|policy| cel::validating(policy, program)));
        }
        if self.mutating {
            let all = program.mutating_policies().iter();
            plans.extend(all.filter_map(|policy| cel::mutating(policy, program)));
        }
        plans
    }

    async fn carry_out(&self, plan: &Plan) -> kube::Result<()> {
        let kinds = self.kinds.load();
        let kind = format!("{}AdmissionPolicy", plan.family);
        let Some(policies) = served(&kinds, &kind) else {
            return self
                .say(plan, Err("the API server does not know such policies"))
                .await;
        };
        let Some(bindings) = served(&kinds, &format!("{kind}Binding")) else {
            return Ok(());
        };
        let binding = format!("{}-binding", plan.name);
        match &plan.specs {
            Ok((policy, bound)) => {
                self.put(plan, &policies, &plan.name, policy).await?;
                self.put(plan, &bindings, &binding, bound).await?;
                self.say(plan, Ok(())).await
            }
            Err(why) => {
                self.remove(&bindings, &binding).await?;
                self.remove(&policies, &plan.name).await?;
                self.say(plan, Err(why)).await
            }
        }
    }

    /// Writes an object where it is not as it should be.
    async fn put(
        &self,
        plan: &Plan,
        resource: &ApiResource,
        name: &str,
        spec: &Value,
    ) -> kube::Result<()> {
        let api = Api::<DynamicObject>::all_with(self.client.clone(), resource);
        let (group, version, _) = plan.api;
        let mut object: DynamicObject = serde_json::from_value(json!({
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "metadata": {
                "name": name,
                "labels": { "app.kubernetes.io/managed-by": "kyverno" },
                "ownerReferences": [{
                    "apiVersion": format!("{group}/{version}"),
                    "kind": plan.id.kind.to_string(),
                    "name": plan.id.name,
                    "uid": plan.uid,
                }],
            },
            "spec": spec,
        }))
        .map_err(kube::Error::SerdeError)?;
        match api.get_opt(name).await? {
            None => api.create(&PostParams::default(), &object).await?,
            Some(existing) => {
                object.metadata.resource_version = existing.metadata.resource_version;
                api.replace(name, &PostParams::default(), &object).await?
            }
        };
        Ok(())
    }

    /// Deletes an object that was made here.
    async fn remove(&self, resource: &ApiResource, name: &str) -> kube::Result<()> {
        let api = Api::<DynamicObject>::all_with(self.client.clone(), resource);
        let Some(existing) = api.get_metadata_opt(name).await? else {
            return Ok(());
        };
        let labels = existing.metadata.labels.unwrap_or_default();
        let owner = labels.get("app.kubernetes.io/managed-by");
        if owner.is_some_and(|owner| owner == "kyverno") {
            api.delete(name, &DeleteParams::default()).await?;
        }
        Ok(())
    }

    /// Says in the status of the policy what became of it, where that is not said yet.
    async fn say(&self, plan: &Plan, done: Result<(), &str>) -> kube::Result<()> {
        let (group, version, plural) = plan.api;
        let kinds = self.kinds.load();
        let Some(served) = kinds.by_plural(group, version, plural) else {
            return Ok(());
        };
        let namespace = Some(plan.id.namespace.as_str()).filter(|_| served.namespaced);
        let api = objects::api(&self.client, &served.resource(), namespace);
        let generated = done.is_ok();
        let (status, path) = match plan.id.kind.has_rules() {
            true => {
                let message = done.err().unwrap_or_default();
                let said = json!({ "generated": generated, "message": message });
                (
                    json!({ "validatingadmissionpolicy": said }),
                    "/status/validatingadmissionpolicy",
                )
            }
            false => (json!({ "generated": generated }), "/status/generated"),
        };
        let Some(policy) = api.get_opt(&plan.id.name).await? else {
            return Ok(());
        };
        let wanted = status.as_object().and_then(|status| status.values().next());
        if policy.data.pointer(path) == wanted {
            return Ok(());
        }
        let patch = Patch::Merge(json!({ "status": status }));
        api.patch_status(&plan.id.name, &PatchParams::default(), &patch)
            .await?;
        Ok(())
    }
}

/// The newest version of a kind that the API server serves.
fn served(kinds: &Kinds, kind: &str) -> Option<ApiResource> {
    let mut versions = ["v1", "v1beta1", "v1alpha1"].into_iter();
    let found = versions.find_map(|version| kinds.by_kind(GROUP, version, kind))?;
    Some(found.resource())
}

/// What a policy says, as JSON, and its UID.
fn written(document: &Document) -> (Value, String) {
    let value: Value = serde_json::from_str(&to_json(document.root())).unwrap_or_default();
    let uid = value.pointer("/metadata/uid").and_then(Value::as_str);
    let uid = uid.unwrap_or_default().to_owned();
    (value, uid)
}
