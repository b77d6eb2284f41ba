//! `bench` as a user calls it: what it measures, prints and compares.
//!
//! Nothing here holds a time against a limit: machines differ, and tests run unoptimised.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Three policies, two Pods, a recording of two reviews.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        let policies = [
            policy("passes", "pattern: {metadata: {name: '?*'}}"),
            policy("denies", "pattern: {metadata: {labels: {team: '?*'}}}"),
            policy(
                "asks",
                "deny: {conditions: {all: [{key: '{{ kept.data.key }}', operator: Equals, value: x}]}}",
            )
            .replace(
                "      validate",
                "      context: [{name: kept, configMap: {name: kept, namespace: shop}}]\n      validate",
            ),
        ];
        folder.write("policies.yaml", &policies.concat());
        folder.write("pods.yaml", &format!("{}---\n{}", pod("a"), pod("b")));
        let recording = [review("c"), review("d")];
        folder.write("recording.jsonl", &recording.join("\n"));
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn bench(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_portcullis"))
            .current_dir(self.0.path())
            .args(["bench", "policies.yaml", "--iterations", "2"])
            .args(args)
            .output()
            .expect("the program runs")
    }

    fn figures(&self, args: &[&str]) -> Value {
        let output = self.bench(&[args, &["-o", "json"]].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("one document")
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn policy(name: &str, check: &str) -> String {
    format!(
        "---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: {name}
  annotations: {{pod-policies.kyverno.io/autogen-controllers: none}}
spec:
  validationFailureAction: Enforce
  rules:
    - name: check
      match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}
      validate: {{message: m, {check}}}
"
    )
}

fn pod(name: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop}}\n")
}

fn review(name: &str) -> String {
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "u",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "operation": "CREATE",
            "name": name,
            "namespace": "shop",
            "userInfo": {"username": "somebody"},
            "object": {"apiVersion": "v1", "kind": "Pod", "metadata": {
                "name": name, "namespace": "shop", "labels": {"team": "till"},
            }},
        },
    })
    .to_string()
}

fn by_name<'f>(figures: &'f Value, name: &str) -> &'f Value {
    let policies = figures["policies"].as_array().unwrap();
    let name = format!("ClusterPolicy/{name}");
    let mut policies = policies.iter();
    policies.find(|cost| cost["policy"] == name).unwrap()
}

#[test]
fn figures_say_what_was_measured_and_add_up() {
    let folder = Folder::new();
    let figures = folder.figures(&["-r", "pods.yaml,recording.jsonl"]);
    assert_eq!(figures["reviews"]["count"], 4);
    assert_eq!(figures["reviews"]["allowed"], 0, "the ConfigMap is missing");
    let notes = figures["notes"].to_string();
    assert!(notes.contains("configmap `shop/kept`"), "{notes}");

    assert_eq!(by_name(&figures, "passes")["referred"], 0);
    assert_eq!(
        by_name(&figures, "denies")["referred"],
        2,
        "the recorded ones have the label"
    );
    assert_eq!(
        by_name(&figures, "asks")["referred"],
        4,
        "it is not lowered"
    );
    assert_eq!(by_name(&figures, "asks")["opaque"][0]["rule"], "check");
    assert!(
        by_name(&figures, "denies")["allocations"]["count"]
            .as_f64()
            .unwrap()
            > 0.0
    );

    let number = |value: &Value| value.as_f64().unwrap();
    let latency = &figures["validate"];
    let order = ["p50", "p90", "p99", "p99.9", "max"].map(|key| number(&latency[key]));
    assert!(order.is_sorted() && order[0] > 0.0, "{order:?}");
    assert_eq!(latency["samples"], 8);
    let parts = &figures["parts"];
    let whole = number(&parts["whole"]);
    let policies = figures["policies"].as_array().unwrap();
    let shares: Vec<f64> = policies
        .iter()
        .map(|it| it["share"].as_f64().unwrap_or(0.0))
        .collect();
    assert!(shares.is_sorted_by(|a, b| a >= b), "{shares:?}");
    let own = shares.iter().sum::<f64>() / 100.0 * whole;
    let sum = number(&parts["reading"]) + number(&parts["shared"]) + own;
    assert!(sum >= whole * 0.999, "{sum} of {whole}");
}

#[test]
fn objects_answer_what_policies_ask_for() {
    let folder = Folder::new();
    folder.write(
        "kept.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept, namespace: shop}\ndata: {key: y}\n",
    );
    let figures = folder.figures(&["-r", "recording.jsonl", "--object", "kept.yaml"]);
    assert_eq!(figures["reviews"]["allowed"], 2);
    let notes = figures["notes"].to_string();
    assert!(!notes.contains("configmap"), "{notes}");
}

#[test]
fn the_page_needs_nothing_else() {
    let folder = Folder::new();
    let output = folder.bench(&["-r", "pods.yaml", "--report", "report.html"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    for part in ["ClusterPolicy/denies", "p99.9", "IN THE GATE", "2/2"] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    let page = fs::read_to_string(folder.path("report.html")).unwrap();
    assert!(page.contains("ClusterPolicy/denies") && page.contains("<svg"));
    for outside in ["<script", "http:", "https:", "src=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let count = |part: &str| page.matches(part).count();
    assert_eq!(count("<svg"), count("</svg>"));
}

#[test]
fn a_comparison_names_what_became_slower() {
    let folder = Folder::new();
    let mut old = folder.figures(&["-r", "pods.yaml"]);
    // As if it had saved a second then, which no noise makes up for; as if one policy had not been
    // there, and another had.
    let policies = old["policies"].as_array_mut().unwrap();
    policies.retain(|cost| cost["policy"] != "ClusterPolicy/passes");
    for cost in policies.iter_mut() {
        cost["gate"] = json!({"nanos": -1e9, "low": -1e9, "high": -1e9});
        if cost["policy"] == "ClusterPolicy/asks" {
            cost["policy"] = "ClusterPolicy/former".into();
        }
    }
    old["validate"]["p50"] = 1.0.into();
    folder.write("old.json", &old.to_string());

    let args = ["-r", "pods.yaml", "--compare", "old.json"];
    let new = folder.figures(&args);
    let changes = new["comparison"]["policies"].as_array().unwrap();
    let verdict = |name: &str| {
        let name = format!("ClusterPolicy/{name}");
        let change = changes.iter().find(|change| change["policy"] == name);
        change.unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict("passes"), "new");
    assert_eq!(verdict("former"), "gone");
    assert_eq!(verdict("denies"), "slower");

    let limited = [&args[..], &["--fail-above", "10"]].concat();
    let output = folder.bench(&limited);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("compared: p50 1 ns -> "));
}

#[test]
fn mistakes_are_told_before_anything_is_measured() {
    let folder = Folder::new();
    folder.write("empty.yaml", "# nothing\n");
    folder.write("old.json", "{\"format\": 7}");
    folder.write("half.json", &format!("{}\n{{", review("c")));
    check(&folder, &["-r", "empty.yaml"], "no review and no resource");
    check(&folder, &["-r", "half.json"], "line 2: ");
    check(
        &folder,
        &["-r", "pods.yaml", "--compare", "old.json"],
        "its format is 7, but 1 is needed",
    );
    folder.write("policies.yaml", "# nothing\n");
    check(
        &folder,
        &["-r", "pods.yaml"],
        "there is no policy to measure",
    );
}

#[track_caller]
fn check(folder: &Folder, args: &[&str], expect: &str) {
    let output = folder.bench(args);
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    let said = text(&output.stderr);
    assert!(said.contains(expect), "{args:?}: {said}");
}

#[test]
fn enforcing_measures_what_only_audits() {
    let folder = Folder::new();
    let audits = policy("audits", "pattern: {metadata: {name: '?*'}}").replace("Enforce", "Audit");
    folder.write("policies.yaml", &audits);
    let role = |args: &[&str]| {
        let figures = folder.figures(&[args, &["-r", "pods.yaml"]].concat());
        figures["policies"][0]["role"].as_str().unwrap().to_owned()
    };
    assert_eq!(role(&[]), "audits");
    assert_eq!(role(&["--enforce"]), "enforces");
}
