use bumpalo::Bump;
use portcullis_lang::value::{Document, Numbers, yaml};

use super::{Existing, Listing, TargetId};
use crate::actions::mutate::json_patch;
use crate::context::Queries;
use crate::doc;
use crate::reference::mutate::{Mutation, mutate};
use crate::reference::{Existent, Part, Wanted, testing};
use crate::review::{Operation, Review, UserInfo};

const TRIGGER: &str =
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: t, namespace: ns, labels: {team: red}}}";

const CLUSTER: &str = "
- {apiVersion: v1, kind: Secret, metadata: {name: a, namespace: ns}}
- {apiVersion: v1, kind: Secret, metadata: {name: b, namespace: ns, labels: {team: red}}}
- {apiVersion: v1, kind: Secret, metadata: {name: c, namespace: other, labels: {team: blue}}}
- {apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: ns}, spec: {replicas: 1}}
";

/// The subresource of the Deployment.
const SCALE: &str = "{apiVersion: autoscaling/v1, kind: Scale, metadata: {name: d, namespace: ns}, spec: {replicas: 1}}";

/// The label of the trigger, on every target.
const LABEL: &str = "patchStrategicMerge: {metadata: {labels: {team: '{{ request.object.metadata.labels.team }}'}}}";

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn plans() {
    check("by name",          "[{apiVersion: v1, kind: Secret, name: a, namespace: ns}]", LABEL, &["v1 Secret ns/a"],
        &[r#"v1 Secret ns/a [{"op":"add","path":"/metadata/labels","value":{"team":"red"}}]"#], &["pass"]);
    check("all, two change",  "[{apiVersion: v1, kind: Secret}]", LABEL, &["v1 Secret /"],
        &[r#"v1 Secret ns/a [{"op":"add","path":"/metadata/labels","value":{"team":"red"}}]"#,
          r#"v1 Secret other/c [{"op":"replace","path":"/metadata/labels/team","value":"red"}]"#], &["pass", "skip", "pass"]);
    check("with variables",   "[{apiVersion: v1, kind: Secret, name: a, namespace: '{{ request.object.metadata.namespace }}'}]", LABEL, &["v1 Secret ns/a"],
        &[r#"v1 Secret ns/a [{"op":"add","path":"/metadata/labels","value":{"team":"red"}}]"#], &["pass"]);
    check("two selectors",    "[{apiVersion: v1, kind: Secret, name: a}, {apiVersion: apps/v1, kind: Deployment}]", LABEL, &["v1 Secret /a", "apps/v1 Deployment /"],
        &[r#"v1 Secret ns/a [{"op":"add","path":"/metadata/labels","value":{"team":"red"}}]"#,
          r#"apps/v1 Deployment ns/d [{"op":"add","path":"/metadata/labels","value":{"team":"red"}}]"#], &["pass", "pass"]);
    check("a subresource",    "[{apiVersion: apps/v1, kind: Deployment/scale}]", "patchesJson6902: '[{\"op\": \"replace\", \"path\": \"/spec/replicas\", \"value\": 3}]'", &["apps/v1 Deployment/scale /"],
        &[r#"apps/v1 Deployment/scale ns/d [{"op":"replace","path":"/spec/replicas","value":3}]"#], &["pass"]);
    check("any of a kind",    "[{apiVersion: apps/v1, kind: 'Deployment/*', name: 'd*'}]", "patchStrategicMerge: {spec: {replicas: 3}}", &["apps/v1 Deployment/* /d*"],
        &[r#"apps/v1 Deployment/scale ns/d [{"op":"replace","path":"/spec/replicas","value":3}]"#], &["pass"]);
    check("another's part",   "[{apiVersion: apps/v1, kind: Deployment/scale, name: e}]", "patchStrategicMerge: {spec: {replicas: 3}}", &["apps/v1 Deployment/scale /e"], &[], &[]);
    check("preconditions",    "[{apiVersion: v1, kind: Secret, preconditions: {all: [{key: '{{ target.metadata.name }}', operator: Equals, value: c}]}}]", LABEL, &["v1 Secret /"],
        &[r#"v1 Secret other/c [{"op":"replace","path":"/metadata/labels/team","value":"red"}]"#], &["skip", "skip", "pass"]);
    check("nothing there",    "[{apiVersion: v1, kind: Secret, name: z}]", LABEL, &["v1 Secret /z"], &[], &[]);
    check("a broken patch",   "[{apiVersion: v1, kind: Secret, name: a}]", "patchesJson6902: '[{\"op\": \"replace\", \"path\": \"/x/y/z\", \"value\": 1}]'", &["v1 Secret /a"], &[], &["error"]);
    check("no such variable", "[{apiVersion: v1, kind: Secret, name: '{{ request.object.nope }}'}]", LABEL, &[], &[], &["error"]);
}

/// Plans as a controller does: asks what is to be listed, lists it, and plans. `selectors`: what is
/// asked for; `patches`: for which resource, and what; `outcomes`: what is said of each.
#[track_caller]
fn check(
    case: &str,
    targets: &str,
    patch: &str,
    selectors: &[&str],
    patches: &[&str],
    outcomes: &[&str],
) {
    let policy = format!(
        "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: p}}, spec: {{rules: [{{name: r, \
         match: {{any: [{{resources: {{kinds: [ConfigMap]}}}}]}}, mutate: {{targets: {targets}, {patch}}}}}]}}}}"
    );
    let policy = doc::read(&policy).remove(0).unwrap();
    let read = |text| -> Document { yaml::read_one(text, Numbers::Doubles).unwrap() };
    let (trigger, cluster, scale) = (read(TRIGGER), read(CLUSTER), read(SCALE));
    let (bump, queries, user) = (Bump::new(), Queries::default(), UserInfo::default());
    let review = Review::of_resource(&bump, trigger.root(), Operation::Create, user);
    let plan = |existing| -> Mutation<'_> {
        mutate(
            &policy,
            &review,
            &testing::nothing(&queries),
            existing,
            &bump,
        )
        .unwrap()
    };
    let asked = plan(Existing::Listed(&[])).unlisted;
    let shown: Vec<_> = asked.iter().map(selector).collect();
    assert_eq!(shown, selectors, "{case}");

    let list = |wanted: Wanted| {
        let all = cluster.root().as_list().unwrap().iter();
        // A server that lists by kind alone gives more than was wanted.
        let (kind, part) = wanted.kind.split_once('/').unwrap_or((&wanted.kind, ""));
        let found = all.filter(|object| object.text("kind") == kind);
        let found = found.map(|object| match part {
            "" => Existent::whole(object),
            _ => Existent {
                object: scale.root(),
                part: Some(Part {
                    owner: object,
                    subresource: "scale",
                }),
            },
        });
        let found = found.collect();
        Listing { wanted, found }
    };
    let listed: Vec<_> = asked.into_iter().map(list).collect();
    let planned = plan(Existing::Listed(bump.alloc(listed)));
    assert!(planned.unlisted.is_empty(), "{case}");
    assert_eq!(
        planned.object, review.object,
        "{case}: the trigger stays as it is"
    );
    let shown = planned.targets.iter().map(|patch| {
        assert_eq!(patch.rule, "r", "{case}");
        let operations = json_patch::write(&patch.operations(&bump));
        format!("{} {operations}", resource(patch.target()))
    });
    assert_eq!(shown.collect::<Vec<_>>(), patches, "{case}");
    let said = planned.rules.iter().map(|rule| rule.status.as_str());
    assert_eq!(said.collect::<Vec<_>>(), outcomes, "{case}");
}

fn selector(wanted: &Wanted) -> String {
    let Wanted {
        api_version,
        kind,
        namespace,
        name,
        ..
    } = wanted;
    format!("{api_version} {kind} {namespace}/{name}")
}

fn resource(target: TargetId<'_>) -> String {
    let TargetId {
        kind,
        namespace,
        name,
    } = target;
    let version = match kind.group {
        "" => kind.version.to_owned(),
        group => format!("{group}/{}", kind.version),
    };
    let whole = match kind.subresource {
        "" => kind.kind.to_owned(),
        part => format!("{}/{part}", kind.kind),
    };
    format!("{version} {whole} {namespace}/{name}")
}
