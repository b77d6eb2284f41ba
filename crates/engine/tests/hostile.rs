//! Whatever policies and resources hold, an evaluation ends with outcomes, never with a panic.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::IpAddr;

use bumpalo::Bump;
use portcullis_engine::doc;
use portcullis_engine::facts::NoFacts;
use portcullis_engine::outcome::{RuleOutcome, Status};
use portcullis_engine::program::Program;
use portcullis_engine::reference::{Surroundings, evaluate};
use portcullis_engine::review::{Operation, Review, UserInfo};
use portcullis_lang::functions::Inputs;
use portcullis_lang::value::{Document, Numbers};
use proptest::prelude::*;

struct Fixed;

impl Inputs for Fixed {
    fn now(&self) -> i128 {
        0
    }

    fn random(&self) -> u64 {
        7
    }

    fn resolve_host(&self, _: &str) -> Option<Result<Vec<IpAddr>, String>> {
        Some(Err("no such host".to_owned()))
    }
}

/// Evaluates every usable policy of `policies` on `resource`.
fn outcomes(policies: &str, resource: &str, operation: Operation) -> Vec<RuleOutcome> {
    let resource = Document::from_json(resource.as_bytes(), Numbers::Doubles).unwrap();
    let program = Program::new(doc::read(policies).into_iter().filter_map(Result::ok));
    let bump = Bump::new();
    let review = Review::of_resource(&bump, resource.root(), operation, UserInfo::default());
    let surroundings = Surroundings {
        facts: &NoFacts,
        inputs: &Fixed,
        queries: program.queries(),
        exceptions: &[],
        cel_exceptions: &[],
        variables: &[],
        rule_values: &|_| Vec::new(),
        trace: None,
        stop: &|| false,
    };
    let said = program
        .policies()
        .iter()
        .map(|policy| evaluate(policy, &review, &surroundings, &bump));
    said.flat_map(Result::unwrap).collect()
}

/// A rule on Pods with this body, as JSON (which is YAML).
fn policy(rule: &str) -> String {
    format!(
        r#"{{"apiVersion":"kyverno.io/v1","kind":"ClusterPolicy","metadata":{{"name":"p"}},"spec":{{"rules":[
        {{"name":"r","match":{{"any":[{{"resources":{{"kinds":["Pod"]}}}}]}},{rule}}}]}}}}"#
    )
}

/// Text that means something to one of the languages, often wrong.
fn telling_text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "{{ ",
        " }}",
        "request.object",
        ".spec",
        ".containers",
        "[*]",
        "[]",
        "[?",
        "]",
        "image",
        "'",
        "`1`",
        "|",
        "||",
        "&&",
        "!",
        "length(",
        "to_string(",
        "join('-', ",
        "split(",
        "sum(",
        "add(",
        ")",
        "@",
        "element",
        "-",
        "*",
        "?",
        ">=",
        "1Gi",
        "10-20",
        "5m",
        "$(",
        "./../a",
        "\\",
        "nginx:latest",
        "(name)",
        "=(x)",
        "^(l)",
        "X(y)",
        "",
        " ",
        "é",
        "\u{0}",
        "1e400",
        "9223372036854775808",
        "time_now()",
        "items(",
        "regex_match('(a+)+$', ",
        "a",
    ]);
    prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat())
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        telling_text().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::btree_map(key(), inner, 0..5)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "spec",
            "metadata",
            "name",
            "image",
            "containers",
            "labels",
            "(name)",
            "=(spec)",
            "^(containers)",
            "X(image)",
            "<(image)",
            "+(name)",
            "any",
            "all",
            "key",
            "operator",
            "value",
            "message",
            "list",
        ])
        .prop_map(str::to_owned),
        telling_text(),
    ]
}

fn body() -> impl Strategy<Value = String> {
    let operator = prop::sample::select(vec![
        "Equals",
        "NotEquals",
        "In",
        "AnyIn",
        "AllNotIn",
        "GreaterThan",
        "LessThanOrEquals",
        "DurationGreaterThan",
    ]);
    let conditions = || {
        (json(), operator.clone(), json()).prop_map(|(key, operator, value)| {
            format!(r#"[{{"key":{key},"operator":"{operator}","value":{value}}}]"#)
        })
    };
    prop_oneof![
        (json(), telling_text()).prop_map(|(pattern, message)| {
            format!(r#""validate":{{"message":{},"pattern":{pattern}}}"#, serde_json::json!(message))
        }),
        json().prop_map(|pattern| format!(r#""validate":{{"anyPattern":[{pattern},{pattern}]}}"#)),
        conditions().prop_map(|list| format!(r#""validate":{{"deny":{{"conditions":{{"any":{list}}}}}}}"#)),
        (conditions(), telling_text(), json()).prop_map(|(list, path, pattern)| {
            let path = serde_json::json!(path);
            format!(
                r#""preconditions":{{"all":{list}}},"validate":{{"foreach":[{{"list":{path},"pattern":{pattern}}}]}}"#
            )
        }),
        (telling_text(), telling_text()).prop_map(|(path, text)| {
            let (path, text) = (serde_json::json!(path), serde_json::json!(text));
            format!(
                r#""context":[{{"name":"v","variable":{{"jmesPath":{path},"default":{text}}}}}],
                "validate":{{"message":"{{{{ v }}}}","deny":{{}}}}"#
            )
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2 * ProptestConfig::default().cases))]

    #[test]
    fn any_policy_on_any_resource_ends_with_outcomes(body in body(), spec in json(), labels in json(), delete: bool) {
        let pod = format!(
            r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"x","labels":{labels}}},"spec":{spec}}}"#
        );
        let operation = if delete { Operation::Delete } else { Operation::Update };
        outcomes(&policy(&body), &pod, operation);
    }
}

#[test]
fn hostile_expressions_are_stopped_with_an_error() {
    let deep = format!("{}a{}", "(".repeat(5_000), ")".repeat(5_000));
    check("deep nesting", &format!("{{{{ {deep} }}}}"));
    let wide = format!("{}a", "a || ".repeat(20_000));
    check(
        "a very long expression",
        &format!("{{{{ {wide} == 'x' && {wide} }}}}"),
    );
    check(
        "a text that doubles itself",
        "{{ join('', ['{{ request.object.spec.loop }}', '{{ request.object.spec.loop }}']) }}",
    );
    check(
        "a huge repetition",
        "{{ regex_match('(x{1000}){1000}', 'x') }}",
    );
}

/// The rule is refused on loading, or its outcome is an error; either way it ends.
#[track_caller]
fn check(case: &str, message: &str) {
    let key = serde_json::json!(message);
    let rule = format!(
        r#""validate":{{"deny":{{"conditions":[{{"key":{key},"operator":"Equals","value":"x"}}]}}}}"#
    );
    let pod = r#"{"apiVersion":"v1","kind":"Pod","spec":{"loop":"{{ request.object.spec.loop }}{{ request.object.spec.loop }}"}}"#;
    let said = outcomes(&policy(&rule), pod, Operation::Create);
    assert!(
        said.iter().all(|outcome| outcome.status == Status::Error),
        "{case}: {said:?}"
    );
}
