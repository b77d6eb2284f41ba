//! `lint` as a user calls it: every mistake at its line and column, in every format.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Five mistakes of five kinds: a field, an operator, a variable, a function, a rule without effect.
const FIVE: &str = "\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: five
spec:
  backgroud: false
  rules:
  - name: a
    match:
      any:
      - resources:
          kinds: [Pod]
    preconditions:
      all:
      - key: '{{ request.object.metadata.name }}'
        operator: Equls
        value: x
    validate:
      message: not {{ to_uper(request.object.kind) }} of {{ reqest.namespace }}
      pattern:
        spec:
          =(replicas): '10-1'
";

const SOUND: &str = "\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: sound
spec:
  rules:
  - name: a
    match:
      any:
      - resources:
          kinds: [Pod]
    validate:
      message: no host network
      pattern:
        spec:
          =(hostNetwork): false
";

/// Runs `lint` on standard input.
fn lint(policy: &str, args: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .arg("lint")
        .args(args)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().expect("standard input is piped");
    input.write_all(policy.as_bytes()).expect("it reads");
    drop(input);
    child.wait_with_output().expect("it ends")
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn five_mistakes_are_five_findings_each_at_its_line_and_column() {
    let output = lint(FIVE, &["-o", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let findings: Vec<Value> = serde_json::from_slice(&output.stdout).expect("a JSON array");
    let found: Vec<_> = findings
        .iter()
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
            format!(
                "{}:{}-{}:{} {} {} ({})",
                finding["line"],
                finding["column"],
                finding["endLine"],
                finding["endColumn"],
                text("severity"),
                text("code"),
                text("help"),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            "6:3-6:12 error unknown-field (did you mean `background`?)",
            "16:19-16:24 error unknown-operator (did you mean `Equals`?)",
            "19:23-19:30 error unknown-function (did you mean `to_upper`?)",
            "19:61-19:77 error unknown-variable (did you mean `request.namespace`?)",
            "22:25-22:29 warning never-holds ()",
        ]
    );
    let output = lint(FIVE, &[]);
    let text = printed(&output);
    for place in ["-:6:3", "-:16:19", "-:19:23", "-:19:61", "-:22:25"] {
        assert!(text.contains(&format!(" {place}\n")), "{place}: {text}");
    }
    assert!(
        text.contains("\n19 |       message: not {{ to_uper("),
        "{text}"
    );
    assert!(
        text.contains("1 policy: 4 errors, 1 warning, 0 hints"),
        "{text}"
    );
}

#[test]
fn sarif_names_every_rule_and_place() {
    let output = lint(FIVE, &["-o", "sarif"]);
    let log: Value = serde_json::from_slice(&output.stdout).expect("one JSON document");
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 5);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        assert!(
            rules.iter().any(|rule| rule["id"] == result["ruleId"]),
            "{result}"
        );
        assert!(result["message"]["text"].is_string());
    }
    let region = &run["results"][1]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (&region["startLine"], &region["startColumn"]),
        (&16.into(), &19.into())
    );
}

#[test]
fn the_exit_code_says_how_bad_it_is() {
    let warned = SOUND.replace("  rules:", "  validationFailureAction: Audit\n  rules:");
    check("nothing", SOUND, &[], 0);
    check("warnings", &warned, &[], 0);
    check("warnings that count", &warned, &["--deny-warnings"], 1);
    check(
        "warnings left out",
        &warned,
        &["--deny-warnings", "--allow", "deprecated"],
        0,
    );
    check(
        "errors cannot be left out",
        FIVE,
        &["--allow", "unknown-field"],
        1,
    );
    check("a code that is none", SOUND, &["--allow", "foo"], 1);
    check("no policy", "a: 1\n", &[], 0);
    check("no YAML", "a: [\n", &[], 1);
}

#[track_caller]
fn check(case: &str, policy: &str, args: &[&str], expect: i32) {
    let output = lint(policy, args);
    assert_eq!(
        output.status.code(),
        Some(expect),
        "{case}: {}",
        printed(&output)
    );
}

#[test]
fn every_code_is_explained() {
    let output = lint("", &["--codes"]);
    let text = printed(&output);
    assert!(text.lines().count() > 70);
    assert!(text.lines().all(|line| line.ends_with('.')), "{text}");
}

#[test]
fn the_library_that_ships_has_nothing_to_be_said_about() {
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["lint", "rules", "--deny-warnings"])
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{}", printed(&output));
}
