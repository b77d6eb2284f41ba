use bumpalo::Bump;
use portcullis_lang::value::{Document, Numbers, to_json, yaml};

use super::{Existent, evaluate_mutating};
use crate::actions::mutate::apply_configuration::Schemas;
use crate::context::Queries;
use crate::doc::{self, AnyPolicy};
use crate::outcome::{RuleOutcome, Status};
use crate::reference::testing;
use crate::review::{Operation, Review, UserInfo};

const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: ns, labels: {a: b}},
  spec: {containers: [{name: c, image: i}]}}";

const PODS: &str = "matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], \
                    operations: [CREATE], resources: [pods]}]}";

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn patches() {
    makes("a label",           &apply("Object{metadata: Object.metadata{labels: Object.metadata.labels{x: object.metadata.name}}}"), r#""labels":{"a":"b","x":"p"}"#);
    makes("for each container",&apply("Object{spec: Object.spec{containers: object.spec.containers.map(c, Object.spec.containers{name: c.name, imagePullPolicy: 'Always'})}}"), r#"{"image":"i","imagePullPolicy":"Always","name":"c"}"#);
    makes("absent optionals",  &apply("Object{spec: Object.spec{?hostname: optional.none()}}"), r#""spec":{"containers":[{"image":"i","name":"c"}]}"#);
    makes("operations",        &json("[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('x/y'), value: {'k': 1}}]"), r#""x/y":{"k":1}"#);
    makes("objects in them",   &json("[JSONPatch{op: 'add', path: '/spec/securityContext', value: Object.spec.securityContext{runAsNonRoot: true}}]"), r#""securityContext":{"runAsNonRoot":true}"#);
    makes("spans and moments", &json("[JSONPatch{op: 'add', path: '/spec/x', value: [duration('90m'), duration('1500ms')]}, JSONPatch{op: 'add', path: '/spec/y', value: timestamp(0)}]"), r#""x":["5400s","1.500s"],"y":"1970-01-01T00:00:00Z""#);
    makes("big numbers",       &json("[JSONPatch{op: 'add', path: '/spec/x', value: [9007199254740993]}]"), r#""x":["9007199254740993"]"#);
    makes("a failed test",     &json("[JSONPatch{op: 'add', path: '/spec/x', value: 1}, JSONPatch{op: 'test', path: '/spec/x', value: 2}]"), r#""spec":{"containers":[{"image":"i","name":"c"}]}"#);
    makes("one after another", "mutations: [{patchType: JSONPatch, jsonPatch: {expression: \"[JSONPatch{op: 'remove', path: '/metadata/labels/a'}]\"}}, {patchType: ApplyConfiguration, applyConfiguration: {expression: \"Object{metadata: Object.metadata{labels: Object.metadata.labels{n: string(size(object.metadata.labels))}}}\"}}]", r#""labels":{"n":"0"}"#);
    makes("variables wait",    "variables: [{name: v, expression: \"object.metadata.labels.?x.orValue('none')\"}], mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: \"Object{metadata: Object.metadata{labels: Object.metadata.labels{x: '1'}}}\"}}, {patchType: ApplyConfiguration, applyConfiguration: {expression: \"Object{metadata: Object.metadata{labels: Object.metadata.labels{y: variables.v}}}\"}}]", r#""x":"1","y":"1""#);
    makes("atomic, allowed",   &format!("evaluation: {{useServerSideApply: true}}, {}", apply("Object{spec: Object.spec{nodeSelector: {'a': 'b'}}}")), r#""nodeSelector":{"a":"b"}"#);
    makes("a body that is not there", "mutations: [{patchType: ApplyConfiguration}]", r#""name":"p""#);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn errors() {
    fails("atomic",      &apply("Object{spec: Object.spec{nodeSelector: {'a': 'b'}}}"), "error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.nodeSelector");
    fails("wrong name",  &apply("Object{spec: Object.metadata{}}"), "type mismatch: unexpected type name \"Object.metadata\", expected \"Object.spec\", which matches field name path from root Object type");
    fails("in a list",   &apply("Object{spec: Object.spec{containers: [Object.spec{name: 'c'}]}}"), "type mismatch: unexpected type name \"Object.spec\", expected \"Object.spec.containers\", which matches field name path from root Object type");
    fails("no value",    &apply("Object{metadata: Object.metadata{name: object.nope}}"), "no such key: nope");
    fails("no path",     &json("[JSONPatch{op: 'add', path: '/q/r', value: 1}]"), "JSON Patch: add operation does not apply: doc is missing path: \"/q/r\": missing value");
    fails("no such op",  &json("[JSONPatch{op: 'nope', path: '/q'}]"), "JSON Patch: Unexpected kind: nope");
    fails("no optional", &json("[JSONPatch{op: 'add', path: '/q', value: optional.none()}]"), "JSONPath valueExpression evaluated to a type that could not marshal to JSON: optional.none() dereference");
    fails("condition",   "matchConditions: [{name: c, expression: object.nope == 1}]", "no such key: nope");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn refusals_to_compile() {
    let text = |spec: &str| said(spec, POD, &[]).unwrap_err();
    assert_eq!(text(&json("[]")),       "failed to compile policy p (spec.mutations[0].jsonPatch.expression: Invalid value: \"[]\": output is expected to be of type list)");
    assert_eq!(text(&apply("object")),  "failed to compile policy p (spec.mutations[0].applyConfiguration.expression: Invalid value: \"object\": output is expected to be of type Object)");
}

#[test]
fn conditions_may_use_variables() {
    let spec = "variables: [{name: v, expression: object.metadata.name}], \
                matchConditions: [{name: c, expression: variables.v == 'z'}]";
    let (rules, _) = said(spec, POD, &[]).unwrap();
    assert_eq!(
        (rules[0].status, rules[0].message.as_str()),
        (Status::Skip, "skip")
    );
}

#[test]
fn pod_controllers_get_their_own_form() {
    let deployment = "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: ns}, \
                      spec: {template: {spec: {containers: [{name: c}]}}}}";
    let spec = apply("Object{spec: Object.spec{hostname: object.spec.containers[0].name}}");
    let (_, made) = said(&spec, deployment, &[]).unwrap();
    assert!(
        made.contains(r#""spec":{"containers":[{"name":"c"}],"hostname":"c"}"#),
        "{made}"
    );
    let spec = format!("autogen: {{podControllers: {{controllers: [jobs]}}}}, {spec}");
    let (rules, _) = said(&spec, deployment, &[]).unwrap();
    assert!(rules.is_empty());
}

#[test]
fn targets_are_changed_instead() {
    let spec = format!(
        "targetMatchConstraints: {{resourceRules: [{{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}}]}}, \
         targetMatchConditions: [{{name: c, expression: \"object.metadata.name != 'z'\"}}], {}",
        apply("Object{metadata: Object.metadata{labels: Object.metadata.labels{x: '1'}}}")
    );
    let map = |name: &str| {
        format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, namespace: ns}}}}")
    };
    let existing = [map("w"), map("z"), POD.to_owned()];
    let existing: Vec<_> = existing.iter().map(String::as_str).collect();
    let (rules, object) = said(&spec, POD, &existing).unwrap();
    assert!(!object.contains(r#""x":"1""#), "{object}");
    let targets = rules.iter().filter_map(|rule| rule.patched_target.as_ref());
    let targets: Vec<_> = targets.map(|target| to_json(target.root())).collect();
    assert_eq!(
        targets,
        [
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"labels":{"x":"1"},"name":"w","namespace":"ns"}}"#
        ]
    );
}

fn apply(expression: &str) -> String {
    mutation("ApplyConfiguration", "applyConfiguration", expression)
}

fn json(expression: &str) -> String {
    mutation("JSONPatch", "jsonPatch", expression)
}

fn mutation(kind: &str, field: &str, expression: &str) -> String {
    format!("mutations: [{{patchType: {kind}, {field}: {{expression: {expression:?}}}}}]")
}

/// What all forms of the policy said, and the object as the last one left it.
fn said(spec: &str, object: &str, existing: &[&str]) -> Result<(Vec<RuleOutcome>, String), String> {
    let policy = format!(
        "{{apiVersion: policies.kyverno.io/v1, kind: MutatingPolicy, metadata: {{name: p}}, \
         spec: {{{spec}, {PODS}}}}}"
    );
    let read = doc::read_any(&policy).remove(0);
    let Ok(AnyPolicy::Mutating(policy)) = read else {
        panic!("{read:?}");
    };
    let document = |text: &str| -> Document { yaml::read_one(text, Numbers::Doubles).unwrap() };
    let existing: Vec<_> = existing.iter().map(|text| document(text)).collect();
    let existing = existing.iter().map(Document::root);
    let existing: Vec<Existent<'_>> = existing.map(Existent::whole).collect();
    let (bump, queries, object) = (Bump::new(), Queries::default(), document(object));
    let review = Review::of_resource(&bump, object.root(), Operation::Create, UserInfo::default());
    let said = evaluate_mutating(
        &policy,
        Schemas::built_in(),
        Some(&existing),
        &review,
        &testing::nothing(&queries),
        &bump,
    );
    let said = said.map_err(|fault| fault.to_string())?;
    let made = said.last().and_then(|last| last.object).unwrap_or_default();
    let made = to_json(made);
    Ok((said.into_iter().flat_map(|one| one.rules).collect(), made))
}

#[track_caller]
fn makes(case: &str, spec: &str, expect: &str) {
    let (rules, made) = said(spec, POD, &[]).unwrap();
    let said = rules
        .first()
        .map(|rule| (rule.status, rule.message.as_str()));
    assert_eq!(said, Some((Status::Pass, "success")), "{case}");
    assert!(made.contains(expect), "{case}: {expect} in {made}");
}

#[track_caller]
fn fails(case: &str, spec: &str, expect: &str) {
    let (rules, made) = said(spec, POD, &[]).unwrap();
    let text = format!("failed to evaluate policy: {expect}");
    let said: Vec<_> = rules
        .iter()
        .map(|rule| (rule.status, rule.message.as_str()))
        .collect();
    assert_eq!(said, [(Status::Error, text.as_str())], "{case}");
    let before = yaml::read_one(POD, Numbers::Doubles).unwrap();
    assert_eq!(made, to_json(before.root()), "{case}");
}
