//! The API server takes the custom resource definitions, and with them every policy that there is,
//! each field of it known; and it refuses what a schema can refuse.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use futures::StreamExt as _;
use futures::stream;
use kube::Client;
use portcullis_lang::value::{Numbers, to_json, yaml};
use serde_json::{Value as Json, json};

use support::cluster::Cluster;
use support::crds::install;

#[tokio::test]
async fn every_policy_is_taken_with_all_its_fields() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::shared()? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    install(&client).await?;

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    yaml_files(&root.join("rules"), &mut files)?;
    // The peers' own tests lie beside the repository where there are any.
    yaml_files(&root.join("../shared/suites"), &mut files)?;
    yaml_files(&root.join("../shared/chainsaw/tests"), &mut files)?;
    let objects: Vec<_> = files.iter().flat_map(|file| policies_of(file)).collect();
    ensure!(objects.len() > 25, "only {} policies", objects.len());

    let answers = stream::iter(&objects).map(async |(file, object)| {
        let answer = create(&client, object).await;
        answer
            .err()
            .map(|error| format!("{}: {error}", file.display()))
    });
    let refused: Vec<_> = answers
        .buffer_unordered(16)
        .filter_map(async |answer| answer)
        .collect()
        .await;
    ensure!(refused.is_empty(), "refused:\n{}", refused.join("\n"));
    Ok(())
}

#[tokio::test]
#[rustfmt::skip] // A table: its columns stay aligned.
async fn what_a_schema_can_refuse_is_refused() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::shared()? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    install(&client).await?;
    let check = async |kind: &str, spec: Json, expect: &str| check(&client, kind, spec, expect).await;

    check("kyverno.io/v1/ClusterPolicy", json!({ "ruls": [] }), "unknown field \"spec.ruls\"").await;
    check("kyverno.io/v1/ClusterPolicy", json!({ "failurePolicy": "fail" }),
        "spec.failurePolicy: Unsupported value: \"fail\": supported values: \"Ignore\", \"Fail\"").await;
    check("kyverno.io/v1/ClusterPolicy", json!({ "rules": [{ "name": "n".repeat(64) }] }),
        "spec.rules[0].name: Too long: may not be more than 63").await;
    check("kyverno.io/v2/GlobalContextEntry", json!({}),
        "\"spec\" must validate one and only one schema (oneOf). Found none valid").await;
    check("policies.kyverno.io/v1/ValidatingPolicy", json!({ "validationActions": ["test"] }),
        "spec.validationActions[0]: Unsupported value: \"test\": supported values: \"Deny\", \"Audit\", \"Warn\"").await;
    check("policies.kyverno.io/v1/GeneratingPolicy", json!({ "generate": [] }),
        "spec.generate: Invalid value: 0: spec.generate in body should have at least 1 items").await;
    check("policies.kyverno.io/v1/DeletingPolicy", json!({}), "spec.schedule: Required value").await;
    Ok(())
}

async fn check(client: &Client, kind: &str, spec: Json, expect: &str) {
    let (api_version, kind) = kind.rsplit_once('/').expect("a version and a kind");
    let object = json!({ "apiVersion": api_version, "kind": kind, "spec": spec });
    let error = create(client, &object).await.expect_err(kind);
    assert!(error.contains(expect), "{kind}: {error}");
}

/// Asks for the object to be made, without making it; the API server's words if it refuses.
async fn create(client: &Client, object: &Json) -> Result<(), String> {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let resources = client.list_api_group_resources(api_version).await;
    let resources = resources.map_err(|error| error.to_string())?.resources;
    let resource = resources
        .iter()
        .find(|one| one.kind == kind && !one.name.contains('/'));
    let resource = resource.ok_or_else(|| format!("`{api_version}` has no `{kind}`"))?;
    let space = if resource.namespaced {
        "/namespaces/default"
    } else {
        ""
    };
    let path = format!("/apis/{api_version}{space}/{}", resource.name);

    let mut object = object.clone();
    object["metadata"] = json!({ "generateName": "policy-" });
    let request = hyper::Request::post(format!("{path}?dryRun=All&fieldValidation=Strict"))
        .header("Content-Type", "application/json")
        .body(object.to_string().into_bytes())
        .map_err(|error| error.to_string())?;
    let answer = client.request::<Json>(request).await;
    answer.map(|_| ()).map_err(|error| match error {
        kube::Error::Api(status) => status.message,
        error => error.to_string(),
    })
}

fn yaml_files(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            yaml_files(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|ending| ending == "yaml" || ending == "yml")
        {
            files.push(path);
        }
    }
    Ok(())
}

/// The policies and exceptions of a file. What only looks like one is left out: a part of an object
/// to compare with (its keys are expressions, or it has no spec), or one that is there to be refused.
fn policies_of(file: &Path) -> Vec<(PathBuf, Json)> {
    const REFUSED: [&str; 2] = [
        "globalcontext/validate-crd",
        "validation-checks/invalid-action",
    ];
    let name = file.to_string_lossy();
    if name.contains("assert") || REFUSED.iter().any(|folder| name.contains(folder)) {
        return Vec::new();
    }
    let documents = yaml::read(
        &fs::read_to_string(file).unwrap_or_default(),
        Numbers::AsWritten,
    );
    let objects = documents.into_iter().filter_map(|document| {
        let object: Json = serde_json::from_str(&to_json(document.ok()?.root())).ok()?;
        let (group, _) = object["apiVersion"].as_str()?.split_once('/')?;
        let ours = matches!(group, "kyverno.io" | "policies.kyverno.io");
        (ours && object["spec"].is_object()).then_some((file.to_owned(), object))
    });
    objects.collect()
}
