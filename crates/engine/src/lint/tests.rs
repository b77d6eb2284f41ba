use super::{CODES, lint};

const MATCH: &str = "match: {any: [{resources: {kinds: [Pod]}}]}";
const DENY: &str = "validate: {message: m, deny: {}}";

/// What is found in a policy with this `spec`, as `code: the words at its place`.
#[track_caller]
fn check_spec(case: &str, spec: &str, expect: &[&str]) {
    check("ClusterPolicy", case, spec, expect);
}

/// As [`check_spec`], for a policy outside of background scans with this one rule.
#[track_caller]
fn check_rule(case: &str, rule: &str, expect: &[&str]) {
    check_spec(
        case,
        &format!("{{background: false, rules: [{{name: r, {rule}}}]}}"),
        expect,
    );
}

#[track_caller]
fn check(kind: &str, case: &str, spec: &str, expect: &[&str]) {
    let group = match kind {
        "ClusterPolicy" | "Policy" => "kyverno.io/v1",
        "ValidatingAdmissionPolicy" => "admissionregistration.k8s.io/v1",
        _ => "policies.kyverno.io/v1",
    };
    let text =
        format!("{{apiVersion: {group}, kind: {kind}, metadata: {{name: p}}, spec: {spec}}}");
    let findings = lint(&text);
    assert_eq!(findings.policies, 1, "{case}");
    let mut found = Vec::new();
    for finding in &findings.diagnostics {
        let code = finding.code;
        assert!(
            CODES.iter().any(|known| known.name == code),
            "`{code}` is documented"
        );
        if code != "unsupported-field" {
            found.push(format!(
                "{code}: {}",
                &text[finding.at.start..finding.at.end]
            ));
        }
    }
    assert_eq!(
        found, expect,
        "{case}: `{spec}`\n{:#?}",
        findings.diagnostics
    );
}

const PODS: &str = "matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], \
                    operations: [CREATE], resources: [pods]}]}";

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn policies_without_rules() {
    let check = |kind, case, spec: &str, expect: &[&str]| check(kind, case, &format!("{{{spec}}}"), expect);
    let of_pods = |spec: &str| format!("{spec}, {PODS}");
    let apply = |text: &str| of_pods(&format!("mutations: [{{patchType: ApplyConfiguration, applyConfiguration: {{expression: {text:?}}}}}]"));
    check("ValidatingPolicy",          "fine",               &of_pods("validations: [{expression: 'true'}]"),                       &[]);
    check("ValidatingPolicy",          "an unknown name",    &of_pods("validations: [{expression: 'object == nope'}]"),             &["invalid-cel: nope"]);
    check("ValidatingPolicy",          "no bool",            &of_pods("validations: [{expression: object.x}]"),                     &["invalid-cel: object.x"]);
    check("ValidatingPolicy",          "the second",         &of_pods("validations: [{expression: 'true'}, {expression: 'size(1)'}]"), &["invalid-cel: ("]);
    check("ValidatingPolicy",          "no resources",       "validations: [{expression: 'true'}]",                                  &["no-resource-rule: {validations: [{expression: 'true'}]}"]);
    check("ValidatingPolicy",          "any JSON",           "evaluation: {mode: JSON}, validations: [{expression: 'true'}]",        &[]);
    check("ValidatingPolicy",          "answers to Envoy",   "evaluation: {mode: Envoy}, validations: [{expression: envoy.Allowed().Response()}]", &[]);
    check("ValidatingPolicy",          "no answer",          "evaluation: {mode: HTTP}, validations: [{expression: object.x}]",      &["invalid-cel: object.x"]);
    check("ValidatingPolicy",          "nobody asked",       &of_pods("validations: [{expression: envoy.Allowed()}]"),               &["invalid-cel: envoy"]);
    check("MutatingPolicy",            "an unknown name",    &apply("Object{spec: Object.spec{x: nope}}"),                           &["invalid-cel: nope"]);
    check("MutatingPolicy",            "no object",          &apply("object"),                                                       &["invalid-cel: \"object\""]);
    check("MutatingPolicy",            "never evaluated",    &format!("evaluation: {{admission: {{enabled: false}}}}, {PODS}"),      &["no-evaluation: {admission: {enabled: false}}"]);
    check("MutatingPolicy",            "a name twice",       &of_pods("variables: [{name: a, expression: '1'}, {name: a, expression: '2'}]"), &["duplicate-name: a"]);
    check("MutatingPolicy",            "an unknown field",   &of_pods("mutation: []"),                                               &["unknown-field: mutation"]);
    check("DeletingPolicy",            "a condition",        &of_pods("schedule: '* * * * *', conditions: [{name: c, expression: nope}]"), &["invalid-cel: nope"]);
    check("ValidatingAdmissionPolicy", "every expression",   &of_pods("variables: [{name: a, expression: no1}], validations: [{expression: no2, messageExpression: no3}]"), &["invalid-cel: no1", "invalid-cel: no2", "invalid-cel: no3"]);
}

fn pattern(pattern: &str) -> String {
    format!("{MATCH}, validate: {{pattern: {pattern}}}")
}

fn condition(condition: &str) -> String {
    format!("{MATCH}, validate: {{deny: {{conditions: {{all: [{condition}]}}}}}}")
}

fn message(text: &str) -> String {
    format!("{MATCH}, validate: {{message: \"{text}\", deny: {{}}}}")
}

#[test]
fn expressions() {
    check_rule(
        "a typo",
        &message("of {{ to_uper(@) }}"),
        &["unknown-function: to_uper"],
    );
    check_rule(
        "arity",
        &message("{{ to_upper(@, @) }}"),
        &["wrong-arguments: to_upper"],
    );
    check_rule(
        "fits",
        &message("{{ to_upper(@.a) }} {{ time_now() }} {{ merge(@, @, @) }}"),
        &[],
    );
    check_rule(
        "a literal's type",
        &message("{{ to_upper(`1`) }}"),
        &["wrong-arguments: `1`"],
    );
    check_rule(
        "an expression",
        &message("{{ regex_match('(', @.a) }}"),
        &["wrong-arguments: '('"],
    );
    check_rule(
        "a range",
        &message("{{ semver_compare(@.a, '>x') }}"),
        &["wrong-arguments: '>x'"],
    );
    check_rule(
        "a bare word",
        &message("{{ @.a == true }}"),
        &["bare-literal: true"],
    );
    check_rule(
        "order of texts",
        &message("{{ @.a > 'b' }}"),
        &["never-holds: 'b'"],
    );
    check_rule("order of numbers", &message("{{ @.a > `1` }}"), &[]);
    check_rule(
        "an integer",
        &message("{{ compare('a', 'b') == `0` }}"),
        &["never-holds: =="],
    );
    check_rule(
        "a field of requests",
        &message("{{ request.objct.a }}"),
        &["unknown-request-field: objct"],
    );
    check_rule(
        "of metadata",
        &message("{{ request.object.metadata.lables.a }}"),
        &["unknown-request-field: lables"],
    );
    check_rule(
        "of anything",
        &message("{{ request.object.spec.lables.metadata.x }}"),
        &[],
    );
    check_rule(
        "without braces",
        &format!(
            "{MATCH}, context: [{{name: v, variable: {{jmesPath: 'nofn(@)'}}}}], validate: {{message: '{{{{ v }}}}', foreach: [{{list: 'nofun(@)', deny: {{}}}}]}}"
        ),
        &["unknown-function: nofn", "unknown-function: nofun"],
    );
}

#[test]
fn patterns() {
    check_rule(
        "a condition of nothing",
        &pattern("{spec: {(a): 1}}"),
        &["anchor-without-sibling: (a)"],
    );
    check_rule(
        "a condition of all",
        &pattern("{spec: {(a): 1}, b: 1}"),
        &["anchor-without-sibling: (a)"],
    );
    check_rule("a condition", &pattern("{spec: {(a): 1, b: 1}}"), &[]);
    check_rule("in a condition", &pattern("{(spec): {(a): 1}, b: 1}"), &[]);
    check_rule("an equality", &pattern("{spec: {=(a): 1}}"), &[]);
    check_rule(
        "no anchor",
        &pattern("{spec: {?(a): 1}}"),
        &["not-an-anchor: ?(a)"],
    );
    check_rule(
        "an empty list",
        &pattern("{spec: {a: []}}"),
        &["never-holds: []"],
    );
    check_rule(
        "a second element",
        &pattern("{spec: [{a: 1}, {b: 2}]}"),
        &["ignored-element: {b: 2}"],
    );
    check_rule("existence", &pattern("{^(spec): [{a: 1}, {b: 2}]}"), &[]);
    check_rule(
        "a wildcard",
        &pattern("{spec: {'*': 1}}"),
        &["wildcard-key: '*'"],
    );
    check_rule("a label", &pattern("{metadata: {labels: {'*': x}}}"), &[]);
    check_rule(
        "a number as label",
        &pattern("{metadata: {labels: {a: 1}}, spec: {b: 1}}"),
        &["label-not-text: a"],
    );
    check_rule(
        "a range",
        &pattern("{spec: {a: '10-1', b: '1-10'}}"),
        &["never-holds: 10-1"],
    );
    check_rule(
        "alternatives",
        &pattern("{spec: {a: 'x | >5 & <4'}}"),
        &["never-holds: >5 & <4"],
    );
    check_rule("everything", &pattern("{}"), &["empty-pattern: {}"]);
    check_rule(
        "no pattern",
        &format!("{MATCH}, validate: {{anyPattern: []}}"),
        &["empty-list: []"],
    );
}

#[test]
fn conditions() {
    let key = "key: '{{ request.object.a }}'";
    let with = |rest: &str| condition(&format!("{{{key}, {rest}}}"));
    check_rule(
        "constant",
        &condition("{key: a, operator: Equals, value: b}"),
        &["constant-condition: {key: a, operator: Equals, value: b}"],
    );
    check_rule(
        "order",
        &with("operator: GreaterThan, value: abc"),
        &["never-holds: abc"],
    );
    check_rule(
        "a version",
        &with("operator: GreaterThan, value: 1.2.3"),
        &[],
    );
    check_rule(
        "a truth value",
        &with("operator: LessThan, value: true"),
        &["never-holds: true"],
    );
    check_rule(
        "a number for a set",
        &with("operator: AllIn, value: 1"),
        &["never-holds: 1"],
    );
    check_rule(
        "a list of numbers",
        &with("operator: Equals, value: [1]"),
        &["never-holds: [1]"],
    );
    check_rule(
        "a list of texts",
        &with("operator: Equals, value: ['1']"),
        &[],
    );
    check_rule(
        "minutes",
        &with("operator: GreaterThan, value: 500m"),
        &["ambiguous-unit: 500m"],
    );
    check_rule(
        "a quantity",
        &with("operator: GreaterThan, value: 500Mi"),
        &[],
    );
    check_rule(
        "in a loop",
        &format!(
            "{MATCH}, validate: {{foreach: [{{list: request.object.l, deny: {{conditions: {{all: [{{{key}, operator: equals, value: b}}]}}}}}}]}}"
        ),
        &["never-holds: equals"],
    );
    check_rule(
        "an empty any",
        &format!("{MATCH}, preconditions: {{any: []}}, {DENY}"),
        &["empty-list: []"],
    );
    check_rule(
        "older operators",
        &with("operator: NotIn, value: [a]"),
        &["deprecated: NotIn"],
    );
    check_rule(
        "twice the same",
        &with(
            "operator: AnyIn, value: [a]}, {key: '{{ request.object.a }}', operator: AnyIn, value: [a]",
        ),
        &["shadowed: {key: '{{ request.object.a }}', operator: AnyIn, value: [a]}"],
    );
}

#[test]
fn matches() {
    let any = |filters: &str| format!("match: {{any: [{filters}]}}, {DENY}");
    check_rule(
        "a form",
        &any("{resources: {kinds: [a/b/c/d/e]}}"),
        &["never-matches: a/b/c/d/e"],
    );
    check_rule(
        "a plural",
        &any("{resources: {kinds: [pods]}}"),
        &["never-matches: pods"],
    );
    check_rule(
        "a subresource of all",
        &any("{resources: {kinds: ['*/scale']}}"),
        &[],
    );
    check_rule(
        "labels of namespaces",
        &any("{resources: {kinds: [Namespace], namespaceSelector: {matchLabels: {a: b}}}}"),
        &["never-matches: {matchLabels: {a: b}}"],
    );
    check_rule(
        "kinds without namespace",
        &any("{resources: {kinds: [Node], namespaces: [a]}}"),
        &["never-matches: [a]"],
    );
    check_rule(
        "a label that must and must not be",
        &any(
            "{resources: {kinds: [Pod], selector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: DoesNotExist}]}}}",
        ),
        &["never-matches: {key: a, operator: DoesNotExist}"],
    );
    check_rule(
        "deletion",
        "match: {any: [{resources: {kinds: [Pod], operations: [DELETE]}}]}, validate: {pattern: {a: 1}}",
        &["never-matches: [DELETE]"],
    );
    check_rule(
        "excluded again",
        &format!(
            "match: {{any: [{{resources: {{kinds: [Pod], names: [a]}}}}]}}, exclude: {{any: [{{resources: {{names: ['a*']}}}}]}}, {DENY}"
        ),
        &["never-matches: {resources: {kinds: [Pod], names: [a]}}"],
    );
    check_rule(
        "of two kinds",
        &format!(
            "match: {{all: [{{resources: {{kinds: [Pod]}}}}, {{resources: {{kinds: [Service]}}}}]}}, {DENY}"
        ),
        &["never-matches: [Service]"],
    );
    check_rule(
        "selected before",
        &any("{resources: {kinds: [Pod]}}, {resources: {kinds: [v1/Pod], names: [a]}}"),
        &["shadowed: {resources: {kinds: [v1/Pod], names: [a]}}"],
    );
    check_spec(
        "subresources in background",
        &format!(
            "{{rules: [{{name: r, match: {{any: [{{resources: {{kinds: [Pod/exec]}}}}]}}, {DENY}}}]}}"
        ),
        &["subresource-in-background: Pod/exec"],
    );
    check(
        "Policy",
        "outside of any namespace",
        &format!(
            "{{rules: [{{name: r, match: {{any: [{{resources: {{kinds: [Node]}}}}]}}, {DENY}}}]}}"
        ),
        &["never-matches: Node"],
    );
}

#[test]
fn rules() {
    let rule = |name: &str, rest: &str| format!("{{name: {name}, {rest}}}");
    let narrow = format!("match: {{any: [{{resources: {{kinds: [Pod], names: [a]}}}}]}}, {DENY}");
    let wide = format!("{MATCH}, {DENY}");
    check_spec(
        "the same twice",
        &format!("{{rules: [{}, {}]}}", rule("a", &wide), rule("b", &wide)),
        &["duplicate-rule: b"],
    );
    check_spec(
        "after all is decided",
        &format!(
            "{{applyRules: One, rules: [{}, {}]}}",
            rule("a", &wide),
            rule("b", &narrow)
        ),
        &["shadowed: b"],
    );
    check_spec(
        "before all is decided",
        &format!(
            "{{applyRules: One, rules: [{}, {}]}}",
            rule("a", &narrow),
            rule("b", &wide)
        ),
        &[],
    );
    check_spec(
        "an override after one for all",
        &format!(
            "{{validationFailureActionOverrides: [{{action: Audit}}, {{action: Enforce, namespaces: [a]}}], rules: [{}]}}",
            rule("a", &wide)
        ),
        &[
            "deprecated: validationFailureActionOverrides",
            "shadowed: {action: Enforce, namespaces: [a]}",
        ],
    );
    check_spec(
        "autogen's name",
        &format!(
            "{{rules: [{}, {}]}}",
            rule("a", &wide),
            rule("autogen-b", &narrow.replace(", names: [a]", ""))
        ),
        &["shadowed: autogen-b"],
    );
    check_rule(
        "context",
        &format!(
            "{MATCH}, context: [{{name: v, variable: {{value: x}}}}, {{name: v, variable: {{value: y}}}}, {{name: w, variable: {{value: y}}}}], validate: {{message: '{{{{ v }}}}', deny: {{}}}}"
        ),
        &["shadowed: v", "unused-context: w"],
    );
    check_rule(
        "no loop",
        &format!("{MATCH}, validate: {{foreach: []}}"),
        &["empty-list: []"],
    );
}

#[test]
fn what_has_a_replacement() {
    check_spec(
        "fields and spellings",
        &format!(
            "{{validationFailureAction: audit, background: true, rules: [{{name: r, match: {{resources: {{kinds: [Pod]}}}}, {DENY}}}]}}"
        ),
        &[
            "deprecated: validationFailureAction",
            "deprecated: audit",
            "deprecated: resources",
        ],
    );
    check_rule(
        "a flat list",
        &format!(
            "{MATCH}, preconditions: [{{key: '{{{{ request.name }}}}', operator: Equal, value: a}}], {DENY}"
        ),
        &[
            "deprecated: [{key: '{{ request.name }}', operator: Equal, value: a}]",
            "deprecated: Equal",
        ],
    );
}

#[test]
fn patches() {
    let patch =
        |patch: &str| format!("{MATCH}, mutate: {{patchStrategicMerge: {{spec: {{{patch}}}}}}}");
    check_rule("a key", &patch("containers: [{name: a, image: b}]"), &[]);
    check_rule(
        "every element",
        &patch("containers: [{(name): '*', image: b}]"),
        &[],
    );
    check_rule(
        "no key",
        &patch("containers: [{image: b}]"),
        &["destructive-patch: {image: b}"],
    );
    check_rule(
        "two conditions",
        &patch("volumes: [{(name): a, x: 1}, {(name): b, x: 1}]"),
        &["destructive-patch: {(name): b, x: 1}"],
    );
    check_rule("a list of anything", &patch("args: [{image: b}]"), &[]);
}

#[test]
fn exceptions_are_checked_too() {
    let text = "{apiVersion: kyverno.io/v2, kind: PolicyException, metadata: {name: e}, spec: {match: \
                {any: [{resources: {kinds: [Pod]}}]}, exceptions: [{policyName: p, ruleNames: [r]}], \
                podSecurity: [{controlName: Host Ports}]}}";
    let findings = lint(text);
    let codes: Vec<_> = findings
        .diagnostics
        .iter()
        .map(|found| found.code)
        .collect();
    assert_eq!(
        (findings.policies, &codes[..]),
        (0, &["pod-security-exclude"][..])
    );
}

#[test]
fn cel_that_does_not_compile_is_shown_at_its_place() {
    let rule = |cel: &str| format!("{MATCH}, validate: {{cel: {cel}}}");
    check_rule(
        "fine",
        &rule(
            "{variables: [{name: v, expression: object.spec}], expressions: [{expression: has(variables.v.x)}]}",
        ),
        &[],
    );
    check_rule(
        "an unknown name",
        &rule("{expressions: [{expression: nosuch.x == 1, message: m}]}"),
        &["invalid-cel: nosuch"],
    );
    check_rule(
        "no truth value",
        &rule("{expressions: [{expression: '1 + 1', message: m}]}"),
        &["invalid-cel: '1 + 1'"],
    );
    check_rule(
        "a variable, and a message that falls back",
        &rule(
            "{variables: [{name: v, expression: 'a + 1'}], expressions: [{expression: 'true', messageExpression: '1'}]}",
        ),
        &["invalid-cel: a", "invalid-cel: '1'"],
    );
}

#[test]
fn policies_of_cel_alone_are_looked_at() {
    let lint_cel = |spec: &str| {
        let text = format!(
            "{{apiVersion: policies.kyverno.io/v1, kind: ValidatingPolicy, metadata: {{name: p}}, spec: {spec}}}"
        );
        let findings = lint(&text);
        assert_eq!(findings.policies, 1);
        let found = findings.diagnostics.iter();
        let shown =
            found.map(|f| format!("{}: {}: {}", f.code, &text[f.at.start..f.at.end], f.message));
        shown.collect::<Vec<_>>()
    };
    let constraints = "matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: \
                       [CREATE], resources: [pods]}]}";
    let none: [&str; 0] = [];
    let of = |expression: &str| {
        lint_cel(&format!(
            "{{{constraints}, validations: [{{expression: {expression}}}]}}"
        ))
    };
    assert_eq!(of("has(object.spec)"), none);
    assert_eq!(
        of("\"true && nosuch.x\""),
        ["invalid-cel: nosuch: undeclared reference to 'nosuch' (in container '')"]
    );
    assert_eq!(
        lint_cel(&format!("{{{constraints}, validation: []}}")),
        ["unknown-field: validation: unknown field `validation` in `spec`"]
    );
}

#[test]
fn cel_about_fields_that_no_object_has_is_found() {
    let lint_cel = |kinds: &str, cel: &str| {
        let text = format!(
            "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: p}}, spec: {{rules: [{{name: r, \
             match: {{any: [{{resources: {{kinds: [{kinds}]}}}}]}}, validate: {{cel: {cel}}}}}]}}}}"
        );
        let found = lint(&text).diagnostics;
        let shown = found.iter().map(|f| format!("{}: {}", f.code, f.message));
        shown.collect::<Vec<_>>()
    };
    let of = |kinds: &str, expression: &str| {
        lint_cel(
            kinds,
            &format!("{{expressions: [{{expression: \"{expression}\"}}]}}"),
        )
    };
    let none: [&str; 0] = [];
    let undefined = |field: &str, kind: &str| {
        [format!(
            "undefined-field: undefined field '{field}' ({kind})"
        )]
    };
    let deployment = "apps/v1, Kind=Deployment";
    assert_eq!(of("Deployment", "object.spec.replicas > 1"), none);
    assert_eq!(
        of("Deployment", "object.replicas > 1"),
        undefined("replicas", deployment)
    );
    assert_eq!(
        of("apps/v1/Deployment", "has(object.nothing)"),
        undefined("nothing", deployment)
    );
    assert_eq!(of("apps/v2/Deployment", "has(object.nothing)"), none);
    assert_eq!(of("Widget", "object.nothing == 1"), none);
    assert_eq!(of("Deployment", "object.metadata.labels.any == 'a'"), none);
    let containers = "object.spec.template.spec.containers.all(c, has(c.FIELD))";
    assert_eq!(
        of("Deployment", &containers.replace("FIELD", "image")),
        none
    );
    assert_eq!(
        of("Deployment", &containers.replace("FIELD", "img")),
        undefined("img", deployment)
    );
    assert_eq!(of("Secret", "object.data['a'] == 'b'"), none);
    assert_eq!(
        of(
            "Deployment",
            "oldObject == null || oldObject.spec == object.spec"
        ),
        none
    );
    let variables = "{variables: [{name: v, expression: object.spec}], expressions: [{expression: variables.v.replicas > 1}]}";
    assert_eq!(lint_cel("Deployment", variables), none);
    // One version of it has the field.
    assert_eq!(
        of(
            "HorizontalPodAutoscaler",
            "has(object.spec.targetCPUUtilizationPercentage)"
        ),
        none
    );
}
