use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bumpalo::Bump;
use portcullis_lang::functions::Inputs;
use portcullis_lang::value::{Document, Numbers, Value, to_json};
use proptest::prelude::*;

use crate::actions::mutate::json_patch;
use crate::admit::{Outside, Pending, Phase, Scratch, answer};
use crate::doc;
use crate::facts::NoFacts;
use crate::failure::{FailureModes, Time};
use crate::program::Program;
use crate::review::ResourceKind;

pub(super) struct Still;

impl Inputs for Still {
    fn now(&self) -> i128 {
        0
    }
    fn random(&self) -> u64 {
        0
    }
    fn resolve_host(&self, _: &str) -> Option<Result<Vec<IpAddr>, String>> {
        None
    }
}

const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"app":"web"}},"spec":{"containers":[{"name":"a","image":"x"}]}}"#;

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn patches() {
    check("nothing to do",     &[("a", "patchStrategicMerge: {metadata: {labels: {app: web}}}")], "");
    check("another kind",      &[("a", "patchesJson6902: '[{\"op\":\"remove\",\"path\":\"/spec/x\"}]'")], "");
    check("a label",           &[("a", "patchStrategicMerge: {metadata: {labels: {b: c}}}")],
        r#"[{"op":"add","path":"/metadata/labels/b","value":"c"}]"#);
    check("the default",       &[("a", "patchStrategicMerge: {spec: {containers: [{(name): '*', +(imagePullPolicy): Always}]}}")],
        r#"[{"op":"add","path":"/spec/containers/0/imagePullPolicy","value":"Always"}]"#);
    check("a sidecar",         &[("a", "patchStrategicMerge: {spec: {containers: [{name: s, image: q}]}}")],
        r#"[{"op":"add","path":"/spec/containers/0","value":{"image":"q","name":"s"}}]"#);
    check("one after another", &[("a", "patchStrategicMerge: {metadata: {labels: {b: '1'}}}"),
                                 ("b", "patchStrategicMerge: {metadata: {labels: {(b): '1', c: '2'}}}")],
        r#"[{"op":"add","path":"/metadata/labels/b","value":"1"},{"op":"add","path":"/metadata/labels/c","value":"2"}]"#);
    check("with variables",    &[("a", "patchStrategicMerge: {metadata: {labels: {app: api}}}"),
                                 ("b", "patchStrategicMerge: {metadata: {labels: {b: 'of {{ request.object.metadata.labels.app }}'}}}")],
        r#"[{"op":"replace","path":"/metadata/labels","value":{"app":"api","b":"of api"}}]"#);
}

#[test]
fn a_policy_that_fails_denies_or_changes_nothing() {
    let broken = "patchesJson6902: '[{\"op\":\"replace\",\"path\":\"/spec/x/y\",\"value\":1}]'";
    let label = "patchStrategicMerge: {metadata: {labels: {b: c}}}";
    let denied = respond(&[("a", broken)], "Fail");
    assert_eq!(
        denied
            .root()
            .at(&["response", "status"])
            .unwrap()
            .text("message"),
        "mutation policy a error: failed to apply policy a rules [r: failed to patch resource: replace \
         operation does not apply: doc is missing path: /spec/x/y: missing value]"
    );
    let ignored = respond(&[("a", broken), ("b", label)], "Ignore");
    assert_eq!(
        patch_of(&ignored),
        r#"[{"op":"add","path":"/metadata/labels/b","value":"c"}]"#
    );
}

proptest! {
    #[test]
    fn the_patch_makes_what_the_policies_made(
        labels in prop::collection::btree_map("[a-e]{1,2}", "[a-z]{0,3}", 0..4),
        containers in prop::collection::vec(("[a-d]", "[a-z]{1,4}"), 0..4),
    ) {
        let labels: Vec<_> = labels.iter().map(|(key, value)| format!("'{key}': '{value}'")).collect();
        let containers: Vec<_> =
            containers.iter().map(|(name, image)| format!("{{name: '{name}', image: '{image}'}}")).collect();
        let merge = format!(
            "patchStrategicMerge: {{metadata: {{labels: {{{}}}}}, spec: {{containers: [{}]}}}}",
            labels.join(", "), containers.join(", ")
        );
        let answered = respond(&[("a", &merge)], "Fail");
        let bump = Bump::new();
        let read = |text: &str| Document::from_json(text.as_bytes(), Numbers::Doubles).unwrap();
        let object = read(POD);
        let text = patch_of(&answered);
        let patch = read(if text.is_empty() { "[]" } else { &text });
        let operations = json_patch::parse(patch.root()).unwrap();
        let made = json_patch::apply(object.root(), &operations, &bump).unwrap();
        let patch = portcullis_lang::value::yaml::read_one(&merge, Numbers::Doubles).unwrap();
        let merged = crate::actions::mutate::strategic_merge::apply(
            object.root(), patch.root().get("patchStrategicMerge").unwrap(), &bump).unwrap();
        prop_assert_eq!(to_json(made), to_json(merged));
    }
}

fn respond(rules: &[(&str, &str)], failure_policy: &str) -> Document {
    let policies = rules.iter().map(|(name, mutate)| {
        let text = format!(
            "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: {name}}}, spec: \
             {{failurePolicy: {failure_policy}, rules: [{{name: r, match: {{any: [{{resources: \
             {{kinds: [v1/Pod]}}}}]}}, mutate: {{{mutate}}}}}]}}}}"
        );
        doc::read(&text).remove(0).unwrap()
    });
    let modes = FailureModes::default();
    ask(&Program::new(policies), POD, Time::ENDLESS, &modes)
}

/// The answer to the creation of an object.
pub(super) fn ask(
    program: &Program,
    object: &str,
    time: Time<'_>,
    modes: &FailureModes,
) -> Document {
    let outside = Outside {
        facts: &NoFacts,
        inputs: &Still,
        time,
        modes,
        stages: None,
    };
    try_ask(program, object, outside).unwrap()
}

/// [`ask`], or what is needed first.
pub(super) fn try_ask(
    program: &Program,
    object: &str,
    outside: Outside<'_>,
) -> Result<Document, Pending> {
    let read = Document::from_json(object.as_bytes(), Numbers::Doubles).unwrap();
    let ResourceKind {
        group,
        version,
        kind,
        ..
    } = ResourceKind::of(read.root());
    let namespace = read.root().get("metadata").unwrap().text("namespace");
    let body = format!(
        r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"u",
        "kind":{{"group":"{group}","version":"{version}","kind":"{kind}"}},"namespace":"{namespace}",
        "operation":"CREATE","object":{object}}}}}"#
    );
    let mut scratch = Scratch::default();
    let answered = answer(
        program,
        Phase::Mutate,
        body.as_bytes(),
        outside,
        &mut scratch,
    )?;
    Ok(Document::from_json(answered.body, Numbers::Doubles).unwrap())
}

/// The patch as text; empty where there is none.
pub(super) fn patch_of(answered: &Document) -> String {
    let response = answered.root().get("response").unwrap();
    assert_eq!(
        response.get("allowed"),
        Some(Value::Bool(true)),
        "{answered:?}"
    );
    let patch = STANDARD.decode(response.text("patch")).unwrap();
    assert_eq!(!patch.is_empty(), response.text("patchType") == "JSONPatch");
    String::from_utf8(patch).unwrap()
}

#[track_caller]
fn check(case: &str, rules: &[(&str, &str)], expect: &str) {
    assert_eq!(patch_of(&respond(rules, "Fail")), expect, "{case}");
}
