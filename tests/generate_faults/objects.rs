//! The objects of the faults: policies, and what a gate leaves behind for a trigger.

use k8s_openapi::api::core::v1::ConfigMap;
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, PostParams};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Makes an object from scratch.
pub(crate) const DATA: &str = "data";
/// Copies one.
pub(crate) const COPY: &str = "copy";
/// Changes one that exists.
pub(crate) const CHANGE: &str = "change";

/// Who the controllers are.
pub(crate) const ACCOUNT: &str = "kyverno-background-controller";

pub(crate) fn binding(role: &str) -> Value {
    json!({
        "metadata": { "name": role },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role },
        "subjects": [{ "kind": "ServiceAccount", "name": ACCOUNT, "namespace": "kyverno" }],
    })
}

/// What a gate leaves behind for a trigger that came, or went.
pub(crate) async fn ask(
    client: &Client,
    what: &str,
    policy: &str,
    name: &str,
    uid: &str,
    gone: bool,
) -> anyhow::Result<()> {
    let trigger = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "namespace": "triggers", "name": name, "uid": uid,
    });
    let request = json!({
        "apiVersion": "kyverno.io/v2", "kind": "UpdateRequest",
        "metadata": { "name": format!("ur-{policy}-{name}-{gone}") },
        "spec": {
            "requestType": what, "policy": policy, "rule": "rule", "resource": trigger,
            "deleteDownstream": gone, "synchronize": true,
            "ruleContext": [{
                "rule": "rule", "deleteDownstream": gone, "synchronize": true, "trigger": trigger,
            }],
            "context": {},
        },
    });
    create(&requests(client), request).await
}

pub(crate) fn policies() -> [Value; 3] {
    let name = "{{ request.object.metadata.name }}";
    let rule = |policy: &str, body: (&str, Value)| {
        let mut rule = json!({
            "name": "rule",
            "match": { "any": [{ "resources": { "kinds": ["ConfigMap"], "namespaces": ["triggers"] } }] },
        });
        rule[body.0] = body.1;
        json!({
            "apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy",
            "metadata": { "name": policy }, "spec": { "rules": [rule] },
        })
    };
    let make = |name: String| {
        json!({
            "synchronize": true, "apiVersion": "v1", "kind": "ConfigMap", "name": name, "namespace": "made",
        })
    };
    let mut data = make(name.to_owned());
    data["data"] = json!({ "data": { "a": "b" } });
    let mut copy = make(format!("copy-{name}"));
    copy["clone"] = json!({ "namespace": "default", "name": "source" });
    let change = json!({
        "targets": [{ "apiVersion": "v1", "kind": "ConfigMap", "namespace": "targets", "name": name }],
        "patchStrategicMerge": { "metadata": { "labels": { "changed": "yes" } } },
    });
    [
        rule(DATA, ("generate", data)),
        rule(COPY, ("generate", copy)),
        rule(CHANGE, ("mutate", change)),
    ]
}

pub(crate) fn configs(client: &Client, space: &str) -> Api<ConfigMap> {
    Api::namespaced(client.clone(), space)
}

pub(crate) fn requests(client: &Client) -> Api<DynamicObject> {
    let resource = resource("v2", "UpdateRequest");
    Api::namespaced_with(client.clone(), "kyverno", &resource)
}

pub(crate) fn dynamic(client: &Client, version: &str, kind: &str) -> Api<DynamicObject> {
    Api::all_with(client.clone(), &resource(version, kind))
}

fn resource(version: &str, kind: &str) -> ApiResource {
    ApiResource {
        group: "kyverno.io".to_owned(),
        version: version.to_owned(),
        api_version: format!("kyverno.io/{version}"),
        kind: kind.to_owned(),
        plural: match kind {
            "ClusterPolicy" => "clusterpolicies".to_owned(),
            other => format!("{}s", other.to_lowercase()),
        },
    }
}

pub(crate) async fn create<T>(api: &Api<T>, object: Value) -> anyhow::Result<()>
where
    T: Clone + std::fmt::Debug + DeserializeOwned + Serialize,
{
    let object: T = serde_json::from_value(object)?;
    api.create(&PostParams::default(), &object).await?;
    Ok(())
}
