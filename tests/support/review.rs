//! Reviews and policies that tests are written with.
//!
//! Comes in: objects, values.
//! Goes out: the text of a review, of a policy.
//! Never here: verdicts.

#![allow(
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

use serde_json::{Value, json};

/// The body of a review: the creation of `object`.
pub(crate) fn review(object: &Value) -> String {
    let api_version = object["apiVersion"].as_str().unwrap_or_default();
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let kind = json!({ "group": group, "version": version, "kind": object["kind"] });
    let plural = format!(
        "{}s",
        object["kind"].as_str().unwrap_or_default().to_lowercase()
    );
    let resource = json!({ "group": group, "version": version, "resource": plural });
    json!({
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "00000000-0000-4000-8000-000000000001",
            "kind": kind,
            "resource": resource,
            "requestKind": kind,
            "requestResource": resource,
            "name": object["metadata"]["name"],
            "namespace": object["metadata"]["namespace"],
            "operation": "CREATE",
            "userInfo": { "username": "tester", "groups": ["system:authenticated"] },
            "object": object,
            "oldObject": null,
            "dryRun": false,
            "options": { "kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1" },
        },
    })
    .to_string()
}

/// A ClusterPolicy that demands `data.key` of every ConfigMap to be `value`.
pub(crate) fn policy(name: &str, value: &str) -> String {
    format!(
        "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: {name}
spec:
  validationFailureAction: Enforce
  rules:
  - name: key
    match:
      any:
      - resources:
          kinds:
          - ConfigMap
    validate:
      message: key must be {value}
      pattern:
        data:
          key: {value}
"
    )
}

/// A review of a ConfigMap whose `data.key` is `value`.
pub(crate) fn config_map(value: &str) -> String {
    review(&json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": "settings", "namespace": "shop" },
        "data": { "key": value },
    }))
}
