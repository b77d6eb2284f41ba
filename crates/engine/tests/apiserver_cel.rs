//! Expressions that were asked of a real API server have the same verdict here.
//!
//! `PORTCULLIS_MATRIX` names a folder. `apiserver-cel.jsonl` in it has a JSON object in each line:
//! `expr`; `mode` `b` for a check as it stands, `v` for one that always fails and shows its value; the
//! `object` that it was asked about, `cm` or `pod`; and `allowed` with its `message`, or the
//! `compile_error`. The Pod is the one below `policies/cel`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "what fails here fails the test"
)]

mod support;

use std::fs;
use std::path::Path;

use bumpalo::Bump;
use portcullis_engine::doc::{self, AnyPolicy};
use portcullis_engine::facts::NoFacts;
use portcullis_engine::outcome::Status;
use portcullis_engine::program::Program;
use portcullis_engine::reference::{Bound, Surroundings, evaluate_admission};
use portcullis_engine::review::Buffers;
use portcullis_lang::value::{Numbers, to_json, yaml};
use serde_json::{Value, json};
use support::{Still, reviews};

#[test]
fn same_verdicts() {
    let Ok(folder) = std::env::var("PORTCULLIS_MATRIX") else {
        return;
    };
    let (mut wrong, mut other_words) = (Vec::new(), Vec::new());
    let text = fs::read_to_string(format!("{folder}/apiserver-cel.jsonl")).unwrap();
    let pod = pod(Path::new(&folder));
    let rows: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for row in &rows {
        let (verdict, message) = asked(row, &pod);
        let expect = match row["allowed"].as_bool() {
            None => "does not compile",
            Some(true) => "allowed",
            Some(false) => "denied",
        };
        let shown = format!("{}: {message} instead of {}", row["expr"], row["message"]);
        if verdict != expect {
            wrong.push(format!("{verdict} instead of {expect}: {shown}"));
        } else if row["message"]
            .as_str()
            .is_some_and(|expect| expect != message)
        {
            other_words.push(shown);
        }
    }
    eprintln!(
        "{} of {} in other words:\n{}",
        other_words.len(),
        rows.len(),
        other_words.join("\n")
    );
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}

/// The verdict and the message that this engine has.
fn asked(row: &Value, pod: &Value) -> (&'static str, String) {
    let expr = row["expr"].as_str().unwrap();
    let check = match row["mode"].as_str() {
        Some("v") => json!({
            "expression": format!("dyn({expr}) == '?'"),
            "messageExpression": format!("'%s | %s'.format([{expr}, type({expr})])"),
        }),
        _ => json!({ "expression": expr }),
    };
    let everything =
        json!({"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]});
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "p"},
        "spec": {"matchConstraints": {"resourceRules": [everything]}, "validations": [check]},
    });
    let policy = doc::read_any(&policy.to_string()).remove(0);
    let Ok(AnyPolicy::Admission(policy)) = policy else {
        return ("unreadable", format!("{policy:?}"));
    };
    let object = match row["object"].as_str() {
        Some("pod") => pod.clone(),
        _ => config_map(),
    };
    let body = reviews::of(&object, &Value::Null, "CREATE");
    let program = Program::default();
    let bump = Bump::new();
    let said = Buffers::default().decode(body.as_bytes(), |review| {
        let surroundings = Surroundings {
            facts: &NoFacts,
            inputs: &Still,
            queries: program.queries(),
            exceptions: &[],
            cel_exceptions: &[],
            variables: &[],
            rule_values: &|_| Vec::new(),
            trace: None,
            stop: &|| false,
        };
        evaluate_admission(&policy, &Bound::default(), &review, &surroundings, &bump)
    });
    let outcome = said.unwrap().unwrap().unwrap();
    match outcome.status {
        Status::Pass => ("allowed", String::new()),
        Status::Error if outcome.message.starts_with("compilation error") => {
            ("does not compile", outcome.message)
        }
        _ => ("denied", outcome.message),
    }
}

fn config_map() -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "cm", "namespace": "ns1"},
        "data": {"a": "1", "b": "2", "abc": "x y"},
    })
}

fn pod(folder: &Path) -> Value {
    let cases = fs::read_dir(folder.join("policies/cel")).unwrap();
    let mut texts =
        cases.map(|case| fs::read_to_string(case.unwrap().path().join("resource.yaml")).unwrap());
    let text = texts.find(|text| text.contains("kind: Pod")).unwrap();
    let document = yaml::read(&text, Numbers::Doubles).remove(0).unwrap();
    serde_json::from_str(&to_json(document.root())).unwrap()
}
