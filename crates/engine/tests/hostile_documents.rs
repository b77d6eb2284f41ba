//! Whatever stands in the place of a field, or of a byte, of a policy: reading, checking and compiling it
//! ends, and what can be used decides a review.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use std::sync::LazyLock;

use portcullis_engine::admit::Scratch;
use portcullis_engine::doc::{self, AnyPolicy};
use portcullis_engine::lint::lint;
use portcullis_engine::program::Program;
use portcullis_lang::value::{Numbers, to_json, yaml};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{by_plan, reviews};

/// One document of every kind that is read, with most of the fields that there are.
const SAMPLES: &str = r#"
{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {name: a, annotations: {pod-policies.kyverno.io/autogen-controllers: "Deployment,CronJob"}},
 spec: {background: false, validationFailureAction: Enforce, failurePolicy: Ignore, webhookTimeoutSeconds: 5, applyRules: One, rules: [
  {name: pattern, match: {any: [{resources: {kinds: [Pod, "apps/v1/Deployment", "*/*"], names: ["a*"], namespaces: [b], operations: [CREATE],
     selector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: In, values: [b]}]}, annotations: {c: d}}, subjects: [{kind: User, name: u}],
     roles: ["a:r"], clusterRoles: [cr]}]}, exclude: {all: [{resources: {kinds: [Secret]}}]},
   context: [{name: v, variable: {value: {a: 1}, jmesPath: a, default: x}}, {name: m, configMap: {name: cm, namespace: "{{ request.namespace }}"}},
     {name: c, apiCall: {urlPath: "/api/v1/namespaces/{{ v }}", method: GET, jmesPath: "items[]"}}, {name: g, globalReference: {name: e, jmesPath: x}},
     {name: i, imageRegistry: {reference: "nginx:1"}}],
   preconditions: {all: [{key: "{{ v }}", operator: AnyIn, value: [a], message: m}]},
   validate: {message: "no {{ v }}", failureAction: Enforce, failureActionOverrides: [{action: Audit, namespaces: [x]}], allowExistingViolations: true,
     pattern: {spec: {containers: [{(image): "*:*", =(resources): {limits: {memory: "<=1Gi & >1Mi | 5"}}}], X(hostNetwork): "null", ^(volumes): [{name: "?*"}], <(a): b}}}},
  {name: any, match: {resources: {kinds: [Pod]}}, validate: {message: m, anyPattern: [{metadata: {name: "!a"}}, {metadata: {labels: {a: "1-5"}}}]}},
  {name: deny, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {deny: {conditions: {any: [{key: "{{ request.object.spec.x || `1` }}", operator: GreaterThan, value: 1h}]}}}},
  {name: each, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {foreach: [{list: "request.object.spec.containers[]", elementScope: true,
     preconditions: {any: []}, 
     foreach: [{list: "element.ports", pattern: {name: "?*"}}]}]}},
  {name: pss, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {podSecurity: {level: restricted, version: v1.29, exclude: [{controlName: Capabilities, images: ["*"],
     restrictedField: "spec.containers[*].securityContext.capabilities.add", values: [KILL]}]}}},
  {name: cel, match: {any: [{resources: {kinds: [Pod]}}]}, celPreconditions: [{name: p, expression: "true"}],
   validate: {cel: {variables: [{name: v, expression: "object.spec"}], expressions: [{expression: "has(variables.v.containers)", messageExpression: "'m'"}],
     auditAnnotations: [{key: k, valueExpression: "'v'"}], paramKind: {apiVersion: v1, kind: ConfigMap}, paramRef: {name: p, parameterNotFoundAction: Deny}}}},
  {name: merge, match: {any: [{resources: {kinds: [Pod]}}]}, mutate: {patchStrategicMerge: {metadata: {labels: {+(a): "{{ request.name }}"}}, spec: {containers: [{(name): "*", image: "$(./../name)"}]}}}},
  {name: patch, match: {any: [{resources: {kinds: [Pod]}}]}, mutate: {patchesJson6902: "- {op: add, path: /metadata/labels/a, value: b}\n- op: remove\n  path: /spec/x"}},
  {name: loop, match: {any: [{resources: {kinds: [Pod]}}]}, mutate: {foreach: [{list: "request.object.spec.containers", order: Descending, patchesJson6902: "- path: /spec/containers/{{elementIndex}}/image\n  op: replace\n  value: x"}]}},
  {name: targets, match: {any: [{resources: {kinds: [ConfigMap]}}]}, mutate: {mutateExistingOnPolicyUpdate: true, targets: [{apiVersion: v1, kind: Secret, name: s, namespace: "*", selector: {matchLabels: {a: b}}}],
     patchStrategicMerge: {metadata: {labels: {a: "{{ target.metadata.name }}"}}}}},
  {name: generate, match: {any: [{resources: {kinds: [Namespace]}}]}, generate: {apiVersion: v1, kind: ConfigMap, name: c, namespace: "{{ request.object.metadata.name }}", synchronize: true, orphanDownstreamOnPolicyDelete: true, data: {data: {a: b}}}},
  {name: clone, match: {any: [{resources: {kinds: [Namespace]}}]}, generate: {namespace: ns, cloneList: {namespace: d, kinds: [v1/Secret], selector: {matchLabels: {a: b}}}}},
  {name: images, match: {any: [{resources: {kinds: [Pod]}}]}, imageExtractors: {Pod: [{path: "/spec/*/image", value: image, name: own}]},
   verifyImages: [{imageReferences: ["ghcr.io/*"], type: Cosign, mutateDigest: true, required: true, attestors: [{count: 1, entries: [{keys: {publicKeys: "k", rekor: {url: u}}}, {keyless: {subject: s, issuer: i}}]}],
     attestations: [{type: t, conditions: [{all: [{key: "{{ x }}", operator: Equals, value: z}]}]}]}]}]}}
---
{apiVersion: kyverno.io/v2, kind: PolicyException, metadata: {name: e, namespace: n}, spec: {match: {any: [{resources: {kinds: [Pod]}}]}, conditions: {any: []}, background: true,
  exceptions: [{policyName: a, ruleNames: ["*"]}], podSecurity: [{controlName: Capabilities}]}}
---
{apiVersion: kyverno.io/v2, kind: ClusterCleanupPolicy, metadata: {name: c}, spec: {schedule: "*/5 * * * *", deletionPropagationPolicy: Foreground,
  match: {any: [{resources: {kinds: [Pod]}}]}, conditions: {all: [{key: "{{ target.metadata.name }}", operator: Equals, value: x}]}}}
---
{apiVersion: policies.kyverno.io/v1, kind: ValidatingPolicy, metadata: {name: v}, spec: {failurePolicy: Fail, validationActions: [Deny, Audit], evaluation: {background: {enabled: true}, mode: Kubernetes},
  autogen: {podControllers: {controllers: [deployments]}}, webhookConfiguration: {timeoutSeconds: 3}, matchConstraints: {matchPolicy: Exact, namespaceSelector: {matchLabels: {a: b}}, objectSelector: {matchExpressions: [{key: a, operator: Exists}]},
    resourceRules: [{apiGroups: ["", apps], apiVersions: [v1], operations: [CREATE, "*"], resources: [pods, "pods/*"], resourceNames: [x], scope: Namespaced}], excludeResourceRules: []},
  matchConditions: [{name: m, expression: "true"}], variables: [{name: v, expression: "object.metadata"}], auditAnnotations: [{key: k, valueExpression: "string(1)"}],
  validations: [{expression: "variables.v.name != ''", message: m, messageExpression: "'x' + object.kind", reason: Invalid}]}}
---
{apiVersion: policies.kyverno.io/v1, kind: MutatingPolicy, metadata: {name: m}, spec: {reinvocationPolicy: IfNeeded, matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]},
  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: "Object{metadata: Object.metadata{labels: {'a': 'b'}}}"}},
    {patchType: JSONPatch, jsonPatch: {expression: "[JSONPatch{op: 'add', path: '/metadata/labels/a', value: 'b'}]"}}]}}
---
{apiVersion: policies.kyverno.io/v1, kind: GeneratingPolicy, metadata: {name: g}, spec: {evaluation: {synchronize: {enabled: true}, generateExisting: {enabled: true}}, matchConstraints: {resourceRules: []},
  variables: [{name: v, expression: "{'apiVersion': 'v1', 'kind': 'ConfigMap'}"}], generate: [{expression: "generator.Apply('n', [variables.v])"}, {template: {value: "a: b", interpolate: cel}}]}}
---
{apiVersion: policies.kyverno.io/v1, kind: DeletingPolicy, metadata: {name: d}, spec: {schedule: "0 0 * * *", conditions: [{name: c, expression: "true"}], matchConstraints: {resourceRules: []}, deletionPropagationPolicy: Orphan}}
---
{apiVersion: policies.kyverno.io/v1, kind: ImageValidatingPolicy, metadata: {name: i}, spec: {matchImageReferences: [{glob: "ghcr.io/*"}, {expression: "image.contains('x')"}], images: [{name: a, expression: "object.spec.x"}],
  attestors: [{name: c, cosign: {key: {data: k}}}, {name: n, notary: {certs: {value: c}}}], attestations: [{name: s, intoto: {type: t}}], validationConfigurations: {required: true, mutateDigest: true},
  validations: [{expression: "images.containers.map(i, verifyImageSignatures(i, [attestors.c])).all(e, e > 0)"}]}}
---
{apiVersion: policies.kyverno.io/v1, kind: PolicyException, metadata: {name: x}, spec: {policyRefs: [{name: v, kind: ValidatingPolicy}], matchConditions: [{name: m, expression: "true"}], images: ["*"], allowedValues: [a], reportResult: pass}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: vap}, spec: {paramKind: {apiVersion: v1, kind: ConfigMap}, matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [pods]}]}, validations: [{expression: "params == null"}]}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicyBinding, metadata: {name: b}, spec: {policyName: vap, validationActions: [Deny], paramRef: {selector: {}, parameterNotFoundAction: Allow}, matchResources: {namespaceSelector: {matchLabels: {a: b}}}}}
---
{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingAdmissionPolicy, metadata: {name: map}, spec: {matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}, mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: "Object{}"}}]}}
---
{apiVersion: kyverno.io/v2beta1, kind: GlobalContextEntry, metadata: {name: e}, spec: {kubernetesResource: {group: apps, version: v1, resource: deployments, namespace: n}, projections: [{name: p, jmesPath: "[]"}]}}
"#;

/// The documents, as JSON; policies with rules once for each of these.
static DOCUMENTS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let documents = yaml::read(SAMPLES, Numbers::AsWritten).into_iter();
    let json = documents.map(|document| to_json(document.unwrap().root()));
    let whole = json.map(|json| serde_json::from_str::<Value>(&json).unwrap());
    let parts = whole.flat_map(|document| match document["spec"]["rules"].as_array() {
        None => vec![document],
        Some(rules) => {
            let mut part = document.clone();
            let one = |rule: &Value| {
                part["spec"]["rules"] = json!([rule]);
                part.clone()
            };
            rules.iter().map(one).collect()
        }
    });
    parts.collect()
});

static REVIEW: LazyLock<String> = LazyLock::new(|| {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "abc", "namespace": "b", "labels": {"a": "b"}, "annotations": {"c": "d"}},
        "spec": {"x": 1, "containers": [{"name": "c", "image": "ghcr.io/nginx:1", "ports": [{"name": "p"}], "resources": {"limits": {"memory": "1Gi"}}}]},
    });
    reviews::of(&pod, &Value::Null, "CREATE")
});

/// Reads, checks and compiles what `text` holds, and decides a review by all of it.
fn take(text: &str) {
    for found in lint(text).diagnostics {
        assert!(
            found.at.start <= found.at.end && found.at.end <= text.len(),
            "{found:?} of {}",
            text.len()
        );
    }
    let (mut classic, mut validating, mut mutating, mut generating) =
        (vec![], vec![], vec![], vec![]);
    for policy in doc::read_any(text).into_iter().flatten() {
        match policy {
            AnyPolicy::Rules(policy) => classic.push(policy),
            AnyPolicy::Validating(policy) => validating.push(policy),
            AnyPolicy::Mutating(policy) => mutating.push(policy),
            AnyPolicy::Generating(policy) => generating.push(policy),
            _ => {}
        }
    }
    let program = Program::new(classic)
        .with_cel(validating, [])
        .with_mutating(mutating)
        .with_generating(generating);
    let _ = program.explain("Pod");
    let _ = by_plan(&program, &REVIEW, &mut Scratch::default());
}

/// What nobody would write there.
fn odd() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        prop::sample::select(vec![
            "",
            " ",
            "*",
            "?*",
            "/",
            "a/b/c/d",
            "*/*/*/*",
            "{{",
            "}}",
            "{{ }}",
            "{{ x",
            "{{ {{ a }} }}",
            "$(",
            "$(./../x)",
            "é",
            "\u{0}",
            "true",
            "1Gi",
            "-1s",
            "99999999999999999999",
            "1e400",
            "* * * * *",
            "@every 1ns",
            "(a)",
            "=(",
            "+()",
            "^(a)",
            "X(",
            "!",
            ">",
            "1-",
            "a|b&c",
            "request.object",
            "[?",
            "`",
            "object",
            "object.",
            "has(",
            "'",
            "\"",
            "- op",
            "- {op: move, from: /a}",
            "a: b: c",
            "&a *a",
            "Enforce",
            "v1",
            "v9.9",
            "Secret",
        ])
        .prop_map(Into::into),
        ".{0,6}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Into::into),
            (
                prop::sample::select(vec![
                    "a",
                    "name",
                    "any",
                    "all",
                    "key",
                    "expression",
                    "resources",
                    "kinds",
                    "foreach",
                    "(a)",
                    ""
                ]),
                inner
            )
                .prop_map(|(key, value)| json!({key: value})),
        ]
    })
}

/// Puts something in the place of a node, or takes it away.
fn change(value: &mut Value, at: &mut usize, new: &Option<Value>) {
    let mut gone = None;
    let children: Vec<(Option<String>, &mut Value)> = match value {
        Value::Object(map) => map
            .iter_mut()
            .map(|(key, value)| (Some(key.clone()), value))
            .collect(),
        Value::Array(list) => list.iter_mut().map(|value| (None, value)).collect(),
        _ => return,
    };
    for (key, child) in children {
        if *at == 0 {
            *at = usize::MAX;
            match (new, key) {
                (Some(new), _) => *child = new.clone(),
                (None, Some(key)) => gone = Some(key),
                (None, None) => *child = Value::Null,
            }
            break;
        }
        *at -= 1;
        change(child, at, new);
        if *at == usize::MAX {
            return;
        }
    }
    if let (Some(key), Value::Object(map)) = (gone, value) {
        map.remove(&key);
    }
}

fn nodes(value: &Value) -> usize {
    match value {
        Value::Object(map) => map.values().map(|value| 1 + nodes(value)).sum(),
        Value::Array(list) => list.iter().map(|value| 1 + nodes(value)).sum(),
        _ => 0,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases))]

    #[test]
    fn anything_in_the_place_of_a_field(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::option::weighted(0.8, odd())), 1..4),
    ) {
        let mut document = DOCUMENTS[which.index(DOCUMENTS.len())].clone();
        for (at, new) in changes {
            let count = nodes(&document);
            if count > 0 {
                change(&mut document, &mut at.index(count), &new);
            }
        }
        take(&document.to_string());
    }

    #[test]
    fn anything_in_the_place_of_a_byte(
        which in any::<prop::sample::Index>(), as_yaml: bool,
        changes in prop::collection::vec((any::<prop::sample::Index>(), "[ -~\n\té]{0,2}", 0..4_usize), 1..5),
    ) {
        let json = DOCUMENTS[which.index(DOCUMENTS.len())].to_string();
        let mut text = if as_yaml {
            yaml::write(yaml::read_one(&json, Numbers::AsWritten).unwrap().root())
        } else {
            json
        };
        for (at, new, over) in changes {
            let at = text.floor_char_boundary(at.index(text.len() + 1));
            let end = text.floor_char_boundary((at + over).min(text.len())).max(at);
            text.replace_range(at..end, &new);
        }
        take(&text);
    }
}

#[test]
fn the_documents_are_in_order() {
    let wrong = DOCUMENTS.iter().flat_map(|document| {
        let text = document.to_string();
        take(&text);
        doc::read_any(&text).into_iter().filter_map(Result::err)
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
