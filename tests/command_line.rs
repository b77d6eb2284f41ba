//! `apply` and `test` as a user calls them: what is printed where, and the exit codes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn portcullis(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(args)
        .output()
        .expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_library_that_ships_does_what_its_tests_expect() {
    let output = portcullis(&["test", "rules"]);
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("and 0 tests failed"), "{printed}");
}

#[test]
fn with_an_output_format_standard_output_is_one_document() {
    let output = portcullis(&[
        "test",
        "rules/best-practices",
        "-o",
        "json",
        "--detailed-results",
    ]);
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).expect("one JSON array");
    assert!(rows.len() > 20, "{} rows", rows.len());
    for key in [
        "ID", "POLICY", "RULE", "RESOURCE", "RESULT", "REASON", "Message",
    ] {
        assert!(
            rows.iter().all(|row| row.get(key).is_some()),
            "every row has {key}"
        );
    }
    assert!(
        text(&output.stderr).contains("Test Summary"),
        "text for people is on standard error"
    );
}

#[test]
fn every_output_format_names_every_row() {
    for (format, marks) in [
        ("yaml", ["POLICY: disallow-latest-tag", "RESULT: Pass"]),
        ("markdown", ["| disallow-latest-tag", "| Pass"]),
        (
            "junit",
            [
                "<testsuite name=\"disallow-latest-tag\"",
                "<testcase classname=",
            ],
        ),
    ] {
        let output = portcullis(&[
            "test",
            "rules/best-practices/disallow-latest-tag",
            "-o",
            format,
        ]);
        let printed = text(&output.stdout);
        assert!(
            marks.iter().all(|mark| printed.contains(mark)),
            "{format}: {printed}"
        );
        assert!(output.status.success(), "{format}");
    }
}

#[test]
fn a_row_that_is_not_as_expected_fails_the_run() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "policy.yaml", POLICY);
    write(folder.path(), "pod.yaml", POD);
    write(folder.path(), "kyverno-test.yaml", &test_file("pass"));
    let path = folder.path().to_str().unwrap();
    let output = portcullis(&["test", path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stdout).contains("Want pass, got fail"),
        "{}",
        text(&output.stdout)
    );
    write(folder.path(), "kyverno-test.yaml", &test_file("fail"));
    assert!(portcullis(&["test", path]).status.success());
}

#[test]
fn a_test_file_with_a_typo_says_where() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        "kyverno-test.yaml",
        &test_file("pass").replace("resources:\n- pod", "resouces:\n- pod"),
    );
    let output = portcullis(&["test", folder.path().to_str().unwrap()]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("kyverno-test.yaml:7:1: unknown field `resouces`, did you mean `resources`?"),
        "{said}"
    );
}

#[test]
fn apply_says_what_failed_and_with_which_code() {
    let folder = tempfile::tempdir().unwrap();
    let policy = write(folder.path(), "policy.yaml", POLICY);
    let pod = write(folder.path(), "pod.yaml", POD);
    let output = portcullis(&["apply", &policy, "--resource", &pod]);
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(
        printed.contains("policy no-host-network -> resource default/Pod/p failed:"),
        "{printed}"
    );
    let message =
        "1 - check validation error: no host network. rule check failed at path /spec/hostNetwork/";
    assert!(printed.contains(message), "{printed}");
    assert!(
        printed.contains("pass: 0, fail: 1, warn: 0, error: 0, skip: 0 "),
        "{printed}"
    );
    let warned = portcullis(&[
        "apply",
        &policy,
        "--resource",
        &pod,
        "--audit-warn",
        "--warn-exit-code",
        "3",
    ]);
    assert_eq!(warned.status.code(), Some(3));
}

#[test]
fn a_report_is_the_only_thing_on_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let policy = write(folder.path(), "policy.yaml", POLICY);
    let pod = write(folder.path(), "pod.yaml", POD);
    let output = portcullis(&[
        "apply",
        &policy,
        "--resource",
        &pod,
        "-p",
        "--output-format",
        "json",
    ]);
    let printed = text(&output.stdout);
    let report: Value =
        serde_json::from_str(printed.trim_start_matches("---")).expect("one report");
    assert_eq!(report["kind"], "ClusterReport");
    assert_eq!(report["summary"]["fail"], 1);
    assert_eq!(report["results"][0]["resources"][0]["name"], "p");
}

#[test]
fn a_broken_policy_is_shown_with_line_and_column_and_hurts_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let broken = POLICY
        .replace("no-host-network", "other")
        .replace("  validationFailureAction", "  validationFailureActoin");
    let policy = write(
        folder.path(),
        "policy.yaml",
        &format!("{POLICY}---\n{broken}"),
    );
    let pod = write(folder.path(), "pod.yaml", POD);
    let output = portcullis(&["apply", &policy, "--resource", &pod]);
    let said = text(&output.stderr);
    assert!(
        said.contains("unknown field `validationFailureActoin` in `spec`"),
        "{said}"
    );
    assert!(said.contains("policy.yaml:24:3"), "{said}");
    assert!(said.contains("1 document is no policy"), "{said}");
    assert!(
        text(&output.stdout).contains("fail: 1, warn: 0, error: 0"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn a_refused_policy_is_an_error_and_named_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let refused = POLICY.replace("message: ", "message: '{{ foo }}' # ");
    let policy = write(folder.path(), "policy.yaml", &refused);
    let pod = write(folder.path(), "pod.yaml", POD);
    let output = portcullis(&["apply", &policy, "--resource", &pod]);
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    let reason = "Policies Skipped:\n1. no-host-network: policy contains invalid variables: \
                  variable substitution failed for rule ";
    assert!(printed.contains(reason), "{printed}");
    assert!(printed.contains("error: 1"), "{printed}");
}

#[test]
fn wrong_arguments_are_told_apart() {
    for (args, expect) in [
        (vec!["apply"], "require policy"),
        (
            vec!["apply", "rules"],
            "resource file(s) or cluster required",
        ),
        (
            vec!["apply", "-", "--resource", "-"],
            "a stdin pipe can be used for either policies or resources, not both",
        ),
        (
            vec!["apply", "no-such-file", "--resource", "rules"],
            "failed to read `no-such-file`",
        ),
    ] {
        let output = portcullis(&args);
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert!(
            text(&output.stderr).contains(expect),
            "{args:?}: {}",
            text(&output.stderr)
        );
    }
}

fn write(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn test_file(result: &str) -> String {
    format!(
        "apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata:\n  name: t\npolicies:\n- policy.yaml\n\
         resources:\n- pod.yaml\nresults:\n- policy: no-host-network\n  rule: check\n  resources: [p]\n  result: {result}\n"
    )
}

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {hostNetwork: true}\n";

const POLICY: &str = "\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: no-host-network
spec:
  validationFailureAction: Audit
  rules:
  - name: check
    match:
      any:
      - resources:
          kinds: [Pod]
    validate:
      message: no host network
      pattern:
        =(spec):
          =(hostNetwork): \"false\"
";

#[test]
fn coverage_names_what_no_test_decided() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "policy.yaml", POLICY);
    write(folder.path(), "pod.yaml", POD);
    write(folder.path(), "kyverno-test.yaml", &test_file("fail"));
    let path = folder.path().to_str().unwrap();
    let output = portcullis(&["test", path, "--coverage", "text", "--min-coverage", "90"]);
    let printed = text(&output.stdout);
    assert!(printed.contains("4 of 7 points"), "{printed}");
    assert!(
        printed.contains("no-host-network/check: no resource matched the pattern"),
        "{printed}"
    );
    assert_eq!(output.status.code(), Some(1), "57.1 % is less than 90 %");
}

#[test]
fn a_plan_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.svg");
    let output = portcullis(&[
        "explain",
        "--plan",
        "--policy",
        "rules/pod-security",
        "--svg",
        path.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let drawn = std::fs::read_to_string(path).unwrap();
    for part in [
        "How Pod is decided",
        "any: [{resources: {kinds: [Pod]}}]",
        "deny · restrict-volume-types",
        "containers[]",
        "allowPrivilegeEscalation",
        "&quot;RuntimeDefault | Localhost&quot;: 2 rules",
    ] {
        assert!(drawn.contains(part), "{part}");
    }
    let count = |part: &str| drawn.matches(part).count();
    assert_eq!(count("<g "), count("</g>"));
    assert!(!drawn.contains("<script") && !drawn.contains("href"));
}
