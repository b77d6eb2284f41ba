//! `apply --generate-exceptions`: an exception for every violation, ready to be reviewed and applied.
//!
//! Comes in:  responses.
//! Goes out:  PolicyExceptions as JSON trees: one for each rule that fails on a resource.
//! Never here: whether a violation should be let be.

use portcullis_engine::outcome::Status;
use portcullis_lang::value::Value;
use serde_json::{Value as Json, json};

use crate::cli::report;
use crate::cli::run::{Response, metadata};

/// The label by which Kyverno's cleanup controller removes an object after a time.
const TTL_LABEL: &str = "cleanup.kyverno.io/ttl";

/// The exceptions. `ttl`: how long they live, as Kubernetes writes a duration.
pub(super) fn exceptions(responses: &[Response], audit_warn: bool, ttl: &str) -> Vec<Json> {
    let mut made = Vec::new();
    for response in responses {
        for rule in &response.rules {
            let status = report::counted(response, rule, audit_warn);
            if matches!(status, Status::Fail | Status::Warn) {
                made.extend(exception(response, &rule.rule, ttl));
            }
        }
    }
    made
}

/// `None` for a policy of the API server, which knows no exceptions.
fn exception(response: &Response, rule: &str, ttl: &str) -> Option<Json> {
    let resource = response.resource.root();
    let (namespace, name) = (metadata(resource, "namespace"), metadata(resource, "name"));
    let policy = &response.policy;
    let (api_version, spec) = if policy.has_rules() {
        let spec = json!({
            "exceptions": [{"policyName": policy.key(), "ruleNames": [rule]}],
            "match": {"any": [{"resources": of(resource)}]},
        });
        ("kyverno.io/v2", spec)
    } else if policy.takes_exceptions() {
        let is =
            |field: &str, text: &str| format!("object.metadata.?{field}.orValue('') == '{text}'");
        let expression = [is("name", name), is("namespace", namespace)].join(" && ");
        let spec = json!({
            "policyRefs": [{"name": policy.name(), "kind": policy.kind()}],
            "matchConditions": [{"name": "resource", "expression": expression}],
        });
        ("policies.kyverno.io/v1beta1", spec)
    } else {
        return None;
    };
    let parts = [policy.name(), rule, namespace, resource.text("kind"), name];
    let home = if namespace.is_empty() {
        "default"
    } else {
        namespace
    };
    Some(json!({
        "apiVersion": api_version,
        "kind": "PolicyException",
        "metadata": {
            "name": object_name(&parts),
            "namespace": home,
            "labels": {TTL_LABEL: ttl},
        },
        "spec": spec,
    }))
}

/// The resource alone.
fn of(resource: Value<'_>) -> Json {
    let api_version = resource.text("apiVersion");
    let kind = resource.text("kind");
    let kind = match api_version.split_once('/') {
        Some((group, version)) => format!("{group}/{version}/{kind}"),
        None => format!("{api_version}/{kind}"),
    };
    let mut made = json!({"kinds": [kind], "names": [metadata(resource, "name")]});
    let namespace = metadata(resource, "namespace");
    if let (Some(fields), false) = (made.as_object_mut(), namespace.is_empty()) {
        fields.insert("namespaces".to_owned(), json!([namespace]));
    }
    made
}

/// A name that an API server takes: the parts joined, at most 253 bytes.
fn object_name(parts: &[&str]) -> String {
    let parts = parts.iter().filter(|part| !part.is_empty());
    let joined: Vec<_> = parts.map(|part| part.to_ascii_lowercase()).collect();
    let legal = |c: char| {
        if c.is_ascii_alphanumeric() || c == '.' {
            c
        } else {
            '-'
        }
    };
    let name: String = joined.join("-").chars().map(legal).take(253).collect();
    name.trim_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::object_name;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn names_are_legal() {
        check(&["policy", "rule", "ns", "Pod", "web"], "policy-rule-ns-pod-web");
        check(&["policy", "", "", "Node", "a.b"],      "policy-node-a.b");
        check(&["p", "Has Blanks!", "n"],              "p-has-blanks--n");
        check(&["p", "ends in-"],                      "p-ends-in");
    }

    #[track_caller]
    fn check(parts: &[&str], expect: &str) {
        assert_eq!(object_name(parts), expect, "{parts:?}");
    }
}
