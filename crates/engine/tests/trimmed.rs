//! Managed fields are left unread where no policy looks at them, and only there.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails here fails the test"
)]

mod support;

use portcullis_engine::admit::Scratch;
use portcullis_engine::doc::{self, AnyPolicy};
use portcullis_engine::program::Program;
use support::{by_plan, by_reference};

/// What stands in the list cannot be read, so that it shows whether anybody tries.
#[test]
fn managed_fields_are_read_by_whom_they_concern() {
    // Not read.
    check("pattern: {metadata: {name: '?*'}}", false);
    check("pattern: {metadata: {labels: {'a*': '?*'}}}", false);
    check(
        "anyPattern: [{metadata: {name: x}}, {=(spec): {=(a): 1}}]",
        false,
    );
    check(
        "deny: {conditions: {any: [{key: '{{request.object.metadata.name}}', operator: Equals, value: no}]}}",
        false,
    );
    check("podSecurity: {level: baseline, version: latest}", false);
    check(
        "foreach: [{list: request.object.spec.containers, pattern: {image: '?*'}}]",
        false,
    );
    check(
        "cel: {expressions: [{expression: 'object.metadata.name != \"no\"'}]}",
        false,
    );
    check(
        "cel: {expressions: [{expression: 'oldObject == null || oldObject.metadata.name != \"no\"'}]}",
        false,
    );
    // Read, or perhaps.
    check(
        "pattern: {metadata: {=(managedFields): [{=(manager): '?*'}]}}",
        true,
    );
    check("pattern: {metadata: {'(managedFields)': '?*'}}", true);
    check(
        "deny: {conditions: {any: [{key: '{{length(request.object.metadata.managedFields)}}', operator: Equals, value: 0}]}}",
        true,
    );
    check(
        "deny: {conditions: {any: [{key: '{{to_string(request.object)}}', operator: Equals, value: no}]}}",
        true,
    );
    check(
        "deny: {conditions: {any: [{key: '{{request.oldObject.metadata.managedFields || `1`}}', operator: Equals, value: no}]}}",
        true,
    );
    check(
        "foreach: [{list: 'request.object.metadata.managedFields', deny: {conditions: {any: [{key: '{{element.manager}}', operator: Equals, value: no}]}}}]",
        true,
    );
    check(
        "cel: {expressions: [{expression: 'object.metadata.managedFields.all(f, f.manager != \"no\")'}]}",
        true,
    );
    check(
        "cel: {expressions: [{expression: 'string(object.metadata.size()) != \"0\"'}]}",
        true,
    );
    check(
        "cel: {variables: [{name: all, expression: object}], expressions: [{expression: 'variables.all.metadata.name != \"no\"'}]}",
        true,
    );
}

#[track_caller]
fn check(validate: &str, reads: bool) {
    let cluster_policy = format!(
        "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: p}}, spec: {{rules: [{{name: r, \
         match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}, validate: {{failureAction: Enforce, {validate}}}}}]}}}}"
    );
    let program = program(&cluster_policy);
    for update in [false, true] {
        let good = review(FIELDS, update);
        let planned = by_plan(&program, &good, &mut Scratch::default());
        assert_eq!(planned, by_reference(&program, &good), "{validate}");
        let planned = by_plan(&program, &review(BROKEN, update), &mut Scratch::default());
        assert_eq!(planned.is_err(), reads, "{validate}: {planned:?}");
    }
    // Where a policy has something to say, everything is read.
    let denied = review(FIELDS, false).replace("\"p\"", "\"no\"");
    let planned = by_plan(&program, &denied, &mut Scratch::default());
    assert_eq!(planned, by_reference(&program, &denied), "{validate}");
}

#[test]
fn policies_written_in_cel_are_asked_too() {
    let check = |expression: &str, reads: bool| {
        let program = program(&format!(
            "{{apiVersion: policies.kyverno.io/v1, kind: ValidatingPolicy, metadata: {{name: p}}, spec: \
             {{matchConstraints: {{resourceRules: [{{apiGroups: [''], apiVersions: [v1], resources: [pods], \
             operations: [CREATE, UPDATE]}}]}}, validations: [{{expression: '{expression}'}}]}}}}"
        ));
        let good = review(FIELDS, true);
        let planned = by_plan(&program, &good, &mut Scratch::default());
        assert_eq!(planned, by_reference(&program, &good), "{expression}");
        let planned = by_plan(&program, &review(BROKEN, true), &mut Scratch::default());
        assert_eq!(planned.is_err(), reads, "{expression}: {planned:?}");
    };
    check("object.metadata.name == \"p\"", false);
    check("object.metadata.managedFields[0].manager == \"m\"", true);
    check("object.metadata.all(key, key != \"x\")", true);
}

/// Of another object than those of the request nothing is cut, whatever it looks like.
#[test]
fn only_the_objects_of_the_request_are_trimmed() {
    let program = program(
        "{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: p}, spec: {rules: [{name: r, match: \
         {any: [{resources: {kinds: [Pod]}}]}, validate: {failureAction: Enforce, message: m, deny: {conditions: \
         {any: [{key: '{{request.object.spec.managedFields[0].manager}}', operator: NotEquals, value: m}]}}}}]}}",
    );
    let fields = FIELDS.replace("LONG", &"x".repeat(400));
    for body in [
        review("", false).replace(
            "\"spec\":{",
            &format!("\"spec\":{{\"a\":1,\"managedFields\":[{fields}],"),
        ),
        review(FIELDS, false).replace(
            "\"spec\":{",
            &format!("\"spec\":{{\"a\":1,\"managedFields\":[{fields}],"),
        ),
    ] {
        let planned = by_plan(&program, &body, &mut Scratch::default());
        assert_eq!(planned, by_reference(&program, &body));
        assert!(planned.unwrap().contains("\"allowed\":true"));
    }
}

fn program(text: &str) -> Program {
    match doc::read_any(text).remove(0).unwrap() {
        AnyPolicy::Rules(policy) => Program::new([policy]),
        AnyPolicy::Validating(policy) => Program::default().with_cel([policy], []),
        other => panic!("{other:?}"),
    }
}

const FIELDS: &str = r#"{"manager":"m","operation":"Update","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"k:{\"name\":\"LONG\"}":{}}}}"#;
const BROKEN: &str = r#"{"manager":nothing,"fieldsV1":"LONG"}"#;

/// As an API server writes it.
fn review(fields: &str, update: bool) -> String {
    let fields = fields.replace("LONG", &"x".repeat(400));
    let object = format!(
        r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"p","namespace":"n","labels":{{"ab":"c"}},"managedFields":[{fields}]}},"spec":{{"containers":[{{"name":"c","image":"i:1"}}]}}}}"#
    );
    let (operation, old) = match update {
        true => ("UPDATE", object.as_str()),
        false => ("CREATE", "null"),
    };
    format!(
        r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"u","kind":{{"group":"","version":"v1","kind":"Pod"}},"resource":{{"group":"","version":"v1","resource":"pods"}},"requestKind":{{"group":"","version":"v1","kind":"Pod"}},"requestResource":{{"group":"","version":"v1","resource":"pods"}},"name":"p","namespace":"n","operation":"{operation}","userInfo":{{"username":"u","groups":["g"]}},"object":{object},"oldObject":{old},"dryRun":false,"options":{{"kind":"CreateOptions"}}}}}}"#
    )
}
