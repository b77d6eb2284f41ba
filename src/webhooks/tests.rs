//! What policies ask for, as tables: policies and kinds in, webhooks out.

use portcullis_engine::doc;

use super::hook::Hook;
use super::options::{Options, Selected};
use super::resources::{Asked, Resources};
use crate::cluster::kinds::{Kinds, Served};

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn rules_of_one_policy() {
    let all = "[CONNECT,CREATE,DELETE,UPDATE]";
    let v = |rules: &str| vec![format!("validate.kyverno.svc-fail: {rules}")];
    let m = |rules: &str| vec![format!("mutate.kyverno.svc-fail: {rules}")];
    let deny = "validate: {deny: {}}";
    rule("Pods have more containers later",
         "kinds: [Pod]", "", deny, &v(&format!("/v1/[pods,pods/ephemeralcontainers] Namespaced {all}")));
    rule("everything",
         "kinds: ['*']", "", deny, &v(&format!("*/*/[*,pods/ephemeralcontainers] * {all}")));
    rule("everything, and all parts of it",
         "kinds: ['*/*']", "", deny, &v(&format!("*/*/[*/*] * {all}")));
    rule("one part of everything",
         "kinds: ['*/scale'], operations: [CREATE]", "", deny, &v("*/*/[*/scale] * [CREATE]"));
    rule("all parts of one",
         "kinds: [Pod/*]", "", deny,
         &v(&format!("/v1/[pods/ephemeralcontainers,pods/eviction,pods/exec] Namespaced {all}")));
    rule("a part by its own kind",
         "kinds: [Eviction]", "", deny, &v(&format!("/v1/[pods/eviction] Namespaced {all}")));
    rule("kinds of two scopes",
         "kinds: [ConfigMap, Namespace]", "", deny,
         &v(&format!("/v1/[namespaces] * {all}; /v1/[configmaps] Namespaced {all}")));
    rule("a kind that nobody serves", "kinds: [Widget]", "", deny, &[]);
    rule("a kind of every version",
         "kinds: [Gadget]", "", deny,
         &v(&format!("example.com/v1/[gadgets] Namespaced {all}; example.com/v2/[gadgets] Namespaced {all}")));
    rule("a kind of one version",
         "kinds: [example.com/v2/Gadget]", "", deny, &v(&format!("example.com/v2/[gadgets] Namespaced {all}")));
    rule("an operation that is excluded",
         "kinds: [ConfigMap]", "exclude: {any: [{resources: {operations: [DELETE]}}]}", deny,
         &v("/v1/[configmaps] Namespaced [CONNECT,CREATE,UPDATE]"));
    rule("an operation that is excluded of another kind",
         "kinds: [ConfigMap]", "exclude: {any: [{resources: {kinds: [Pod], operations: [DELETE]}}]}", deny,
         &v(&format!("/v1/[configmaps] Namespaced {all}")));
    rule("an operation that is excluded in some namespaces only",
         "kinds: [ConfigMap]", "exclude: {any: [{resources: {namespaces: [a], operations: [DELETE]}}]}", deny,
         &v(&format!("/v1/[configmaps] Namespaced {all}")));
    rule("changes", "kinds: [ConfigMap]", "", "mutate: {patchStrategicMerge: {a: b}}",
         &m("/v1/[configmaps] Namespaced [CREATE,UPDATE]"));
    rule("changes of a part", "kinds: [Pod/exec], operations: [CONNECT]", "",
         "mutate: {patchesJson6902: '[{op: add, path: /a, value: b}]'}",
         &m("/v1/[pods/exec] Namespaced [CONNECT]"));
    rule("changes of existing objects", "kinds: [ConfigMap]", "",
         "mutate: {targets: [{apiVersion: v1, kind: Secret}], patchStrategicMerge: {a: b}}",
         &v(&format!("/v1/[configmaps] Namespaced {all}")));
    rule("triggers", "kinds: [Namespace]", "",
         "generate: {apiVersion: v1, kind: ConfigMap, name: c, namespace: team, data: {a: b}}",
         &v(&format!("/v1/[namespaces] * {all}")));
}

/// One rule of a ClusterPolicy.
#[track_caller]
fn rule(case: &str, filter: &str, excludes: &str, body: &str, expect: &[String]) {
    let excludes = match excludes {
        "" => String::new(),
        some => format!("{some}, "),
    };
    let text = format!(
        "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {{name: p, annotations: \
         {{pod-policies.kyverno.io/autogen-controllers: none}}}}\nspec: {{background: false, rules: [{{name: r, match: \
         {{any: [{{resources: {{{filter}}}}}]}}, {excludes}{body}}}]}}\n"
    );
    let found = compute(&text, &Selected::default(), &Options::default());
    let hooks = found.validating.iter().chain(&found.mutating);
    let found: Vec<_> = hooks
        .map(|hook| format!("{}: {}", hook.name, rules(hook)))
        .collect();
    assert_eq!(found, expect, "{case}");
}

#[test]
fn policies_share_webhooks_by_what_they_do_when_nobody_answers() {
    let policy = |kind: &str, name: &str, spec: &str| {
        let namespace = match kind {
            "Policy" => ", namespace: team",
            _ => "",
        };
        format!(
            "---\napiVersion: kyverno.io/v1\nkind: {kind}\nmetadata: {{name: {name}{namespace}}}\nspec: \
             {{{spec}rules: [{{name: r, match: {{any: [{{resources: {{kinds: [ConfigMap]}}}}]}}, \
             validate: {{deny: {{}}}}}}]}}\n"
        )
    };
    let own = "webhookConfiguration: {matchConditions: [{name: c, expression: 'object.a == 1'}]}, ";
    let broken = "webhookConfiguration: {matchConditions: [{name: c, expression: 'object.'}]}, ";
    let text = [
        policy("ClusterPolicy", "a", ""),
        policy("ClusterPolicy", "b", "failurePolicy: Ignore, "),
        policy("ClusterPolicy", "c", own),
        policy("Policy", "d", own),
        policy("ClusterPolicy", "e", broken),
        policy(
            "ClusterPolicy",
            "f",
            "admission: false, failurePolicy: Ignore, webhookTimeoutSeconds: 30, ",
        ),
        policy("ClusterPolicy", "g", "webhookTimeoutSeconds: 20, "),
    ];
    let found = compute(&text.concat(), &Selected::default(), &Options::default());
    let found: Vec<_> = found.validating.iter().map(place).collect();
    assert_eq!(
        found,
        [
            "validate.kyverno.svc-fail /validate/fail 20s []",
            "validate.kyverno.svc-ignore /validate/ignore 10s []",
            "validate.kyverno.svc-fail-finegrained-c /validate/fail/finegrained/c 10s [c]",
            "validate.kyverno.svc-fail-finegrained-team-d /validate/fail/finegrained/team/d 10s [c]",
        ]
    );
}

#[test]
fn cel_policies_are_named_in_paths() {
    let policy = |kind: &str, name: &str, constraints: &str, spec: &str| {
        let body = match kind {
            "MutatingPolicy" => {
                "mutations: [{patchType: JSONPatch, jsonPatch: {expression: '[]'}}]"
            }
            "GeneratingPolicy" => "generate: [{expression: \"generator.apply('a', [])\"}]",
            _ => "validations: [{expression: 'true'}]",
        };
        let namespace = match kind.starts_with("Namespaced") {
            true => ", namespace: team",
            false => "",
        };
        format!(
            "---\napiVersion: policies.kyverno.io/v1\nkind: {kind}\nmetadata: {{name: {name}{namespace}}}\n\
             spec:\n  matchConstraints: {{resourceRules: [{{apiGroups: [''], apiVersions: [v1], \
             operations: [CREATE], resources: [configmaps]}}]{constraints}}}\n  {spec}\n  {body}\n"
        )
    };
    let text = [
        policy("ValidatingPolicy", "b", "", ""),
        policy("ValidatingPolicy", "a", "", "failurePolicy: Ignore"),
        policy(
            "ValidatingPolicy",
            "c",
            "",
            "matchConditions: [{name: m, expression: 'true'}]",
        ),
        policy("ValidatingPolicy", "d", ", matchPolicy: Exact", ""),
        policy(
            "ValidatingPolicy",
            "e",
            "",
            "webhookConfiguration: {timeoutSeconds: 3}",
        ),
        policy(
            "ValidatingPolicy",
            "f",
            "",
            "evaluation: {admission: {enabled: false}}",
        ),
        policy("NamespacedValidatingPolicy", "b", "", ""),
        policy("MutatingPolicy", "b", "", ""),
        policy("GeneratingPolicy", "b", "", ""),
    ];
    let found = compute(&text.concat(), &Selected::default(), &Options::default());
    let hooks = found.validating.iter().chain(&found.mutating);
    let found: Vec<_> = hooks.map(place).collect();
    assert_eq!(
        found,
        [
            "vpol.validate.kyverno.svc-fail /vpol/a/b 10s []",
            "vpol.validate.kyverno.svc-ignore /vpol/a/b 10s []",
            "vpol.validate.kyverno.svc-fail-finegrained-c /vpol/c 10s [m]",
            "vpol.validate.kyverno.svc-fail-finegrained-d /vpol/d 10s [] exact",
            "vpol.validate.kyverno.svc-fail-finegrained-e /vpol/e 3s []",
            "nvpol.validate.kyverno.svc-fail /nvpol/b 10s []",
            "gpol.validate.kyverno.svc-ignore /gpol/b 10s []",
            "mpol.validate.kyverno.svc-fail /mpol/b 10s []",
        ]
    );
}

#[test]
fn nothing_keeps_the_cluster_from_starting() {
    let policy = |kinds: &str, mode: &str| {
        format!(
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {{name: p}}\nspec: \
             {{background: false, failurePolicy: {mode}, rules: [{{name: r, match: {{any: [{{resources: {{kinds: \
             [{kinds}]}}}}]}}, validate: {{deny: {{}}}}}}]}}\n"
        )
    };
    let check = |kinds: &str, mode: &str, settings: &str, options: Options, expect: &str| {
        let data = [("webhooks".to_owned(), settings.to_owned())].into();
        let (selected, problems) = Selected::read(&data, &Selected::default());
        assert!(problems.is_empty(), "{problems:?}");
        let found = compute(&policy(kinds, mode), &selected, &options);
        let hook = &found.validating[0];
        let conditions = hook.conditions.iter().map(|it| it.name.as_str());
        let spared = hook.namespaces.match_expressions.iter().flatten();
        let spared = spared.map(|it| format!("{} {:?}", it.operator, it.values.as_ref().unwrap()));
        let found: Vec<_> = conditions.map(str::to_owned).chain(spared).collect();
        assert_eq!(found.join(", "), expect, "{kinds} {mode} {settings}");
    };
    let usual = Options::default;
    let careful = || Options {
        exclude_bootstrap: true,
        ..Options::default()
    };
    let own = r#"NotIn ["kyverno"]"#;
    let both = format!("kyverno-exclude-bootstrap-resources, {own}");
    check("Pod", "Fail", "", usual(), own);
    check("Pod", "Fail", "", careful(), &both);
    check("'*'", "Fail", "", usual(), &both);
    check("'*/*'", "Fail", "", usual(), &both);
    check("'*'", "Ignore", "", careful(), own);
    let selector = |operator: &str, value: &str| {
        format!(
            r#"{{"namespaceSelector":{{"matchExpressions":[{{"key":"kubernetes.io/metadata.name","operator":"{operator}","values":["{value}"]}}]}}}}"#
        )
    };
    let settings = selector("NotIn", "kube-system");
    let expect = format!(r#"NotIn ["kube-system"], {own}"#);
    check("Pod", "Fail", &settings, usual(), &expect);
    check("Pod", "Fail", &selector("NotIn", "kyverno"), usual(), own);
    check(
        "Pod",
        "Fail",
        &selector("In", "team"),
        usual(),
        r#"In ["team"]"#,
    );
}

#[test]
fn webhooks_that_do_not_follow_policies_are_sent_everything() {
    let options = Options {
        follow_policies: false,
        ..Options::default()
    };
    let found = compute("", &Selected::default(), &options);
    let hooks = found.validating.iter().chain(&found.mutating);
    let found: Vec<_> = hooks
        .map(|hook| format!("{} {}", hook.path, rules(hook)))
        .collect();
    let all = "*/*/[*/*] * [CONNECT,CREATE,DELETE,UPDATE]";
    let paths = [
        "/validate/fail",
        "/validate/ignore",
        "/mutate/fail",
        "/mutate/ignore",
    ];
    assert_eq!(found, paths.map(|path| format!("{path} {all}")));
}

fn compute(text: &str, selected: &Selected, options: &Options) -> Resources {
    let policies = doc::read_any(text).into_iter().map(|it| it.unwrap());
    let policies: Vec<_> = policies.collect();
    let asked = Asked {
        policies: &policies,
        kinds: &kinds(),
        selected,
        options,
        namespace: "kyverno",
    };
    asked.resources()
}

fn place(hook: &Hook) -> String {
    let conditions: Vec<_> = hook.conditions.iter().map(|it| it.name.as_str()).collect();
    let exact = match hook.exact {
        true => " exact",
        false => "",
    };
    let conditions = conditions.join(",");
    format!(
        "{} {} {}s [{conditions}]{exact}",
        hook.name, hook.path, hook.timeout
    )
}

fn rules(hook: &Hook) -> String {
    let list = |list: &Option<Vec<String>>| list.as_ref().unwrap().join(",");
    let rules = hook.rules.iter().map(|rule| {
        let (group, version) = (list(&rule.api_groups), list(&rule.api_versions));
        let (resources, operations) = (list(&rule.resources), list(&rule.operations));
        let scope = rule.scope.as_deref().unwrap();
        format!("{group}/{version}/[{resources}] {scope} [{operations}]")
    });
    rules.collect::<Vec<_>>().join("; ")
}

/// What a small cluster serves.
fn kinds() -> Kinds {
    let rows = [
        ("/v1/pods", "Pod", true),
        ("/v1/pods/exec", "PodExecOptions", true),
        ("/v1/pods/eviction", "Eviction", true),
        ("/v1/pods/ephemeralcontainers", "Pod", true),
        ("/v1/configmaps", "ConfigMap", true),
        ("/v1/namespaces", "Namespace", false),
        ("example.com/v1/gadgets", "Gadget", true),
        ("example.com/v2/gadgets", "Gadget", true),
    ];
    let served = rows.into_iter().map(|(path, kind, namespaced)| {
        let mut parts = path.split('/');
        let [group, version, plural] = [(); 3].map(|()| parts.next().unwrap().to_owned());
        let subresource = parts.next().map(str::to_owned);
        Served {
            kind_group: match kind {
                "Eviction" => "policy".to_owned(),
                _ => group.clone(),
            },
            kind_version: version.clone(),
            parent_kind: match plural.as_str() {
                "pods" => "Pod".to_owned(),
                _ => kind.to_owned(),
            },
            kind: kind.to_owned(),
            preferred: version == "v1",
            verbs: Vec::new(),
            group,
            version,
            plural,
            subresource,
            namespaced,
        }
    });
    Kinds::new(served.collect())
}
