//! What `kubectl apply` of a policy is told, and what is left behind by those that are taken, where
//! the gate is installed as the manifests say.

#![allow(
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

mod support;

use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::api::rbac::v1::ClusterRole;
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, ListParams, PostParams};
use serde_json::{Value, json};

use support::cluster::eventually;
use support::installed::Installed;

/// Of every object that is made.
fn params() -> PostParams {
    PostParams::default()
}

#[tokio::test]
async fn policies_are_judged_and_violations_told() -> anyhow::Result<()> {
    let Some(cluster) = Installed::start(&[])? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    let policies = policies(&client);
    let broken = policy("broken", rule(json!(["Pod"]), json!({ "validate": {} })))?;
    // The registration takes a moment after the start.
    eventually("the registration", async || {
        let refused = policies.create(&params(), &broken).await.err();
        if refused.is_none() {
            policies.delete("broken", &Default::default()).await?;
        }
        Ok(refused)
    })
    .await?;

    let deny = json!({ "validate": { "deny": {} } });
    let scale = policy("scale", rule(json!(["Scale"]), deny.clone()))?;
    refuse(
        &policies,
        &scale,
        "background scans cannot look at the subresource Scale",
    )
    .await?;

    // What the background controller may not do is not promised.
    let makes = |name: &str, source: &str| {
        policy(
            "makes",
            json!({
                "name": name,
                "match": { "any": [{ "resources": { "kinds": ["Namespace"] } }] },
                "generate": {
                    "apiVersion": "v1", "kind": "ServiceAccount", "name": "made",
                    "namespace": "default", "synchronize": true,
                    "clone": { "namespace": "default", "name": source },
                },
            }),
        )
    };
    let lacks = "auth check fails, additional privileges are required for the service account \
                 'system:serviceaccount:kyverno:kyverno-background-controller'";
    refuse(&policies, &makes("r", "a")?, lacks).await?;
    let role: ClusterRole = serde_json::from_value(json!({
        "metadata": {
            "name": "accounts",
            "labels": { "rbac.kyverno.io/aggregate-to-background-controller": "true" },
        },
        "rules": [{
            "apiGroups": [""], "resources": ["serviceaccounts"],
            "verbs": ["get", "create", "update", "delete"],
        }],
    }))?;
    Api::all(client.clone()).create(&params(), &role).await?;
    // Roles are aggregated by a controller.
    let allowed = makes("r", "a")?;
    eventually("the permission", async || {
        Ok(policies.create(&params(), &allowed).await.ok())
    })
    .await?;
    let renamed = makes("renamed", "a")?;
    let refused = eventually("an answer", async || {
        let mut renamed = renamed.clone();
        renamed.metadata.resource_version = policies.get("makes").await?.metadata.resource_version;
        let answer = policies.replace("makes", &params(), &renamed).await;
        // Its status is written meanwhile.
        let is_conflict = matches!(&answer, Err(kube::Error::Api(status)) if status.code == 409);
        Ok((!is_conflict).then_some(answer))
    })
    .await?;
    tells(
        refused,
        "change of immutable fields for a generate rule is disallowed",
    );

    let named = policy("named", rule(json!(["ConfigMap"]), deny))?;
    policies.create(&params(), &named).await?;
    let maps = Api::<ConfigMap>::namespaced(client.clone(), "default");
    let map: ConfigMap = serde_json::from_value(json!({ "metadata": { "name": "m" } }))?;
    let refused = eventually("the policy", async || {
        let denied = maps.create(&params(), &map).await.err();
        if denied.is_none() {
            maps.delete("m", &Default::default()).await?;
        }
        Ok(denied)
    })
    .await?;
    assert!(refused.to_string().contains("named"), "{refused}");
    let events = Api::<Event>::namespaced(client, "default");
    let event = eventually("an event", async || {
        let told = events.list(&ListParams::default()).await?;
        // Background scans tell of the same policy.
        let of = |event: &Event| {
            let regarding = event.regarding.clone().unwrap_or_default();
            regarding.name.as_deref() == Some("named")
                && event.reporting_controller.as_deref() == Some("kyverno-admission")
                && event.action.as_deref() == Some("Resource Blocked")
        };
        Ok(told.items.into_iter().find(of))
    })
    .await?;
    assert_eq!(event.reason.as_deref(), Some("PolicyViolation"));
    let note = event.note.unwrap_or_default();
    assert!(
        note.starts_with("ConfigMap default/m: [r] fail (blocked)"),
        "{note}"
    );
    Ok(())
}

/// Fails unless the policy is refused for that reason.
async fn refuse(
    policies: &Api<DynamicObject>,
    policy: &DynamicObject,
    why: &str,
) -> anyhow::Result<()> {
    tells(policies.create(&params(), policy).await, why);
    Ok(())
}

#[track_caller]
fn tells(answer: kube::Result<DynamicObject>, why: &str) {
    let told = answer.map_or_else(|error| error.to_string(), |_| "it was taken".to_owned());
    assert!(told.contains(why), "{told}");
}

fn policies(client: &Client) -> Api<DynamicObject> {
    let resource = ApiResource {
        group: "kyverno.io".to_owned(),
        version: "v1".to_owned(),
        api_version: "kyverno.io/v1".to_owned(),
        kind: "ClusterPolicy".to_owned(),
        plural: "clusterpolicies".to_owned(),
    };
    Api::all_with(client.clone(), &resource)
}

/// A rule about objects of these kinds.
fn rule(kinds: Value, mut body: Value) -> Value {
    body["name"] = json!("r");
    body["match"] = json!({ "any": [{ "resources": { "kinds": kinds } }] });
    if body["validate"].is_object() {
        body["validate"]["failureAction"] = json!("Enforce");
    }
    body
}

fn policy(name: &str, rule: Value) -> anyhow::Result<DynamicObject> {
    let policy = json!({
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": { "name": name },
        "spec": { "rules": [rule] },
    });
    Ok(serde_json::from_value(policy)?)
}
