use std::net::IpAddr;

use bumpalo::Bump;
use portcullis_lang::functions::Inputs;
use portcullis_lang::value::{Document, Numbers, Value, to_json, yaml};

use super::generate;
use crate::context::Queries;
use crate::doc;
use crate::facts::NoFacts;
use crate::reference::{Surroundings, Wanted};
use crate::review::{Operation, Review, UserInfo};

struct Still;

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

const TRIGGER: &str =
    "{apiVersion: v1, kind: Namespace, metadata: {name: team, uid: u1, labels: {a: b, c: 'yes'}}}";

const SOURCES: &str = "
- {apiVersion: v1, kind: Secret, metadata: {name: s, namespace: default, uid: u2, labels: {copy: 'yes'},
   ownerReferences: [{uid: u3}]}, data: {k: v}}
- {apiVersion: v1, kind: Secret, metadata: {name: t, namespace: default}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: default, labels: {copy: 'yes'}}}
";

#[test]
fn data_becomes_a_resource_with_labels_of_its_origin() {
    assert_eq!(
        made("{apiVersion: v1, kind: ConfigMap, name: x, namespace: team, data: {metadata: {labels: {l: m}}, data: {k: v}}}"),
        Ok(vec![
            r#"{"apiVersion":"v1","data":{"k":"v"},"kind":"ConfigMap","metadata":{"labels":{"app.kubernetes.io/managed-by":"kyverno","generate.kyverno.io/policy-name":"p","generate.kyverno.io/policy-namespace":"","generate.kyverno.io/rule-name":"r","generate.kyverno.io/trigger-group":"","generate.kyverno.io/trigger-kind":"Namespace","generate.kyverno.io/trigger-namespace":"","generate.kyverno.io/trigger-uid":"u1","generate.kyverno.io/trigger-version":"v1","l":"m"},"name":"x","namespace":"team"}}"#.to_owned()
        ])
    );
}

#[test]
fn a_copy_leaves_behind_what_belongs_to_its_source() {
    let copies = made(
        "{apiVersion: v1, kind: Secret, name: copy, namespace: team, clone: {name: s, namespace: default}}",
    );
    let copy = copies.unwrap().remove(0);
    for part in [
        r#""name":"copy""#,
        r#""copy":"yes""#,
        r#""generate.kyverno.io/source-uid":"u2""#,
        r#""data":{"k":"v"}"#,
    ] {
        assert!(copy.contains(part), "{part} in {copy}");
    }
    assert!(
        !copy.contains("ownerReferences") && !copy.contains(r#""uid":"u2""#),
        "{copy}"
    );
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn what_is_made() {
    check("all of a list that fit", "{namespace: team, cloneList: {namespace: default, kinds: [v1/Secret, v1/ConfigMap], selector: {matchLabels: {copy: 'yes'}}}}", Ok(&["s", "c"]));
    check("of labels that a variable names", "{namespace: team, cloneList: {namespace: default, kinds: [v1/Secret], selector: {matchLabels: {copy: '{{ request.object.metadata.labels.c }}'}}}}", Ok(&["s"]));
    check("nothing onto itself",    "{apiVersion: v1, kind: Secret, name: s, namespace: default, clone: {name: s, namespace: default}}", Ok(&[]));
    check("no source",              "{apiVersion: v1, kind: Secret, name: s, namespace: team, clone: {name: z, namespace: default}}", Err("source resource Secret default/z not found"));
    check("one for each element",   "{foreach: [{list: '`[\"a\", null, \"b\"]`', apiVersion: v1, kind: ConfigMap, name: 'c-{{element}}-{{elementIndex}}', namespace: team}]}", Ok(&["c-a-0", "c-b-2"]));
    check("one place, one time",    "{foreach: [{list: '`[1, 2]`', apiVersion: v1, kind: ConfigMap, name: c, namespace: team}]}", Ok(&["c"]));
    check("no variable",            "{apiVersion: v1, kind: ConfigMap, name: '{{request.object.x}}', namespace: team}", Err("failed to resolve request.object.x at path /name: JMESPath query failed: Unknown key \"x\" in path"));
}

/// What the rule makes for [`TRIGGER`], as JSON.
fn made(body: &str) -> Result<Vec<String>, String> {
    let policy = format!(
        "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: p}}, spec: {{rules: [{{name: r, \
         match: {{any: [{{resources: {{kinds: [Namespace]}}}}]}}, generate: {body}}}]}}}}"
    );
    let policy = doc::read(&policy).remove(0).unwrap();
    let read = |text| yaml::read_one(text, Numbers::Doubles).unwrap();
    let (trigger, sources): (Document, Document) = (read(TRIGGER), read(SOURCES));
    let bump = Bump::new();
    let review = Review::of_resource(
        &bump,
        trigger.root(),
        Operation::Create,
        UserInfo::default(),
    );
    let queries = Queries::default();
    let surroundings = Surroundings {
        facts: &NoFacts,
        inputs: &Still,
        queries: &queries,
        exceptions: &[],
        cel_exceptions: &[],
        variables: &[],
        rule_values: &|_| Vec::new(),
        trace: None,
        stop: &|| false,
    };
    let find = |wanted: &Wanted| -> Vec<Value<'_>> {
        let all = sources.root().as_list().unwrap();
        all.iter().filter(|source| wanted.fits(*source)).collect()
    };
    let mut generations = generate(&policy, &review, &surroundings, &find, &bump).unwrap();
    let generation = generations.remove(0);
    assert_eq!(generation.outcome.status, crate::outcome::Status::Pass);
    match generation.downstream {
        Ok(made) => Ok(made.into_iter().map(to_json).collect()),
        Err(error) => Err(error.to_string()),
    }
}

/// Compares the names of what is made.
#[track_caller]
fn check(case: &str, body: &str, expect: Result<&[&str], &str>) {
    let names = made(body).map(|made| {
        let name = |json: &String| {
            let object = Document::from_json(json.as_bytes(), Numbers::Doubles).unwrap();
            object
                .root()
                .get("metadata")
                .unwrap()
                .text("name")
                .to_owned()
        };
        made.iter().map(name).collect::<Vec<_>>()
    });
    let expect = expect.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(names, expect.map_err(str::to_owned), "{case}");
}
