//! ValidatingPolicies in the gate: what the API server is told.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what fails here fails the test"
)]

mod support;

use portcullis_engine::admit::Scratch;
use portcullis_engine::doc::cel::CelException;
use portcullis_engine::doc::{self, AnyPolicy};
use portcullis_engine::program::Program;
use portcullis_lang::value::{Numbers, yaml};
use serde_json::{Value, json};
use support::{by_plan, by_reference, reviews, validating};

const CHECK: &str = "validations: [{expression: 'object.spec.replicas < 3', message: too many}]";

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn verdicts() {
    check("passes",              CHECK, 2, "{}");
    check("denies by default",   CHECK, 3, r#"{"denied":"Policy p failed: too many"}"#);
    check("warns",               &format!("validationActions: [Warn], {CHECK}"), 3, r#"{"warnings":["Policy p failed: too many"]}"#);
    check("both",                &format!("validationActions: [Deny, Warn], {CHECK}"), 3, r#"{"denied":"Policy p failed: too many","warnings":["Policy p failed: too many"]}"#);
    check("audits",              &format!("validationActions: [Audit], {CHECK}"), 3, "{}");
    check("not at admission",    &format!("evaluation: {{admission: {{enabled: false}}}}, {CHECK}"), 3, "{}");
    check("whole numbers",       "validations: [{expression: 'object.spec.replicas + 1 == 4 && type(object.spec.replicas) == int'}]", 3, "{}");
    check("says what it found",  "validations: [{expression: 'false', messageExpression: '\"has \" + string(object.spec.replicas)'}]", 3, r#"{"denied":"Policy p failed: has 3"}"#);
    check("an error denies",     "validations: [{expression: 'object.nope == 1'}]", 3, r#"{"denied":"Policy p error: error: no such key: nope"}"#);
    check("condition",           &format!("matchConditions: [{{name: c, expression: 'request.operation == \"UPDATE\"'}}], {CHECK}"), 3, "{}");
    check("condition in error",  &format!("matchConditions: [{{name: c, expression: 'object.nope == 1'}}], {CHECK}"), 3, r#"{"denied":"Policy p error: failed to load context: no such key: nope"}"#);
    check("and it is ignored",   &format!("failurePolicy: Ignore, matchConditions: [{{name: c, expression: 'object.nope == 1'}}], {CHECK}"), 3, "{}");
    check("other resources",     "matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: [configmaps]}]}, validations: [{expression: 'false'}]", 3, "{}");
    check("labels of the namespace", &selecting("{key: a, operator: Exists}"), 3, "{}");
    check("and without them",    &selecting("{key: a, operator: DoesNotExist}"), 3, r#"{"denied":"Policy p failed: CEL expression validation failed at index 0"}"#);
    check("its exception",       "validations: [{expression: 'object.metadata.name in exceptions.allowedValues'}]", 3, "{}");
}

/// A review about a resource that no policy names is answered by its first bytes, whatever follows.
#[test]
fn other_resources_are_not_read() {
    let program = Program::default().with_cel(validating::validating(), []);
    let body = |resource: &str| {
        let kind = r#"{"group":"","version":"v1","kind":"Thing"}"#;
        format!(
            r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"u","kind":{kind},
               "resource":{{"group":"","version":"v1","resource":"{resource}"}},"operation":"CREATE","object":?}}}}"#
        )
    };
    let ask = |resource| by_plan(&program, &body(resource), &mut Scratch::default());
    assert_eq!(shown(ask("things")), "{}");
    assert!(ask("pods").is_err_and(|refusal| refusal.contains("Refused")));
}

/// A policy that fails in namespaces whose labels meet this requirement.
fn selecting(requirement: &str) -> String {
    format!(
        "matchConstraints: {{namespaceSelector: {{matchExpressions: [{requirement}]}}, resourceRules: \
         [{{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*']}}]}}, \
         validations: [{{expression: 'false'}}]"
    )
}

/// `replicas` of the object; the exception allows the value `thing` in every policy.
#[track_caller]
fn check(case: &str, spec: &str, replicas: u32, expect: &str) {
    let everything = "matchConstraints: {resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], \
                      operations: ['*'], resources: ['*']}]}";
    let constraints = match spec.contains("matchConstraints") {
        true => String::new(),
        false => format!("{everything}, "),
    };
    let text = format!(
        "{{apiVersion: policies.kyverno.io/v1, kind: ValidatingPolicy, metadata: {{name: p}}, \
         spec: {{{constraints}{spec}}}}}"
    );
    let AnyPolicy::Validating(policy) = doc::read_any(&text).remove(0).unwrap() else {
        unreachable!("the kind is stated");
    };
    let exception = yaml::read_one(EXCEPTION, Numbers::AsWritten).unwrap();
    let exception = CelException::read_document(&exception).unwrap().unwrap();
    let program = Program::default().with_cel([policy], [exception]);
    let object = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "thing", "namespace": "default"},
        "spec": {"replicas": replicas},
    });
    let body = reviews::of(&object, &Value::Null, "CREATE");
    let answer = by_plan(&program, &body, &mut Scratch::default());
    if let Ok(answer) = &answer {
        assert_eq!(by_reference(&program, &body).as_ref(), Ok(answer), "{case}");
    }
    assert_eq!(shown(answer), expect, "{case}");
}

const EXCEPTION: &str = "{apiVersion: policies.kyverno.io/v1, kind: PolicyException, metadata: {name: e}, \
                         spec: {policyRefs: [{name: p, kind: ValidatingPolicy}], allowedValues: [thing]}}";

fn shown(answer: Result<String, String>) -> String {
    let answer = match answer {
        Ok(answer) => serde_json::from_str::<Value>(&answer).unwrap(),
        Err(pending) => return pending,
    };
    let response = &answer["response"];
    let mut shown = serde_json::Map::new();
    if let Some(message) = response["status"]["message"].as_str() {
        shown.insert("denied".to_owned(), json!(message));
    }
    if let Some(warnings) = response.get("warnings") {
        shown.insert("warnings".to_owned(), warnings.clone());
    }
    Value::Object(shown).to_string()
}
