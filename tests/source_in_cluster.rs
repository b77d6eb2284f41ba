//! Policies that are objects of a real cluster.

mod support;

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use k8s_openapi::api::rbac::v1::ClusterRoleBinding;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use support::cluster::{Cluster, Controllers, eventually};
use support::gate::Gate;
use support::https::Http;
use support::review::{policy, review};

/// One definition each: plural, kind, scope, version.
const DEFINED: [(&str, &str, &str, &str, &str); 4] = [
    (
        "kyverno.io",
        "clusterpolicies",
        "ClusterPolicy",
        "Cluster",
        "v1",
    ),
    ("kyverno.io", "policies", "Policy", "Namespaced", "v1"),
    (
        "kyverno.io",
        "policyexceptions",
        "PolicyException",
        "Namespaced",
        "v2",
    ),
    (
        "policies.kyverno.io",
        "validatingpolicies",
        "ValidatingPolicy",
        "Cluster",
        "v1",
    ),
];

#[tokio::test]
async fn policies_come_change_break_and_go_with_their_objects() -> anyhow::Result<()> {
    let Some(mut cluster) = Cluster::start(Controllers::None)? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    for (group, plural, ..) in DEFINED {
        define(&client, group, plural).await?;
    }
    let home: Namespace = serde_json::from_value(json!({ "metadata": { "name": "kyverno" } }))?;
    let spaces = Api::<Namespace>::all(client.clone());
    spaces.create(&PostParams::default(), &home).await?;
    let policies = api(&client, "clusterpolicies");
    apply(&policies, "before", Some("1")).await?;

    let kubeconfig = cluster.kubeconfig().to_string_lossy().into_owned();
    let flags = ["--in-cluster", "--kubeconfig", &kubeconfig];
    let alone = ["--register-webhooks=false"];
    let exceptions = ["--enablePolicyException=true", "--exceptionNamespace=*"];
    let flags: Vec<&str> = flags.into_iter().chain(exceptions).chain(alone).collect();
    let file = policy("of-a-file", "1");
    let gate = Gate::start(&[("p.yaml", &*file)], &flags)?;
    // What existed before is there from the start.
    expect(&gate, "before of-a-file").await?;

    apply(&policies, "made", Some("1")).await?;
    expect(&gate, "before made of-a-file").await?;
    // A file decides between the two, and the other one is known.
    apply(&policies, "of-a-file", Some("2")).await?;
    expect(&gate, "before made of-a-file of-a-file!duplicate-policy").await?;
    policies
        .delete("of-a-file", &DeleteParams::default())
        .await?;
    // Broken: the last good version stays, and the finding is told. Healed: it is gone.
    apply(&policies, "made", None).await?;
    expect(&gate, "before made!unknown-field of-a-file").await?;

    // Both are written where `kubectl get` looks.
    expect_ready(&policies, "before", "True Ready").await?;
    let broken = "False unknown field `rulez` in `spec`";
    expect_ready(&policies, "made", broken).await?;
    apply(&policies, "made", Some("2")).await?;
    expect_ready(&policies, "made", "True Ready").await?;
    apply(&policies, "made", None).await?;

    // A definition that goes takes its policies with it; one that comes back brings them.
    let definitions = Api::<CustomResourceDefinition>::all(client.clone());
    let name = "clusterpolicies.kyverno.io";
    definitions.delete(name, &DeleteParams::default()).await?;
    expect(&gate, "of-a-file").await?;
    eventually("the definition's end", async || {
        let gone = definitions.get_metadata_opt(name).await?.is_none();
        Ok(gone.then_some(()))
    })
    .await?;
    define(&client, "kyverno.io", "clusterpolicies").await?;
    apply(&policies, "back", Some("1")).await?;
    expect(&gate, "back of-a-file").await?;

    // The other kinds, and exceptions.
    let own: DynamicObject = serde_json::from_value(yaml(&policy("own", "1"), "Policy"))?;
    let own_policies =
        Api::<DynamicObject>::namespaced_with(client.clone(), "default", &resource("policies"));
    own_policies.create(&PostParams::default(), &own).await?;
    expect(&gate, "back default/own of-a-file").await?;
    let exception: DynamicObject = serde_json::from_value(json!({
        "apiVersion": "kyverno.io/v2",
        "kind": "PolicyException",
        "metadata": { "name": "e", "namespace": "default" },
        "spec": {
            "exceptions": [{ "policyName": "back", "ruleNames": ["*"] }],
            "match": { "any": [{ "resources": { "kinds": ["ConfigMap"] } }] },
        },
    }))?;
    let excepted = Api::<DynamicObject>::namespaced_with(
        client.clone(),
        "default",
        &resource("policyexceptions"),
    );
    excepted.create(&PostParams::default(), &exception).await?;
    expect(&gate, "back default/own of-a-file default/e").await?;

    // A process that starts while a policy is broken knows its last good version.
    apply(&policies, "back", None).await?;
    expect(&gate, "back!unknown-field default/own of-a-file default/e").await?;
    drop(gate.terminate());
    let restarted = gate.again(&flags)?;
    expect(
        &restarted,
        "back!unknown-field default/own of-a-file default/e",
    )
    .await?;

    // And one that starts while the API server is away starts with all of them.
    let credentials = tempfile::NamedTempFile::new()?;
    fs::copy(&kubeconfig, credentials.path())?;
    cluster.hang_up()?;
    let away = credentials.path().to_string_lossy();
    let flags: Vec<&str> = flags
        .iter()
        .map(|flag| if *flag == kubeconfig { &*away } else { *flag })
        .collect();
    let alone = restarted.again(&flags)?;
    expect(&alone, "back default/own of-a-file default/e").await?;
    Ok(())
}

#[tokio::test]
async fn what_the_config_map_leaves_out_and_which_roles_users_have() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::shared()? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    let home = cluster.namespace("home").await?;
    let maps = Api::<ConfigMap>::namespaced(client.clone(), &home);
    let settings: ConfigMap = serde_json::from_value(json!({
        "metadata": { "name": "kyverno" },
        "data": { "resourceFilters": "[ConfigMap,left-out,*]" },
    }))?;
    maps.create(&PostParams::default(), &settings).await?;

    let kubeconfig = cluster.kubeconfig().to_string_lossy();
    let flags = [
        "--in-cluster",
        "--register-webhooks=false",
        "--kubeconfig",
        &kubeconfig,
    ];
    let of_auditors = policy("of-auditors", "2")
        .replace("spec:\n", "spec:\n  background: false\n")
        .replace(
            "      - resources:",
            "      - clusterRoles: [auditors]\n        resources:",
        );
    let rules = [("p.yaml", policy("p", "1")), ("q.yaml", of_auditors)];
    let rules = rules.each_ref().map(|(name, text)| (*name, text.as_str()));
    let gate = Gate::start_with(&rules, &flags, &[("KYVERNO_NAMESPACE", &home)])?;
    // Nobody is bound to the role.
    verdict(&gate, "in", "1", "").await?;
    verdict(&gate, "in", "2", "p").await?;
    verdict(&gate, "left-out", "2", "").await?;

    let change = json!({ "data": { "resourceFilters": null, "excludeUsernames": "other, test*" } });
    let patch = Patch::Merge(change);
    maps.patch("kyverno", &PatchParams::default(), &patch)
        .await?;
    verdict(&gate, "in", "2", "").await?;
    let patch = Patch::Merge(json!({ "data": { "excludeUsernames": "test*, !tester" } }));
    maps.patch("kyverno", &PatchParams::default(), &patch)
        .await?;
    verdict(&gate, "left-out", "2", "p").await?;

    let binding: ClusterRoleBinding = serde_json::from_value(json!({
        "metadata": { "name": "auditors" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "auditors" },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "tester" }],
    }))?;
    let bindings = Api::<ClusterRoleBinding>::all(client);
    bindings.create(&PostParams::default(), &binding).await?;
    verdict(&gate, "in", "1", "of-auditors").await?;
    bindings
        .delete("auditors", &DeleteParams::default())
        .await?;
    verdict(&gate, "in", "1", "").await?;
    Ok(())
}

/// Waits until a ConfigMap of `value` is denied by a policy, or by none where that is empty.
async fn verdict(gate: &Gate, namespace: &str, value: &str, denies: &str) -> anyhow::Result<()> {
    let text = review(&json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": "m", "namespace": namespace },
        "data": { "key": value },
    }));
    let start = Instant::now();
    loop {
        let mut connection = gate.connect(Http::One).await?;
        let reply = connection.post("/validate", text.clone()).await?;
        let (allowed, message) = reply.verdict().context("a verdict")?;
        if allowed == denies.is_empty() && message.contains(denies) {
            return Ok(());
        }
        ensure!(
            start.elapsed() < Duration::from_secs(10),
            "{value} in {namespace}: {allowed} {message}, not `{denies}`\n{}",
            gate.log()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Names of policies and exceptions in `/status`, `!` and the code of its first finding behind those
/// that have one.
async fn expect(gate: &Gate, expect: &str) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut found = String::new();
    while start.elapsed() < Duration::from_secs(15) {
        let status = gate.status().await?;
        found = shown(&status);
        if found == expect {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("in force: `{found}`, not `{expect}`\n{}", gate.log())
}

/// Status and message of the condition `Ready`.
async fn expect_ready(
    policies: &Api<DynamicObject>,
    name: &str,
    expect: &str,
) -> anyhow::Result<()> {
    let mut found = String::new();
    let done = eventually("a status", async || {
        let policy = policies.get(name).await?;
        let text = |key: &str| {
            let value = policy.data.pointer(&format!("/status/conditions/0/{key}"));
            value.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        found = format!("{} {}", text("status"), text("message"));
        Ok((found == expect).then_some(()))
    });
    done.await
        .with_context(|| format!("`{found}`, not `{expect}`"))
}

fn shown(status: &Value) -> String {
    let texts = |list: &str| {
        let all = status
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let shown = all.map(|policy| {
            let text = |key: &str| policy.get(key).and_then(Value::as_str).unwrap_or_default();
            let mut shown = match text("namespace") {
                "" => text("name").to_owned(),
                namespace => format!("{namespace}/{}", text("name")),
            };
            let code = policy.pointer("/errors/0/code").and_then(Value::as_str);
            shown.extend(code.into_iter().flat_map(|code| ["!", code]));
            shown
        });
        let mut shown: Vec<_> = shown.collect();
        shown.sort();
        shown
    };
    [texts("policies"), texts("exceptions")].concat().join(" ")
}

fn api(client: &Client, plural: &str) -> Api<DynamicObject> {
    Api::all_with(client.clone(), &resource(plural))
}

fn resource(plural: &str) -> ApiResource {
    let (group, plural, kind, _, version) = defined(plural);
    ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        api_version: format!("{group}/{version}"),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
    }
}

fn defined(
    plural: &str,
) -> (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
) {
    let found = DEFINED.into_iter().find(|defined| defined.1 == plural);
    found.unwrap_or_default()
}

/// A definition that takes everything, and is served when this returns.
async fn define(client: &Client, group: &str, plural: &str) -> anyhow::Result<()> {
    let (_, _, kind, scope, version) = defined(plural);
    let definition: CustomResourceDefinition = serde_json::from_value(json!({
        "metadata": { "name": format!("{plural}.{group}") },
        "spec": {
            "group": group,
            "scope": scope,
            "names": { "plural": plural, "kind": kind, "listKind": format!("{kind}List"), "singular": kind.to_lowercase() },
            "versions": [{
                "name": version, "served": true, "storage": true,
                "subresources": { "status": {} },
                "schema": { "openAPIV3Schema": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } },
            }],
        },
    }))?;
    let definitions = Api::<CustomResourceDefinition>::all(client.clone());
    definitions
        .create(&PostParams::default(), &definition)
        .await?;
    let objects = api(client, plural);
    eventually("a resource", async || {
        Ok(objects.list_metadata(&Default::default()).await.ok())
    })
    .await?;
    Ok(())
}

/// Makes or replaces a policy; a broken one where there is no value.
async fn apply(
    policies: &Api<DynamicObject>,
    name: &str,
    value: Option<&str>,
) -> anyhow::Result<()> {
    let mut object = yaml(&policy(name, value.unwrap_or("1")), "ClusterPolicy");
    if value.is_none() {
        let spec = object.get_mut("spec").and_then(Value::as_object_mut);
        spec.context("a spec")?
            .insert("rulez".to_owned(), json!([]));
    }
    let params = PatchParams::apply("test").force();
    let patched = policies.patch(name, &params, &Patch::Apply(object)).await?;
    ensure!(patched.metadata.name.as_deref() == Some(name));
    Ok(())
}

/// The text of a policy as JSON, of this kind.
fn yaml(text: &str, kind: &str) -> Value {
    let documents =
        portcullis_lang::value::yaml::read(text, portcullis_lang::value::Numbers::AsWritten);
    let document = documents.into_iter().find_map(Result::ok);
    let json = document.map(|document| portcullis_lang::value::to_json(document.root()));
    let mut value: Value = json
        .and_then(|json| serde_json::from_str(&json).ok())
        .unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.insert("kind".to_owned(), kind.into());
    }
    value
}
