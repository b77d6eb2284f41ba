//! A cluster full of Pods and ConfigMaps, half of which are not as half of the policies want them.
//!
//! Comes in:  how many of each.
//! Goes out:  [`World`]: changes a policy, sends reviews.
//! Never here: what that may cost.

use anyhow::Context as _;
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod};
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::cluster::Cluster;
use crate::support::controllers::install;
use crate::support::gate::Gate;
use crate::support::https::Http;
use crate::support::review::review;

pub(crate) const PODS: &str = "pods";
pub(crate) const CONFIG_MAPS: &str = "configmaps";
/// As metrics name it.
pub(crate) const REPORTS: &str = "policyreports.wgpolicyk8s.io";

/// Requests of the test that are on their way at once.
const AT_ONCE: usize = 16;

/// What reviews are about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Asked {
    /// Objects that are made.
    Made,
    /// Objects that are written as they are.
    Kept,
    /// Objects that get a label and lose it.
    Changed,
}

pub(crate) struct World {
    client: Client,
    policies: usize,
    /// Objects of each kind, those included that an API server brings along.
    pub(crate) pods: u64,
    pub(crate) config_maps: u64,
}

impl World {
    pub(crate) async fn new(
        cluster: &Cluster,
        objects: usize,
        namespaces: usize,
        policies: usize,
    ) -> anyhow::Result<World> {
        let client = cluster.client().await?;
        install(
            &client,
            &["kyverno.io", "policies.kyverno.io", "wgpolicyk8s.io"],
        )
        .await?;
        let spaces: Vec<_> = (0..namespaces)
            .map(|number| format!("space-{number}"))
            .collect();
        for space in &spaces {
            let space = json!({ "metadata": { "name": space } });
            create(&Api::<Namespace>::all(client.clone()), &space).await?;
        }
        let spread = (0..objects).map(|number| (number, spaces[number % namespaces].clone()));
        let made = futures::stream::iter(spread).map(|(number, space)| {
            let client = client.clone();
            async move {
                let metadata = metadata(number);
                let pod = json!({ "metadata": metadata, "spec": { "containers": [
                    { "name": "c", "image": "registry.example/c:1", "env": [{ "name": "A", "value": "b" }] },
                ] } });
                create(&Api::<Pod>::namespaced(client.clone(), &space), &pod).await?;
                let map = json!({ "metadata": metadata, "data": { "a": "b" } });
                create(&Api::<ConfigMap>::namespaced(client, &space), &map).await
            }
        });
        let mut made = made.buffer_unordered(AT_ONCE);
        while let Some(made) = made.next().await {
            made?;
        }
        drop(made);
        let world = World {
            pods: count(&Api::<Pod>::all(client.clone())).await?,
            config_maps: count(&Api::<ConfigMap>::all(client.clone())).await?,
            client,
            policies,
        };
        for number in 0..policies {
            create(
                &world.api("v1", "ClusterPolicy"),
                &policy(number, "a label is missing"),
            )
            .await?;
        }
        Ok(world)
    }

    fn api(&self, version: &str, kind: &str) -> Api<DynamicObject> {
        let (group, plural) = match kind {
            "ClusterPolicy" => ("kyverno.io", "clusterpolicies"),
            _ => ("wgpolicyk8s.io", "policyreports"),
        };
        let resource = ApiResource {
            group: group.to_owned(),
            version: version.to_owned(),
            api_version: format!("{group}/{version}"),
            kind: kind.to_owned(),
            plural: plural.to_owned(),
        };
        Api::all_with(self.client.clone(), &resource)
    }

    /// Reports in all namespaces.
    pub(crate) async fn reports(&self) -> anyhow::Result<u64> {
        count(&self.api("v1alpha2", "PolicyReport")).await
    }

    /// Changes a policy that no object satisfies: what it says, or else only what is said of it.
    pub(crate) async fn change(&self, kind: &str, message: Option<&str>) -> anyhow::Result<()> {
        let number = match kind {
            PODS => 2,
            _ => 3,
        };
        let patch = match message {
            Some(message) => json!({ "spec": policy(number, message)["spec"] }),
            None => json!({ "metadata": { "annotations": { "changed": "yes" } } }),
        };
        let name = format!("p{number}");
        let api = self.api("v1", "ClusterPolicy");
        api.patch(&name, &PatchParams::default(), &Patch::Merge(patch))
            .await?;
        Ok(())
    }

    /// A gate that keeps what policies say of requests.
    pub(crate) async fn gate(&self, cluster: &Cluster) -> anyhow::Result<Gate> {
        let kubeconfig = cluster.kubeconfig().to_string_lossy();
        let flags = [
            "--in-cluster",
            "--register-webhooks=false",
            "--kubeconfig",
            &kubeconfig,
        ];
        let gate = Gate::start::<&str>(&[], &flags)?;
        for _ in 0..200 {
            let policies = gate.status().await?;
            let ready = policies["policies"].as_array().map_or(0, Vec::len);
            if ready == self.policies {
                return Ok(gate);
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        anyhow::bail!("the gate has not all policies\n{}", gate.log())
    }

    /// So many reviews of so many ConfigMaps in turn.
    pub(crate) async fn ask(
        &self,
        gate: &Gate,
        reviews: usize,
        objects: usize,
        asked: Asked,
    ) -> anyhow::Result<()> {
        let mut connection = gate.connect(Http::One).await?;
        for number in 0..reviews {
            let (object, round) = (number % objects, number / objects);
            let mut metadata = metadata(object);
            metadata["namespace"] = json!("space-0");
            metadata["uid"] = json!(format!("00000000-0000-4000-8000-{object:012}"));
            if asked == Asked::Changed && round % 2 == 0 {
                metadata["labels"] = json!({});
            }
            let object = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata });
            let mut review = review(&object);
            if asked != Asked::Made {
                review = review.replace("\"CREATE\"", "\"UPDATE\"");
            }
            let reply = connection.post("/validate", review).await?;
            let (allowed, message) = reply.verdict().context("a verdict")?;
            anyhow::ensure!(allowed, "{message}");
        }
        Ok(())
    }
}

/// Of an object: it has one of the two labels that policies want.
fn metadata(number: usize) -> Value {
    json!({ "name": format!("o{number}"), "labels": { "l0": "yes" } })
}

/// Even numbers are about Pods, and every second one of either wants what is there.
fn policy(number: usize, message: &str) -> Value {
    let kind = ["Pod", "ConfigMap"][number % 2];
    let label = format!("l{}", number / 2 % 2);
    json!({
        "apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy",
        "metadata": {
            "name": format!("p{number}"),
            "annotations": { "pod-policies.kyverno.io/autogen-controllers": "none" },
        },
        "spec": { "background": true, "rules": [{
            "name": "label",
            "match": { "any": [{ "resources": { "kinds": [kind] } }] },
            "validate": {
                "failureAction": "Audit",
                "message": message,
                "pattern": { "metadata": { "labels": { label: "?*" } } },
            },
        }] },
    })
}

async fn count<T>(api: &Api<T>) -> anyhow::Result<u64>
where
    T: Clone + std::fmt::Debug + DeserializeOwned,
{
    let found = api.list_metadata(&ListParams::default()).await?;
    Ok(found.items.len() as u64)
}

async fn create<T>(api: &Api<T>, object: &Value) -> anyhow::Result<()>
where
    T: Clone + std::fmt::Debug + DeserializeOwned + Serialize,
{
    let object: T = serde_json::from_value(object.clone())?;
    api.create(&PostParams::default(), &object).await?;
    Ok(())
}
