//! `test -v` and `explain`: every step that led to an outcome, with its values and its line.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Numbered by the lines that the tests below name.
const POLICIES: &str = "\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: classic}
spec:
  rules:
  - name: pattern
    match: {any: [{resources: {kinds: [Pod]}}]}
    context:
    - name: wanted
      variable: {value: Always}
    preconditions:
      all:
      - {key: '{{ request.object.metadata.name }}', operator: NotEquals, value: other}
    validate:
      message: '{{ request.object.metadata.name }} pulls too seldom'
      pattern:
        spec:
          containers:
          - (image): '*:latest'
            imagePullPolicy: '{{ wanted }}'
  - name: loop
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      foreach:
      - list: request.object.spec.containers
        deny:
          conditions:
            any:
            - {key: '{{ element.name }}', operator: Equals, value: b}
  - name: cel
    match: {any: [{resources: {kinds: [Pod]}}]}
    celPreconditions:
    - {name: named, expression: \"object.metadata.name != ''\"}
    validate:
      cel:
        variables:
        - {name: count, expression: object.spec.containers.size()}
        expressions:
        - {expression: variables.count < 2, message: too many}
        - {expression: \"object.metadata.name == 'x'\", messageExpression: \"'it is ' + object.metadata.name\"}
---
apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: cel}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  matchConditions:
  - {name: named, expression: \"object.metadata.name != ''\"}
  variables:
  - {name: count, expression: object.spec.containers.size()}
  validations:
  - {expression: variables.count < 1, message: too many}
";

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
  - {name: a, image: 'nginx:latest', imagePullPolicy: Never}
";

const TEST: &str = "\
apiVersion: cli.kyverno.io/v1alpha1
kind: Test
metadata: {name: t}
policies: [policies.yaml]
resources: [pod.yaml]
results:
- {policy: classic, rule: pattern, resources: [p], result: fail}
- {policy: classic, rule: loop, resources: [p], result: pass}
- {policy: classic, rule: cel, resources: [p], result: fail}
- {policy: cel, resources: [p], result: fail}
";

#[test]
#[rustfmt::skip] // Tables: their columns stay aligned.
fn every_row_has_the_steps_that_led_to_it() {
    let folder = files();
    let output = portcullis(folder.path(), &["test", ".", "-v", "-o", "json"]);
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).expect("one JSON array");
    check(&rows[0], &[
        (7,  "match",         Some(true),  "filter 0 fits"),
        (13, "variable",      None,        "`request.object.metadata.name` is \"p\""),
        (13, "condition",     Some(true),  "\"p\" NotEquals \"other\""),
        (12, "preconditions", Some(true),  ""),
        (9,  "context",       None,        "`wanted` is \"Always\""),
        (20, "variable",      None,        "`wanted` is \"Always\""),
        (19, "anchor",        Some(true),  "`(image)`: /spec/containers/0/image/ is \"nginx:latest\", the pattern \"*:latest\""),
        (20, "pattern",       Some(false), "resource value 'Never' does not match 'Always' at path /spec/containers/0/imagePullPolicy/"),
        (15, "variable",      None,        "`request.object.metadata.name` is \"p\""),
        (6,  "outcome",       None,        "fail: validation error: p pulls too seldom. rule pattern failed at path /spec/containers/0/imagePullPolicy/"),
    ]);
    let element = "{\"image\":\"nginx:latest\",\"imagePullPolicy\":\"Never\",\"name\":\"a\"}";
    check(&rows[1], &[
        (22, "match",     Some(true),  "filter 0 fits"),
        (25, "variable",  None,        &format!("`request.object.spec.containers` is [{element}]")),
        (25, "element",   None,        &format!("0 of `request.object.spec.containers`: {element}")),
        (29, "variable",  None,        "`element.name` is \"a\""),
        (29, "condition", Some(false), "\"a\" Equals \"b\""),
        (28, "deny",      Some(false), ""),
        (21, "outcome",   None,        "pass: rule passed"),
    ]);
    check(&rows[2], &[
        (31, "match",      Some(true),  "filter 0 fits"),
        (33, "condition",  Some(true),  "`object.metadata.name != ''`"),
        (37, "variable",   None,        "`variables.count` is 1"),
        (39, "validation", Some(true),  "`variables.count < 2`"),
        (40, "validation", Some(false), "`object.metadata.name == 'x'`"),
        (40, "message",    None,        "`'it is ' + object.metadata.name` is \"it is p\""),
        (30, "outcome",    None,        "fail: it is p"),
    ]);
    check(&rows[3], &[
        (47, "match",      Some(true),  "the constraints fit"),
        (50, "condition",  Some(true),  "`object.metadata.name != ''`"),
        (52, "variable",   None,        "`variables.count` is 1"),
        (54, "validation", Some(false), "`variables.count < 1`"),
        (42, "outcome",    None,        "fail: too many"),
    ]);
}

#[test]
fn without_the_flag_rows_have_no_steps() {
    let folder = files();
    let output = portcullis(folder.path(), &["test", ".", "-o", "json"]);
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).expect("one JSON array");
    assert!(rows.iter().all(|row| row.get("Account").is_none()));
}

#[test]
fn people_read_the_steps_below_the_table_and_below_failures() {
    let folder = files();
    let step = "no  validation    `variables.count < 1`  (";
    for args in [
        &["test", ".", "-v"][..],
        &["apply", "policies.yaml", "-r", "pod.yaml", "-v=4"],
        &["explain", "--policy", "policies.yaml", "-r", "pod.yaml"],
    ] {
        let output = portcullis(folder.path(), args);
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(printed.contains(step), "{args:?}: {printed}");
    }
}

#[test]
fn coverage_counts_anchors_loops_and_cel() {
    let folder = files();
    let output = portcullis(folder.path(), &["test", ".", "--coverage"]);
    let printed = String::from_utf8_lossy(&output.stdout);
    for missing in [
        "19:13  classic/pattern: the anchor never failed to hold",
        "33:33  classic/cel: the condition was never false",
        "39:24  classic/cel: the validation was never false",
        "40:24  classic/cel: the validation was never true",
        "54:18  cel: the validation was never true",
    ] {
        assert!(printed.contains(missing), "{missing} in {printed}");
    }
    for reached in ["the loop never", "the variable was never"] {
        assert!(!printed.contains(reached), "{reached} in {printed}");
    }
}

/// `expect`: line, kind, whether it held, text.
#[track_caller]
fn check(row: &Value, expect: &[(u64, &str, Option<bool>, &str)]) {
    let steps = row["Account"][0]["steps"].as_array();
    let found: Vec<_> = steps
        .into_iter()
        .flatten()
        .map(|step| {
            let text = |key: &str| step[key].as_str().unwrap_or_default();
            let line = step["line"].as_u64().unwrap_or_default();
            (line, text("what"), step["holds"].as_bool(), text("text"))
        })
        .collect();
    assert_eq!(found, expect, "{row:#}");
}

fn files() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("policies.yaml", POLICIES),
        ("pod.yaml", POD),
        ("kyverno-test.yaml", TEST),
    ] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

fn portcullis(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .current_dir(folder)
        .args(args)
        .output()
        .expect("the program runs")
}
