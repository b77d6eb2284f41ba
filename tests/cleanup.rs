//! Cleanup policies and times to live on the command line: what would be deleted now.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::process::Command;

use tempfile::TempDir;

const POLICY: &str = "
apiVersion: kyverno.io/v2
kind: ClusterCleanupPolicy
metadata: {name: old-pods}
spec:
  schedule: '0 4 * * *'
  match: {any: [{resources: {kinds: [Pod]}}]}
  conditions:
    all:
    - {key: '{{ target.metadata.name }}', operator: Equals, value: old}
";

const RESOURCES: &str = "
apiVersion: v1
kind: Pod
metadata: {name: old, labels: {cleanup.kyverno.io/ttl: '2020-01-01'}}
---
apiVersion: v1
kind: Pod
metadata: {name: new}
---
apiVersion: v1
kind: Service
metadata: {name: old}
";

const TEST: &str = "
apiVersion: cli.kyverno.io/v1alpha1
kind: Test
metadata: {name: t}
policies: [p.yaml]
resources: [r.yaml]
results:
- {policy: old-pods, resourceSpecs: [{version: v1, namespace: default, name: old}], result: pass}
- {policy: old-pods, resources: [new], result: fail}
";

#[test]
fn what_would_be_deleted() {
    let printed = run(POLICY, &["apply", "p.yaml", "--resource", "r.yaml"]);
    for part in [
        "default/Pod/old: would be deleted now: its cleanup.kyverno.io/ttl ended at 2020-01-01T00:00:00Z",
        "policy old-pods -> resource default/Pod/new failed:\n1 - old-pods resource did not match",
        "pass: 1, fail: 1, warn: 0, error: 0, skip: 0",
    ] {
        assert!(printed.contains(part), "{part} in {printed}");
    }
}

#[test]
fn policies_are_tested() {
    // The Service of the same name is none of the policy's business: no row is found for it.
    let printed = run(POLICY, &["test", "."]);
    assert!(
        printed.contains("2 tests passed and 1 tests failed"),
        "{printed}"
    );
    assert!(printed.contains("Not found"), "{printed}");
}

#[test]
fn a_schedule_that_never_comes_is_refused() {
    let policy = POLICY.replace("0 4", "0 44");
    let printed = run(&policy, &["apply", "p.yaml", "--resource", "r.yaml"]);
    let reason = "1. old-pods: spec.schedule: Invalid value: \"0 44 * * *\"";
    assert!(printed.contains(reason), "{printed}");
    let printed = run(&policy, &["lint", "p.yaml"]);
    assert!(printed.contains("error[invalid-schedule]"), "{printed}");
}

/// What is printed on standard output in a folder with these files.
fn run(policy: &str, arguments: &[&str]) -> String {
    let folder = TempDir::new().unwrap();
    let files = [
        ("p.yaml", policy),
        ("r.yaml", RESOURCES),
        ("kyverno-test.yaml", TEST),
    ];
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .current_dir(folder.path())
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}
