//! What policies make, in a cluster in which the gate is installed, with the rights that its controllers
//! have: made, kept, followed, and made up for where something went wrong on the way.

#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use anyhow::Context as _;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod, Secret};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::rbac::v1::ClusterRole;
use kube::Client;
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch,
    PatchParams, PostParams,
};
use serde_json::{Value, json};

use support::cluster::eventually;
use support::installed::Installed;

const DENY: &str = "default-deny";
const COPY: &str = "regcred";

#[tokio::test]
async fn what_rules_make_is_made_kept_and_followed() -> anyhow::Result<()> {
    let Some(cluster) = Installed::start(&[])? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    grant(&client).await?;
    let source = json!({ "metadata": { "name": COPY }, "stringData": { "a": "first" } });
    secrets(&client, "default")
        .create(&PostParams::default(), &serde_json::from_value(source)?)
        .await?;
    for policy in [deny(), copy()] {
        admit(&client, policy).await?;
    }

    // A fresh namespace is closed.
    make(&client, "team-a").await?;
    closed(&client, "team-a").await?;
    // Opened or taken away, it is closed again.
    let open = Patch::Merge(json!({ "spec": { "policyTypes": ["Egress"] } }));
    nets(&client, "team-a")
        .patch(DENY, &PatchParams::default(), &open)
        .await?;
    closed(&client, "team-a").await?;
    let before = nets(&client, "team-a").get(DENY).await?.metadata.uid;
    nets(&client, "team-a")
        .delete(DENY, &DeleteParams::default())
        .await?;
    eventually("another network policy", async || {
        let found = nets(&client, "team-a").get_opt(DENY).await?;
        Ok(found.filter(|found| found.metadata.uid != before))
    })
    .await?;

    // Copies follow their source.
    for name in ["team-b", "team-c"] {
        make(&client, name).await?;
    }
    for name in ["team-a", "team-b", "team-c"] {
        copied(&client, name, "first").await?;
    }
    let change = Patch::Merge(json!({ "stringData": { "a": "second" } }));
    secrets(&client, "default")
        .patch(COPY, &PatchParams::default(), &change)
        .await?;
    for name in ["team-a", "team-b", "team-c"] {
        copied(&client, name, "second").await?;
    }

    parts_of_others(&client).await?;
    wholes_with_parts(&client).await?;
    missed_by_gates(&client).await?;
    killed_in_the_middle(&client).await?;
    eventually("an empty queue", async || {
        let left = requests(&client).list(&ListParams::default()).await?;
        Ok(left.items.is_empty().then_some(()))
    })
    .await
}

/// A ConfigMap says how many replicas others have: through the subresource of each, whatever its kind.
/// Another is told of in the status of its namespace.
async fn parts_of_others(client: &Client) -> anyhow::Result<()> {
    admit(client, sized()).await?;
    let labels = json!({ "app": "sized" });
    let object = |name: &str| {
        json!({
            "metadata": { "name": name, "labels": labels },
            "spec": {
                "replicas": 0,
                "selector": { "matchLabels": labels },
                "template": {
                    "metadata": { "labels": labels },
                    "spec": { "containers": [{ "name": "c", "image": "none" }] },
                },
            },
        })
    };
    let deployments = Api::<Deployment>::namespaced(client.clone(), "team-a");
    for name in ["web", "other"] {
        let mut object = object(name);
        if name == "other" {
            object["metadata"]["labels"] = json!({ "app": "alone" });
        }
        deployments
            .create(&PostParams::default(), &serde_json::from_value(object)?)
            .await?;
    }
    let sets = Api::<StatefulSet>::namespaced(client.clone(), "team-a");
    sets.create(
        &PostParams::default(),
        &serde_json::from_value(object("store"))?,
    )
    .await?;

    let size = json!({ "metadata": { "name": "size" }, "data": { "replicas": "2" } });
    Api::<ConfigMap>::namespaced(client.clone(), "team-a")
        .create(&PostParams::default(), &serde_json::from_value(size)?)
        .await?;
    eventually("a scaled deployment", async || {
        let replicas = deployments.get_scale("web").await?.spec;
        Ok((replicas.and_then(|spec| spec.replicas) == Some(2)).then_some(()))
    })
    .await?;
    eventually("a scaled set", async || {
        let replicas = sets.get_scale("store").await?.spec;
        Ok((replicas.and_then(|spec| spec.replicas) == Some(2)).then_some(()))
    })
    .await?;
    let other = deployments.get_scale("other").await?.spec;
    anyhow::ensure!(
        other.and_then(|spec| spec.replicas).unwrap_or_default() == 0,
        "the selector leaves it out"
    );
    let spaces = Api::<Namespace>::all(client.clone());
    eventually("a status that tells of it", async || {
        let status = spaces.get("team-a").await?.status;
        let conditions = status.and_then(|status| status.conditions);
        let mut conditions = conditions.into_iter().flatten();
        let told = conditions.any(|one| one.message.as_deref() == Some("2 replicas"));
        Ok(told.then_some(()))
    })
    .await
}

/// `pods/*` names Pods, and what of them can be changed apart; what opens connections is left alone.
async fn wholes_with_parts(client: &Client) -> anyhow::Result<()> {
    admit(client, marked()).await?;
    let pod = json!({
        "metadata": { "name": "marked" },
        "spec": { "containers": [{ "name": "c", "image": "none" }] },
    });
    let pods = Api::<Pod>::namespaced(client.clone(), "team-a");
    pods.create(&PostParams::default(), &serde_json::from_value(pod)?)
        .await?;
    let mark = json!({ "metadata": { "name": "mark" } });
    Api::<ConfigMap>::namespaced(client.clone(), "team-a")
        .create(&PostParams::default(), &serde_json::from_value(mark)?)
        .await?;
    eventually("a marked Pod", async || {
        let labels = pods.get("marked").await?.metadata.labels;
        Ok(labels.and_then(|labels| labels.get("mark").map(|_| ())))
    })
    .await
}

/// While no gate is there nobody hears of a new namespace. The next one has it looked for; what is older
/// than the policy is not meant.
async fn missed_by_gates(client: &Client) -> anyhow::Result<()> {
    make(client, "quiet-before").await?;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let mut policy = deny();
    policy["metadata"]["name"] = json!("quiet");
    policy["spec"]["rules"][0]["match"]["any"][0]["resources"]["names"] = json!(["quiet-*"]);
    admit(client, policy).await?;
    admit(client, noted()).await?;
    gates(client, 0).await?;
    make(client, "quiet-a").await?;
    let size = Patch::Merge(json!({ "spec": { "replicas": 3 } }));
    Api::<StatefulSet>::namespaced(client.clone(), "team-a")
        .patch_scale("store", &PatchParams::default(), &size)
        .await?;
    gates(client, 1).await?;
    closed(client, "quiet-a").await?;
    // What was sent to a subresource is told by the object's metadata.
    let notes = Api::<ConfigMap>::namespaced(client.clone(), "team-a");
    eventually("a note of the size", async || {
        let note = notes.get_opt("size-of-store").await?;
        let data = note.and_then(|note| note.data).unwrap_or_default();
        Ok(data.get("replicas").filter(|size| *size == "3").map(|_| ()))
    })
    .await?;
    let older = nets(client, "quiet-before").get_opt(DENY).await?;
    anyhow::ensure!(
        older.is_none(),
        "the policy speaks of nothing older than itself"
    );
    Ok(())
}

/// Has so many gates run.
async fn gates(client: &Client, count: usize) -> anyhow::Result<()> {
    const NAME: &str = "kyverno-admission-controller";
    let deployments = Api::<Deployment>::namespaced(client.clone(), "kyverno");
    let scale = Patch::Merge(json!({ "spec": { "replicas": count } }));
    deployments
        .patch_scale(NAME, &PatchParams::default(), &scale)
        .await?;
    let pods = Api::<Pod>::namespaced(client.clone(), "kyverno");
    eventually("as many gates as asked for", async || {
        let all = pods.list(&ListParams::default()).await?.items;
        let names = all.iter().filter_map(|pod| pod.metadata.name.as_deref());
        Ok((names.filter(|name| name.starts_with(NAME)).count() == count).then_some(()))
    })
    .await
}

/// The controller goes while it has much to do, and the next one does the rest.
async fn killed_in_the_middle(client: &Client) -> anyhow::Result<()> {
    let names: Vec<String> = (0..20).map(|number| format!("team-x{number}")).collect();
    for name in &names {
        make(client, name).await?;
    }
    let pods = Api::<Pod>::namespaced(client.clone(), "kyverno");
    let all = pods.list(&ListParams::default()).await?.items;
    let names_of = all.iter().filter_map(|pod| pod.metadata.name.as_deref());
    let mut controllers = names_of.filter(|name| name.contains("background-controller"));
    let pod = controllers.next().context("the controller has a pod")?;
    let now = DeleteParams::default().grace_period(0);
    pods.delete(pod, &now).await?;
    for name in &names {
        closed(client, name).await?;
        copied(client, name, "second").await?;
    }
    Ok(())
}

async fn make(client: &Client, name: &str) -> anyhow::Result<()> {
    let space = serde_json::from_value(json!({ "metadata": { "name": name } }))?;
    let spaces = Api::<Namespace>::all(client.clone());
    spaces.create(&PostParams::default(), &space).await?;
    Ok(())
}

async fn closed(client: &Client, space: &str) -> anyhow::Result<()> {
    eventually(&format!("a closed `{space}`"), async || {
        let found = nets(client, space).get_opt(DENY).await?;
        let spec = found.and_then(|found| found.spec);
        let types = spec.and_then(|spec| spec.policy_types).unwrap_or_default();
        Ok((types == ["Ingress", "Egress"]).then_some(()))
    })
    .await
}

async fn copied(client: &Client, space: &str, value: &str) -> anyhow::Result<()> {
    eventually(&format!("`{value}` in `{space}`"), async || {
        let found = secrets(client, space).get_opt(COPY).await?;
        let data = found.and_then(|found| found.data).unwrap_or_default();
        let found = data.get("a").map(|value| value.0.clone());
        Ok((found.as_deref() == Some(value.as_bytes())).then_some(()))
    })
    .await
}

fn nets(client: &Client, space: &str) -> Api<NetworkPolicy> {
    Api::namespaced(client.clone(), space)
}

fn secrets(client: &Client, space: &str) -> Api<Secret> {
    Api::namespaced(client.clone(), space)
}

fn resource(version: &str, kind: &str, plural: &str) -> ApiResource {
    ApiResource {
        group: "kyverno.io".to_owned(),
        version: version.to_owned(),
        api_version: format!("kyverno.io/{version}"),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
    }
}

fn requests(client: &Client) -> Api<DynamicObject> {
    let resource = resource("v2", "UpdateRequest", "updaterequests");
    Api::namespaced_with(client.clone(), "kyverno", &resource)
}

/// Creates a policy and waits until requests are sent to it.
async fn admit(client: &Client, policy: Value) -> anyhow::Result<()> {
    let policy: DynamicObject = serde_json::from_value(policy)?;
    let types = policy.types.as_ref().context("a policy has a kind")?;
    let kind = GroupVersionKind::try_from(types)?;
    let policies: Api<DynamicObject> = Api::all_with(client.clone(), &ApiResource::from_gvk(&kind));
    let name = policy.metadata.name.clone().unwrap_or_default();
    eventually("an admitted policy", async || {
        match policies.create(&PostParams::default(), &policy).await {
            Ok(_) => Ok(Some(())),
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(Some(())),
            // The right that it wants is not known everywhere yet, or the gate is not there.
            Err(kube::Error::Api(status)) => {
                println!("`{name}` is refused: {}", status.message);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    })
    .await?;
    eventually("a policy that is ready", async || {
        let found = policies.get(&name).await?;
        let status = &found.data["status"];
        let conditions = status["conditions"].as_array();
        let mut conditions = conditions.into_iter().flatten();
        let ready = conditions.any(|one| one["type"] == "Ready" && one["status"] == "True");
        // Of a policy written in CEL.
        let ready = ready || status["conditionStatus"]["ready"] == true;
        Ok(ready.then_some(()))
    })
    .await
}

fn rule(name: &str, generate: Value) -> Value {
    json!({
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": { "name": name },
        "spec": { "rules": [{
            "name": "rule",
            "match": { "any": [{ "resources": { "kinds": ["Namespace"], "names": ["team-*"] } }] },
            "generate": generate,
        }] },
    })
}

fn deny() -> Value {
    let space = "{{ request.object.metadata.name }}";
    rule(
        DENY,
        json!({
            "synchronize": true, "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "name": DENY, "namespace": space,
            "data": { "spec": { "podSelector": {}, "policyTypes": ["Ingress", "Egress"] } },
        }),
    )
}

fn copy() -> Value {
    let space = "{{ request.object.metadata.name }}";
    rule(
        COPY,
        json!({
            "synchronize": true, "apiVersion": "v1", "kind": "Secret",
            "name": COPY, "namespace": space,
            "clone": { "namespace": "default", "name": COPY },
        }),
    )
}

fn sized() -> Value {
    let rule = |name: &str, target: Value, patch: Value| {
        json!({
            "name": name,
            "match": { "any": [{ "resources": { "kinds": ["ConfigMap"], "names": ["size"] } }] },
            "mutate": { "targets": [target], "patchStrategicMerge": patch },
        })
    };
    let scales = json!({
        "apiVersion": "apps/v1", "kind": "*/scale", "namespace": "{{ request.namespace }}",
        "selector": { "matchLabels": { "app": "sized" } },
    });
    let replicas = json!("{{ to_number(request.object.data.replicas) }}");
    let status = json!({
        "apiVersion": "v1", "kind": "Namespace/status", "name": "{{ request.namespace }}",
    });
    let condition = json!({
        "type": "example.com/Sized", "status": "True", "reason": "Configured",
        "message": "{{ request.object.data.replicas }} replicas",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    });
    json!({
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": { "name": "sized" },
        "spec": { "rules": [
            rule("scale", scales, json!({ "spec": { "replicas": replicas } })),
            rule("tell", status, json!({ "status": { "conditions": [condition] } })),
        ] },
    })
}

fn marked() -> Value {
    let rule = |group: &str, resource: &str, name: &str| {
        json!({ "resourceRules": [{
            "apiGroups": [group], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"],
            "resources": [resource], "resourceNames": [name],
        }] })
    };
    let label = "Object{metadata: Object.metadata{labels: Object.metadata.labels{mark: 'here'}}}";
    json!({
        "apiVersion": "policies.kyverno.io/v1",
        "kind": "MutatingPolicy",
        "metadata": { "name": "marked" },
        "spec": {
            "evaluation": { "mutateExisting": { "enabled": true } },
            "matchConstraints": rule("", "configmaps", "mark"),
            "targetMatchConstraints": rule("", "pods/*", "marked"),
            "mutations": [{
                "patchType": "ApplyConfiguration",
                "applyConfiguration": { "expression": label },
            }],
        },
    })
}

fn noted() -> Value {
    json!({
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": { "name": "noted" },
        "spec": { "rules": [{
            "name": "note",
            "match": { "any": [{ "resources": { "kinds": ["StatefulSet/scale"] } }] },
            "generate": {
                "apiVersion": "v1", "kind": "ConfigMap", "namespace": "{{ request.namespace }}",
                "name": "size-of-{{ request.object.metadata.name }}",
                "data": { "data": {
                    "replicas": "{{ to_string(request.object.spec.replicas) }}",
                } },
            },
        }] },
    })
}

const ROLE: &str = "what-rules-take";

/// The rights that users give a controller, found by their label.
async fn grant(client: &Client) -> anyhow::Result<()> {
    let role = json!({
        "metadata": {
            "name": ROLE,
            "labels": { "rbac.kyverno.io/aggregate-to-background-controller": "true" },
        },
        "rules": [{
            "apiGroups": [""], "resources": ["secrets"],
            "verbs": ["get", "list", "watch", "create", "update", "delete"],
        }, {
            "apiGroups": [""], "verbs": ["get", "list", "update"],
            "resources": ["pods", "pods/ephemeralcontainers", "pods/resize", "pods/status"],
        }, {
            "apiGroups": [""], "resources": ["namespaces/status"], "verbs": ["get", "update"],
        }, {
            "apiGroups": ["apps"], "resources": ["*/scale"], "verbs": ["get", "update"],
        }, {
            "apiGroups": ["apps"], "resources": ["deployments", "replicasets", "statefulsets"],
            "verbs": ["list"],
        }],
    });
    let roles = Api::<ClusterRole>::all(client.clone());
    roles
        .create(&PostParams::default(), &serde_json::from_value(role)?)
        .await?;
    Ok(())
}
