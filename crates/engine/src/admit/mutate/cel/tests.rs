use std::time::Duration;

use portcullis_lang::value::{Numbers, yaml};

use crate::admit::mutate::tests::{Still, ask, patch_of, try_ask};
use crate::admit::{Outside, Pending};
use crate::doc::cel::CelException;
use crate::doc::{self, AnyPolicy};
use crate::facts::{Answer, Fact, FactKind, Facts};
use crate::failure::{Cause, FailureModes, Time};
use crate::program::Program;

const DEPLOYMENT: &str = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","namespace":"ns","labels":{"app":"web"}},"spec":{"replicas":2}}"#;

const EXCEPTION: &str = "{apiVersion: policies.kyverno.io/v1, kind: PolicyException, metadata: {name: e}, \
                         spec: {policyRefs: [{name: excepted, kind: MutatingPolicy}]}}";

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn patches() {
    check("a label",           &[("a", &apply("metadata: Object.metadata{labels: Object.metadata.labels{b: 'c'}}"))],
        r#"[{"op":"add","path":"/metadata/labels/b","value":"c"}]"#);
    check("operations",        &[("a", &json("[JSONPatch{op: 'add', path: '/metadata/labels/b', value: object.metadata.name}]"))],
        r#"[{"op":"add","path":"/metadata/labels/b","value":"d"}]"#);
    check("nothing to do",     &[("a", &apply("spec: Object.spec{replicas: 2}"))], "");
    check("nothing, by parts", &[("a", &json("[JSONPatch{op: 'replace', path: '/spec/replicas', value: object.spec.replicas}]"))], "");
    check("whole numbers",     &[("a", &apply("spec: Object.spec{replicas: object.spec.replicas + 1}"))],
        r#"[{"op":"replace","path":"/spec/replicas","value":3}]"#);
    check("whole, once made",  &[("a", &format!("mutations: [{}, {}]", merge("spec: Object.spec{replicas: 4}"), merge("spec: Object.spec{replicas: object.spec.replicas + 1}")))],
        r#"[{"op":"replace","path":"/spec/replicas","value":5}]"#);
    check("one after another", &[("a", &label("b", "'1'")), ("b", &label("c", "object.metadata.labels.b"))],
        r#"[{"op":"add","path":"/metadata/labels/b","value":"1"},{"op":"add","path":"/metadata/labels/c","value":"1"}]"#);
    check("what was asked",    &[("a", &label("b", "'1'")), ("b", &label("c", "string(has(request.object.metadata.labels.b))"))],
        r#"[{"op":"add","path":"/metadata/labels/b","value":"1"},{"op":"add","path":"/metadata/labels/c","value":"false"}]"#);
    check("after rules",       &[("rule", "{metadata: {labels: {b: '1'}}}"), ("a", &label("c", "request.object.metadata.labels.b"))],
        r#"[{"op":"add","path":"/metadata/labels/b","value":"1"},{"op":"add","path":"/metadata/labels/c","value":"1"}]"#);
    check("with variables",    &[("a", &format!("variables: [{{name: v, expression: object.metadata.name}}], {}", label("b", "variables.v")))],
        r#"[{"op":"add","path":"/metadata/labels/b","value":"d"}]"#);
    check("by condition",      &[("a", &format!("matchConditions: [{{name: c, expression: 'object.spec.replicas == 2'}}], {}", label("b", "'c'")))],
        r#"[{"op":"add","path":"/metadata/labels/b","value":"c"}]"#);
    check("not by condition",  &[("a", &format!("matchConditions: [{{name: c, expression: 'object.spec.replicas > 2'}}], {}", label("b", "'c'")))], "");
    check("other resources",   &[("a", &format!("{}, {}", constraints("pods"), label("b", "'c'")))], "");
    check("an exception",      &[("excepted", &label("b", "'c'"))], "");
    check("not at admission",  &[("a", &format!("evaluation: {{admission: {{enabled: false}}}}, {}", label("b", "'c'")))], "");
    check("other JSON",        &[("a", &format!("evaluation: {{mode: JSON}}, {}", label("b", "'c'")))], "");
    check("existing objects",  &[("a", &format!("targetMatchConstraints: {{resourceRules: [{{apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}}]}}, {}", label("b", "'c'")))], "");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn errors() {
    let (broken, good) = (label("b", "object.nope"), label("c", "'1'"));
    let ignored = format!("failurePolicy: Ignore, {broken}");
    check("an error denies",   &[("a", &broken), ("b", &good)], "! Resource: ns/d, Kind: Deployment, Errors: [Policy a: failed to evaluate policy: no such key: nope]");
    check("all of them",       &[("a", &broken), ("b", &broken)], "! Resource: ns/d, Kind: Deployment, Errors: [Policy a: failed to evaluate policy: no such key: nope Policy b: failed to evaluate policy: no such key: nope]");
    check("or is ignored",     &[("a", &ignored), ("b", &good)], r#"[{"op":"add","path":"/metadata/labels/c","value":"1"}]"#);
    check("half is nothing",   &[("a", &format!("failurePolicy: Ignore, mutations: [{}, {}]", merge("metadata: Object.metadata{name: 'x'}"), merge("metadata: Object.metadata{name: object.nope}")))], "");
    check("a failed condition", &[("a", &format!("matchConditions: [{{name: c, expression: object.nope == 1}}], {good}"))], "! Resource: ns/d, Kind: Deployment, Errors: [Policy a: failed to evaluate policy: no such key: nope]");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn no_time() {
    let good = label("b", "'c'");
    let late = |spec: &str, modes: &FailureModes| {
        let time = Time { over: &|_| true, waited: &|_| false, budget: Duration::from_secs(1), cause: Cause::Deadline };
        shown(&[("a", spec)], time, modes)
    };
    let (stated, audited) = (FailureModes::default(), FailureModes { audit_everything: true, ..FailureModes::default() });
    assert_eq!(late(&good, &stated), "! Resource: ns/d, Kind: Deployment, Errors: [Policy a: not decided within its budget of 1s; failing closed]");
    assert_eq!(late(&good, &audited), "[Policy a: not decided within its budget of 1s; failing closed]");
    assert_eq!(late(&format!("failurePolicy: Ignore, {good}"), &stated), "[Policy a: not decided within its budget of 1s; failing open]");
    assert_eq!(late(&format!("{}, {good}", constraints("pods")), &stated), "", "other resources");
}

/// A cluster that has not answered yet.
struct Slow;

impl Facts for Slow {
    fn offers(&self, _: FactKind) -> bool {
        true
    }

    fn get(&self, _: &Fact) -> Option<Answer<'_>> {
        None
    }
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn facts() {
    needs("nothing",       &label("b", "'c'"), &[]);
    needs("the namespace", &label("b", "string(namespaceObject.metadata.name)"), &["namespaces/ns"]);
    needs("its labels",    &format!("matchConstraints: {{namespaceSelector: {{matchLabels: {{a: b}}}}, resourceRules: [{{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*']}}]}}, {}", label("b", "'c'")), &["labels of namespace"]);
}

/// What the answer waits for.
#[track_caller]
fn needs(case: &str, spec: &str, expect: &[&str]) {
    let modes = FailureModes::default();
    let outside = Outside {
        facts: &Slow,
        inputs: &Still,
        time: Time::ENDLESS,
        modes: &modes,
        stages: None,
    };
    // Without an exception, whose conditions could name anything.
    let program = program(&[("a", spec)]).with_cel([], []);
    let missing = match try_ask(&program, DEPLOYMENT, outside) {
        Err(Pending::Facts(missing)) => missing,
        answered => {
            answered.unwrap();
            Vec::new()
        }
    };
    let shown: Vec<_> = missing
        .iter()
        .map(|wanted| wanted.fact.to_string())
        .collect();
    let fits = |(text, part): (&String, &&str)| text.contains(part);
    assert!(
        shown.len() == expect.len() && shown.iter().zip(expect).all(fits),
        "{case}: {shown:?}"
    );
}

fn merge(fields: &str) -> String {
    let expression = format!("Object{{{fields}}}");
    format!("{{patchType: ApplyConfiguration, applyConfiguration: {{expression: {expression:?}}}}}")
}

fn apply(fields: &str) -> String {
    format!("mutations: [{}]", merge(fields))
}

fn label(key: &str, value: &str) -> String {
    apply(&format!(
        "metadata: Object.metadata{{labels: Object.metadata.labels{{{key}: {value}}}}}"
    ))
}

fn json(expression: &str) -> String {
    format!("mutations: [{{patchType: JSONPatch, jsonPatch: {{expression: {expression:?}}}}}]")
}

fn constraints(resources: &str) -> String {
    format!(
        "matchConstraints: {{resourceRules: [{{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], \
         resources: [{resources}]}}]}}"
    )
}

/// A MutatingPolicy for each name and spec; `rule` is a ClusterPolicy that merges.
fn program(policies: &[(&str, &str)]) -> Program {
    let (mut rules, mut cel) = (Vec::new(), Vec::new());
    for (name, spec) in policies {
        let text = if *name == "rule" {
            format!(
                "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: rule}}, spec: {{rules: \
                 [{{name: r, match: {{any: [{{resources: {{kinds: [Deployment]}}}}]}}, mutate: \
                 {{patchStrategicMerge: {spec}}}}}]}}}}"
            )
        } else {
            let everything = match spec.contains("matchConstraints") {
                true => String::new(),
                false => format!(", {}", constraints("'*'")),
            };
            format!(
                "{{apiVersion: policies.kyverno.io/v1, kind: MutatingPolicy, metadata: {{name: {name}}}, \
                 spec: {{{spec}{everything}}}}}"
            )
        };
        match doc::read_any(&text).remove(0).unwrap() {
            AnyPolicy::Rules(policy) => rules.push(policy),
            AnyPolicy::Mutating(policy) => cel.push(policy),
            other => panic!("{other:?}"),
        }
    }
    let exception = yaml::read_one(EXCEPTION, Numbers::AsWritten).unwrap();
    let exception = CelException::read_document(&exception).unwrap().unwrap();
    let program = Program::new(rules).with_cel([], [exception]);
    program.with_mutating(cel)
}

/// The patch, `! ` and why the request is denied, or the warnings.
fn shown(policies: &[(&str, &str)], time: Time<'_>, modes: &FailureModes) -> String {
    let answered = ask(&program(policies), DEPLOYMENT, time, modes);
    let response = answered.root().get("response").unwrap();
    if let Some(status) = response.get("status") {
        return format!("! {}", status.text("message"));
    }
    let warnings = response.get("warnings").and_then(|it| it.as_list());
    match warnings {
        Some(warnings) => {
            let texts: Vec<_> = warnings.iter().filter_map(|it| it.as_str()).collect();
            format!("[{}]", texts.join(", "))
        }
        None => patch_of(&answered),
    }
}

#[track_caller]
fn check(case: &str, policies: &[(&str, &str)], expect: &str) {
    let shown = shown(policies, Time::ENDLESS, &FailureModes::default());
    assert_eq!(shown, expect, "{case}");
}
