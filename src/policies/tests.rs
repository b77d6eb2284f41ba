//! Policies as API servers ask about them, without and with what an API server serves.

use std::sync::Arc;

use portcullis_engine::doc::{Policy, read};
use portcullis_lang::value::{Numbers, to_json, yaml};
use serde_json::Value as Json;

use super::{Answer, Hook, Options, Policies, kinds, targets, update};
use crate::cluster::kinds::{Kinds, Served};

const HEAD: &str = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\n";
const MATCH: &str = "match: {any: [{resources: {kinds: [Pod]}}]}";

/// Denied for the reason, or allowed; with warnings.
#[tokio::test]
async fn reviews() {
    let rule = |body: &str| format!("{HEAD}spec: {{rules: [{{name: r, {MATCH}, {body}}}]}}");
    let good = rule("validate: {deny: {}}");
    check(Hook::Policies, &good, None, &[]).await;
    check(Hook::PolicyDefaults, "{}", None, &[]).await;
    let operator =
        rule("validate: {deny: {conditions: {any: [{key: a, operator: NotIn, value: [b]}]}}}");
    let warning = "Operator NotIn has been deprecated and will be removed soon. Use these instead: \
                   [AllNotIn AnyNotIn].";
    check(Hook::Policies, &operator, None, &[warning]).await;
    let mistyped = rule("validate: {cel: {expressions: [{expression: '!has(object.nothing)'}]}}");
    let warning =
        "v1, Kind=Pod: ERROR: <input>:1:5: undefined field 'nothing'; | !has(object.nothing)";
    check(Hook::Policies, &mistyped, None, &[warning]).await;
    let condition = good.replace(
        "spec: {",
        "spec: {webhookConfiguration: {matchConditions: [{name: c, expression: '@'}]}, ",
    );
    let why = "spec.webhookConfiguration.matchConditions[0].expression: Invalid value: \"@\"";
    check(Hook::Policies, &condition, Some(why), &[]).await;
    let unknown = operator.replace("NotIn", "Nothing");
    check(
        Hook::Policies,
        &unknown,
        Some("entered value of `operator` is invalid"),
        &[],
    )
    .await;
    let both = good.replace("spec: {", "spec: {admission: false, background: false, ");
    let why = "disabling both admission and background processing is not allowed";
    check(Hook::Policies, &both, Some(why), &[]).await;

    let asks = "apiVersion: policies.kyverno.io/v1\nkind: NamespacedValidatingPolicy\n\
                metadata: {name: p, namespace: n}\nspec: {matchConstraints: {resourceRules: [{apiGroups: [''], \
                apiVersions: [v1], operations: [CREATE], resources: [pods]}]}, validations: [{expression: \
                'http.Get(\"https://a/\").ok == true'}]}";
    let why = "http.* is not allowed in namespaced policies; set --allowHTTPInNamespacedPolicies to enable";
    check(Hook::Policies, asks, Some(why), &[]).await;
    let global = asks.replace("Namespaced", "").replace(", namespace: n", "");
    check(Hook::Policies, &global, None, &[]).await;

    let exception = "apiVersion: kyverno.io/v2\nkind: PolicyException\nmetadata: {name: e, namespace: x}\n\
                     spec: {exceptions: [{policyName: p, ruleNames: [r]}], match: {any: [{resources: \
                     {kinds: [Pod]}, subjects: [{kind: User, name: u}]}]}}";
    let off = "PolicyException resources would not be processed until it is enabled.";
    let why = "spec.match.any[0].subjects";
    check(Hook::Exceptions, exception, Some(why), &[off]).await;
    let admitted = exception.replace("spec: {", "spec: {background: false, ");
    check(Hook::Exceptions, &admitted, None, &[off]).await;
    let cel = "apiVersion: policies.kyverno.io/v1\nkind: PolicyException\nmetadata: {name: e}\n\
               spec: {policyRefs: []}";
    check(
        Hook::CelExceptions,
        cel,
        Some("spec.policyRefs: Required value"),
        &[off],
    )
    .await;

    let bare = "apiVersion: policies.kyverno.io/v1\nkind: ValidatingPolicy\nmetadata: {name: p}\n\
                spec: {validations: [{expression: 'true'}]}";
    let why = "spec.matchConstraints: Required value: a matchConstraints with at least one resource \
               rule is required";
    check(Hook::Policies, bare, Some(why), &[why]).await;
    let wrong = "apiVersion: policies.kyverno.io/v1\nkind: ValidatingPolicy\nmetadata: {name: p}\n\
                 spec: {matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], \
                 operations: [CREATE], resources: [pods]}]}, validations: [{expression: 'tru'}]}";
    let why =
        "spec.validations[0].expression: Invalid value: \"tru\": undeclared reference to 'tru'";
    check(Hook::Policies, wrong, Some(why), &[why]).await;

    let labelled =
        "{apiVersion: v1, kind: Pod, metadata: {labels: {cleanup.kyverno.io/ttl: soon}}}";
    let warning = "cleanup.kyverno.io/ttl label value cannot be parsed as any recognizable format";
    check(Hook::TimeToLive, labelled, None, &[warning]).await;
    check(Hook::TimeToLive, &labelled.replace("soon", "1h"), None, &[]).await;
}

#[test]
fn a_ticket_may_be_required() {
    let bare = "apiVersion: kyverno.io/v2\nkind: PolicyException\nmetadata: {name: e, annotations: {a: b}}\n\
                spec: {exceptions: [{policyName: p, ruleNames: [r]}], match: {any: [{resources: \
                {kinds: [Pod]}}]}}";
    let named = bare.replace("{a: b}", "{polex.kyverno.io/ticket: SEC-1}");
    for (text, required, refused) in [
        (bare, true, true),
        (bare, false, false),
        (named.as_str(), true, false),
    ] {
        let options = Options {
            tickets_required: required,
            ..Options::default()
        };
        let document = yaml::read(text, Numbers::Doubles).remove(0).unwrap();
        let answer = super::exception::judge(&options, &document);
        assert_eq!(
            !answer.refusals.is_empty(),
            refused,
            "{text} {:?}",
            answer.refusals
        );
    }
}

#[tokio::test]
async fn global_context_entries() {
    let entry = |spec: &str| {
        format!(
            "apiVersion: kyverno.io/v2beta1\nkind: GlobalContextEntry\nmetadata: {{name: e}}\nspec: {spec}"
        )
    };
    for (spec, expect) in [
        (
            "{kubernetesResource: {group: apps, version: v1, resource: deployments}}",
            None,
        ),
        (
            "{kubernetesResource: {resource: pods}}",
            Some("spec.kubernetesResource.version: Required"),
        ),
        ("{apiCall: {urlPath: /a, method: GET}}", None),
        (
            "{apiCall: {method: GET}}",
            Some("needs a urlPath or a service"),
        ),
        (
            "{apiCall: {urlPath: /a, service: {url: b}}}",
            Some("not both"),
        ),
        (
            "{apiCall: {service: {headers: []}}}",
            Some("spec.apiCall.service.url: Required"),
        ),
        (
            "{apiCall: {urlPath: /a, method: GET, data: [{key: k, value: v}]}}",
            Some("is POST"),
        ),
        (
            "{apiCall: {urlPath: /a, method: POST, data: [{key: k, value: v}]}}",
            None,
        ),
        (
            "{apiCall: {urlPath: /a, refreshInterval: 0s}}",
            Some("positive duration"),
        ),
        (
            "{apiCall: {urlPath: /a}, kubernetesResource: {version: v1, resource: pods}}",
            Some("not both"),
        ),
        ("{}", Some("needs a kubernetesResource or an apiCall")),
        (
            "{apiCall: {urlPath: /a}, projections: [{name: e, jmesPath: a}]}",
            Some("of the entry itself"),
        ),
        (
            "{apiCall: {urlPath: /a}, projections: [{name: b, jmesPath: 'a['}]}",
            Some("failed to parse"),
        ),
    ] {
        check(Hook::GlobalContext, &entry(spec), expect, &[]).await;
    }
}

#[tokio::test]
async fn the_gate_is_seen_to_be_asked() {
    for metadata in ["{}", "{annotations: {a: b}}"] {
        let answer = review(Hook::Health, &format!("{{metadata: {metadata}}}"), "UPDATE").await;
        assert!(
            answer["patch"].is_string() && answer["allowed"] == true,
            "{answer}"
        );
    }
}

#[tokio::test]
async fn whatever_is_deleted_may_go() {
    let answer = review(Hook::Policies, "{kind: Broken}", "DELETE").await;
    assert_eq!(answer["allowed"], true);
}

async fn check(hook: Hook, object: &str, denied: Option<&str>, warnings: &[&str]) {
    let answer = review(hook, object, "CREATE").await;
    assert_eq!(answer["allowed"], denied.is_none(), "{object}: {answer}");
    let message = answer["status"]["message"].as_str().unwrap_or_default();
    let denied = denied.unwrap_or_default();
    assert!(message.contains(denied), "{object}: {answer}");
    for warning in warnings {
        let told = answer["warnings"].as_array().cloned().unwrap_or_default();
        let mut told = told.iter().filter_map(Json::as_str);
        assert!(
            told.any(|told| told.contains(warning)),
            "{object}: {answer}"
        );
    }
    if warnings.is_empty() && denied.is_empty() {
        assert_eq!(answer["warnings"], Json::Null, "{object}: {answer}");
    }
}

async fn review(hook: Hook, object: &str, operation: &str) -> Json {
    let object = yaml::read_one(object, Numbers::AsWritten).unwrap();
    let version = object.root().text("apiVersion");
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let body = format!(
        r#"{{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{{"uid":"u",
        "kind":{{"group":"{group}"}},"operation":"{operation}","object":{}}}}}"#,
        to_json(object.root())
    );
    let policies = Arc::new(Policies::offline());
    let answer = policies.review(hook, body.as_bytes()).await.unwrap();
    let answer: Json = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["response"]["uid"], "u");
    answer["response"].clone()
}

#[test]
fn kinds_are_held_against_what_is_served() {
    let of = |kinds: &str, spec: &str| {
        format!(
            "{HEAD}spec: {{{spec} rules: [{{name: r, match: {{any: [{{resources: {{kinds: [{kinds}]}}}}]}}, validate: {{deny: {{}}}}}}]}}"
        )
    };
    let served = served();
    let check = |policy: String, refused: Option<&str>, warned: bool| {
        let answer = kinds::judge(&policy_of(&policy), &served);
        hold(&policy, &answer, refused);
        assert_eq!(!answer.warnings.is_empty(), warned, "{policy}: {answer:?}");
    };
    let off = "background: false,";
    check(of("Pod, apps/v1/Deployment", ""), None, false);
    check(
        of("Pod/exec", ""),
        Some("background scans cannot look at the subresource Pod/exec"),
        false,
    );
    check(of("Pod/exec", off), None, false);
    check(of("Pod/nothing", ""), Some("background"), false);
    check(of("'Pod/*'", ""), Some("background"), false);
    check(of("'*/*'", ""), Some("background"), false);
    check(of("'*/*'", off), None, false);
    check(of("Scale", ""), Some("background"), false);
    check(
        of("Scale", off),
        Some("Deployment/scale, StatefulSet/scale"),
        false,
    );
    check(of("PodExecOptions", off), None, false);
    check(of("Pod, Nothing", ""), None, true);
    let confined = |text: String| text.replace("ClusterPolicy", "Policy");
    check(confined(of("Pod, Nothing", "")), None, true);
    check(
        confined(of("Namespace", "")),
        Some("cannot match the cluster-wide resource Namespace"),
        false,
    );
    let scanned = |policy: String| {
        let scanned = kinds::scanned(&policy_of(&policy), &served);
        scanned.into_iter().map(|it| it.plural).collect::<Vec<_>>()
    };
    assert_eq!(
        scanned(of("Pod, Deployment, Pod", "")),
        ["pods", "deployments"]
    );
    assert!(scanned(of("Pod", off)).is_empty());
}

#[test]
fn what_is_generated_has_the_scope_of_its_kind() {
    let of = |generate: &str| {
        format!(
            "{HEAD}spec: {{rules: [{{name: r, match: {{any: [{{resources: {{kinds: [Namespace]}}}}]}}, generate: {{{generate}}}}}]}}"
        )
    };
    let served = served();
    let check = |policy: String, refused: Option<&str>| {
        hold(
            &policy,
            &targets::judge(&policy_of(&policy), &served),
            refused,
        );
    };
    let one = "apiVersion: v1, kind: KIND, name: c, data: {}";
    let (inside, outside) = (one.replace("KIND", "Pod"), one.replace("KIND", "Namespace"));
    check(of(&format!("{inside}, namespace: a")), None);
    check(
        of(&inside),
        Some("target namespace must be set for a namespaced resource"),
    );
    check(of(&outside), None);
    check(
        of(&format!("{outside}, namespace: a")),
        Some("must not be set for a cluster-wide resource"),
    );
    check(
        of("apiVersion: v1, kind: '{{ request.object.kind }}', name: c, data: {}"),
        None,
    );
    let list = "namespace: '{{ request.object.metadata.name }}', cloneList: {selector: {}, ";
    check(of(&format!("{list}namespace: a, kinds: [v1/Pod]}}")), None);
    check(
        of(&format!("{list}kinds: [v1/Pod]}}")),
        Some("namespace is required"),
    );
    check(of(&format!("{list}kinds: [v1/Namespace]}}")), None);
    check(
        of(&format!("{list}namespace: a, kinds: [v1/Namespace]}}")),
        Some("must not be set"),
    );
    check(
        of(&format!("{list}kinds: [v1/Pod, v1/Namespace]}}")),
        Some("mixed scopes"),
    );
    let confined = of(&format!("{outside}, namespace: default")).replace("ClusterPolicy", "Policy");
    check(
        confined,
        Some("a namespaced policy cannot generate cluster-wide resources"),
    );

    let wanted = |policy: String| {
        let wanted = targets::wanted(&policy_of(&policy), &served).into_iter();
        let told =
            wanted.map(|it| format!("{} {} {}", it.resource, it.namespace, it.verbs.join(",")));
        told.collect::<Vec<_>>()
    };
    assert_eq!(
        wanted(of(&format!("{inside}, namespace: a"))),
        ["pods a get,create"]
    );
    let synchronized = format!("{inside}, synchronize: true, namespace: '{{{{ request.name }}}}'");
    assert_eq!(
        wanted(of(&synchronized)),
        ["pods  get,create,update,delete"]
    );
    let mutate = |target: &str| {
        of("").replace(
            "generate: {}",
            &format!("mutate: {{targets: [{{apiVersion: v1, kind: Pod, {target}}}], patchStrategicMerge: {{a: b}}}}"),
        )
    };
    assert_eq!(
        wanted(mutate("name: a, namespace: b")),
        ["pods b get,update"]
    );
    assert_eq!(wanted(mutate("name: 'a*'")), ["pods  get,list,update"]);
    let part = |target: &str| mutate(target).replace("kind: Pod, n", "kind: Pod/status, n");
    assert_eq!(
        wanted(part("name: a, namespace: b")),
        ["pods/status b get,update"]
    );
    assert_eq!(
        wanted(part("name: 'a*'")),
        ["pods/status  get,update", "pods  get,list"]
    );
}

#[test]
fn rules_that_keep_objects_in_step_stay_as_they_are() {
    let old = format!(
        "{HEAD}spec: {{rules: [{{name: r, match: {{any: [{{resources: {{kinds: [Namespace]}}}}]}}, generate: \
         {{apiVersion: v1, kind: Pod, name: c, namespace: a, synchronize: true, data: {{a: b}}}}}}]}}"
    );
    let check = |from: &str, to: &str, refused: bool, warned: bool| {
        let new = old.replace(from, to);
        let answer = update::judge(&policy_of(&new), &policy_of(&old));
        let told = (!answer.refusals.is_empty(), !answer.warnings.is_empty());
        assert_eq!(told, (refused, warned), "{from} {to}: {answer:?}");
    };
    check("r,", "r,", false, false);
    check("name: r", "name: s", true, false);
    check("[Namespace]", "[Namespace, Secret]", true, false);
    check(
        "name: r,",
        "name: r, preconditions: {all: [{key: a, operator: Equals, value: a}]},",
        true,
        false,
    );
    check("synchronize: true", "synchronize: false", false, false);
    check("{a: b}", "{a: c}", false, false);
    check("name: c", "name: d", false, true);
    check(
        "data: {a: b}",
        "clone: {name: x, namespace: other}",
        false,
        true,
    );
    check(
        "rules: [",
        "rules: [{name: v, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {deny: {}}}, ",
        false,
        false,
    );
}

#[track_caller]
fn hold(policy: &str, answer: &Answer, refused: Option<&str>) {
    let first = answer.refusals.first().map(String::as_str);
    assert_eq!(first.is_some(), refused.is_some(), "{policy}: {answer:?}");
    let refused = refused.unwrap_or_default();
    assert!(
        first.unwrap_or_default().contains(refused),
        "{policy}: {answer:?}"
    );
}

fn policy_of(text: &str) -> Arc<Policy> {
    read(text).remove(0).unwrap()
}

fn served() -> Kinds {
    let one = |group: &str, plural: &str, kind: &str, namespaced| Served {
        group: group.to_owned(),
        version: "v1".to_owned(),
        plural: plural.to_owned(),
        subresource: None,
        kind: kind.to_owned(),
        parent_kind: kind.to_owned(),
        kind_group: group.to_owned(),
        kind_version: "v1".to_owned(),
        namespaced,
        preferred: true,
        verbs: vec!["list".to_owned()],
    };
    let part = |whole: Served, name: &str, kind: &str| Served {
        subresource: Some(name.to_owned()),
        kind: kind.to_owned(),
        ..whole
    };
    let (pods, deployments) = (
        one("", "pods", "Pod", true),
        one("apps", "deployments", "Deployment", true),
    );
    let sets = one("apps", "statefulsets", "StatefulSet", true);
    Kinds::new(vec![
        part(pods.clone(), "exec", "PodExecOptions"),
        part(pods.clone(), "status", "Pod"),
        part(deployments.clone(), "scale", "Scale"),
        part(sets.clone(), "scale", "Scale"),
        pods,
        deployments,
        sets,
        one("", "namespaces", "Namespace", false),
    ])
}
