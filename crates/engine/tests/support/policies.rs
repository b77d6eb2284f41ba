//! Policies: those that ship, and any number of made ones.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use portcullis_engine::doc::{self, Policy};

/// The policies of one category that ships, enforcing.
pub fn shipped(category: &str) -> Vec<Arc<Policy>> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let mut folders: Vec<_> = fs::read_dir(rules.join(category))
        .unwrap()
        .map(|entry| entry.unwrap().path().join("policy.yaml"))
        .filter(|path| path.exists())
        .collect();
    folders.sort();
    let texts = folders.iter().map(|path| fs::read_to_string(path).unwrap());
    texts.flat_map(|text| read(&enforcing(&text))).collect()
}

/// `text` with every Audit made an Enforce.
pub fn enforcing(text: &str) -> String {
    text.replace("ailureAction: Audit", "ailureAction: Enforce")
        .replace("ailureAction: audit", "ailureAction: Enforce")
}

pub fn read(text: &str) -> Vec<Arc<Policy>> {
    let policies = doc::read(text).into_iter();
    policies.map(|policy| policy.expect("a policy")).collect()
}

/// Policies that change Pods as users have them do it: defaults, a label, a sidecar.
pub fn changing() -> Vec<Arc<Policy>> {
    let rule = |name: &str, mutate: &str| {
        format!(
            "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: {name}}}, spec: {{rules: [{{name: r, \
             match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}, mutate: {{patchStrategicMerge: {mutate}}}}}]}}}}"
        )
    };
    let rules = [
        (
            "defaults",
            "{spec: {+(automountServiceAccountToken): false, containers: [{(name): '*', \
             +(terminationMessagePolicy): FallbackToLogsOnError, imagePullPolicy: Always}]}}",
        ),
        (
            "label",
            "{metadata: {labels: {+(tier): '{{ request.namespace }}'}}}",
        ),
        (
            "sidecar",
            "{spec: {containers: [{name: log-agent, image: 'registry.example.com/log-agent:2.1'}], \
             volumes: [{name: agent, emptyDir: {}}]}}",
        ),
    ];
    let policies = rules.iter().map(|(name, mutate)| rule(name, mutate));
    policies.flat_map(|text| read(&text)).collect()
}

/// `count` policies that differ in their names only, over 20 different checks.
pub fn sharing(count: usize) -> Vec<Arc<Policy>> {
    let policies = (0..count).map(|index| made(index, index % 20, "Pod"));
    policies.collect()
}

/// `count` policies, each with a check of its own.
pub fn distinct(count: usize) -> Vec<Arc<Policy>> {
    let policies = (0..count).map(|index| made(index, index, "Pod"));
    policies.collect()
}

/// `count` policies of which only the first is about Pods.
pub fn elsewhere(count: usize) -> Vec<Arc<Policy>> {
    let kind = |index: usize| if index == 0 { "Pod" } else { "ConfigMap" };
    let policies = (0..count).map(|index| made(index, index, kind(index)));
    policies.collect()
}

/// `count` policies of which each speaks about one namespace, and the first about that of the reviews.
pub fn namespaced(count: usize) -> Vec<Arc<Policy>> {
    let namespace = |index: usize| match index {
        0 => "shop".to_owned(),
        other => format!("team-{other}"),
    };
    let policies = (0..count).flat_map(|index| {
        let text = format!(
            "apiVersion: kyverno.io/v1
kind: Policy
metadata: {{name: made, namespace: {}}}
spec:
  validationFailureAction: Enforce
  rules:
    - name: check
      match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}
      validate:
        message: Not in this namespace.
        pattern: {{spec: {{=(hostNetwork): false}}}}
",
            namespace(index)
        );
        read(&text)
    });
    policies.collect()
}

/// `count` policies written in CEL, each with a check of its own.
pub fn cel(count: usize) -> Vec<Arc<Policy>> {
    let policies = (0..count).flat_map(|index| {
        read(&format!(
            "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {{name: cel-{index:06}, annotations: {{pod-policies.kyverno.io/autogen-controllers: none}}}}
spec:
  validationFailureAction: Enforce
  rules:
    - name: check
      match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}
      validate:
        cel:
          expressions:
            - expression: >-
                object.spec.containers.all(container, !has(container.securityContext)
                || !has(container.securityContext.privileged)
                || container.securityContext.privileged == false
                || container.image.startsWith('registry-{index}.example.com/'))
"
        ))
    });
    policies.collect()
}

/// A policy that refuses one registry, and asks one more thing.
pub fn made(index: usize, check: usize, kind: &str) -> Arc<Policy> {
    read(&text(index, check, kind)).remove(0)
}

/// As it is written.
pub fn text(index: usize, check: usize, kind: &str) -> String {
    let autogen = if kind == "Pod" {
        "DaemonSet,Deployment"
    } else {
        "none"
    };
    let pattern = if kind == "Pod" {
        format!(
            "{{spec: {{containers: [{{image: \"!registry-{check}.example.com/*\", \
             =(securityContext): {{=(privileged): false}}}}]}}}}"
        )
    } else {
        format!("{{metadata: {{name: \"!forbidden-{check}\"}}}}")
    };
    format!(
        "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: made-{index:06}
  annotations: {{pod-policies.kyverno.io/autogen-controllers: \"{autogen}\"}}
spec:
  validationFailureAction: Enforce
  rules:
    - name: check
      match: {{any: [{{resources: {{kinds: [{kind}]}}}}]}}
      validate:
        message: Policy {index} refuses this.
        pattern: {pattern}
"
    )
}
