use crate::doc::{Cause, read};

const MATCH: &str = "match: {any: [{resources: {kinds: [Pod]}}]}";
const DENY: &str = "validate: {message: m, deny: {}}";

/// The reasons for which a policy is refused that has this `spec`.
#[track_caller]
fn check_spec(case: &str, spec: &str, expect: &[&str]) {
    check("ClusterPolicy", "name: p", spec, case, expect);
}

/// As [`check_spec`], for a policy outside of background scans with this one rule.
#[track_caller]
fn check_rule(case: &str, rule: &str, expect: &[&str]) {
    check_spec(case, &rules(rule), expect);
}

fn rules(rule: &str) -> String {
    format!("{{background: false, rules: [{{name: r, {rule}}}]}}")
}

#[track_caller]
fn check(kind: &str, metadata: &str, spec: &str, case: &str, expect: &[&str]) {
    let text = format!(
        "{{apiVersion: kyverno.io/v1, kind: {kind}, metadata: {{{metadata}}}, spec: {spec}}}"
    );
    let reasons: Vec<String> = match &read(&text)[..] {
        [Ok(_)] => Vec::new(),
        [Err(broken)] => {
            let shown = broken.diagnostics.iter();
            // Rules that are not evaluated yet are checked all the same.
            let shown = shown.filter(|finding| finding.code != "unsupported-field");
            shown.map(|finding| finding.message.clone()).collect()
        }
        other => panic!("{case}: {} documents", other.len()),
    };
    assert_eq!(reasons, expect, "{case}: `{spec}`");
}

#[test]
fn variables_have_to_be_there() {
    let rule = |message: &str| format!("{MATCH}, validate: {{message: {message:?}, deny: {{}}}}");
    let unknown = |text: &str, patterns: &str| {
        format!(
            "policy contains invalid variables: variable substitution failed for rule r: variable \
             {text} must match regex \"request|serviceAccountName|serviceAccountNamespace|element|\
             elementIndex|@|images|image|([a-z_0-9]+\\()[^{{}}]\" or patterns [{patterns}]"
        )
    };
    for known in [
        "{{ request.object.a || 'd' }}",
        "{{ images.containers }}",
        "{{ @ }}",
        "{{ to_upper('x') }}",
        "{{ nofn(x) }}",
        "{{ 'request' }}",
        "{{ serviceAccountName }}",
        "\\{{ foo }}",
    ] {
        check_rule("known", &rule(known), &[]);
    }
    for text in ["foo", "'lit'", "other || 'd'", "\"a-b\""] {
        let message = format!("{{{{ {text} }}}}");
        check_rule("unknown", &rule(&message), &[&unknown(text, "")]);
    }
    let with = |names: &str, message: &str| {
        let entry = |name: &str| format!("{{name: {name:?}, variable: {{value: x}}}}");
        let entries: Vec<_> = names.split(' ').map(entry).collect();
        format!("context: [{}], {}", entries.join(", "), rule(message))
    };
    check_rule("defined", &with("a b", "{{ a }} {{ b.c }}"), &[]);
    check_rule("defined, as a beginning", &with("a", "{{ ab }}"), &[]);
    check_rule("defined, quoted", &with("a-b", "{{ \"a-b\".c }}"), &[]);
    check_rule(
        "others defined",
        &with("a b", "{{ c }}"),
        &[&unknown("c", "a* b*")],
    );
    check_rule(
        "all of them",
        &rule("{{ a }} and {{ b( }} and {{ }}"),
        &[
            &unknown("a", ""),
            "policy contains invalid variables: variable substitution failed for rule r: failed to \
             resolve b( at path /validate/message: invalid JMESPath query b(: SyntaxError: \
             Incomplete expression",
            "policy contains invalid variables: variable substitution failed for rule r: failed to \
             resolve  at path /validate/message: invalid query (nil)",
        ],
    );
    check_rule(
        "nested, where the answer is null",
        &rule("{{ request.object.l[{{ elementIndex0 }}] }}"),
        &[
            "policy contains invalid variables: variable substitution failed for rule r: failed to \
             resolve request.object.l[null] at path /validate/message: invalid JMESPath query \
             request.object.l[null]: SyntaxError: Expected tStar, received: tUnquotedIdentifier",
            "variable 'elementIndex0' present outside of foreach at path /validate/message",
        ],
    );
}

#[test]
fn a_loop_may_ask_for_its_element_and_its_own_context() {
    let rule = |message: &str, inside: &str| {
        format!(
            "{MATCH}, validate: {{message: {message:?}, foreach: [{{list: request.object.l, context: \
             [{{name: own, variable: {{value: x}}}}], pattern: {{a: {inside:?}}}}}]}}"
        )
    };
    check_rule("inside", &rule("m", "{{ element.a }}{{ own }}"), &[]);
    check_rule(
        "outside",
        &rule("m {{ element.a }}", "x"),
        &["variable 'element.a' present outside of foreach at path /validate/message"],
    );
}

#[test]
fn references_have_to_lead_to_a_text() {
    let rule = |message: &str| {
        format!("{MATCH}, validate: {{message: {message:?}, pattern: {{a: x, i: 1}}}}")
    };
    let prefix = "policy contains invalid variables: variable substitution failed for rule r: ";
    check_rule("from the rule", &rule("$(/validate/pattern/a)"), &[]);
    check_rule("from the text", &rule("$(./../pattern/a)"), &[]);
    for (reference, reason) in [
        (
            "$(/a)",
            "got nil resolved variable $(/a) at path /validate/message: <nil>",
        ),
        (
            "$(a)",
            "got nil resolved variable $(a) at path /validate/message: <nil>",
        ),
        (
            "$(./../pattern/i)",
            "NotResolvedReferenceErr,reference $(./../pattern/i) not resolved at path \
             /validate/message",
        ),
    ] {
        check_rule(reference, &rule(reference), &[&format!("{prefix}{reason}")]);
    }
}

#[test]
fn background_scans_know_no_sender() {
    let spec = |rule: &str| format!("{{rules: [{{name: r, {rule}}}]}}");
    let refusal = |reason: &str| {
        format!(
            "only select variables are allowed in background mode. Set spec.background=false to \
             disable background mode for this policy rule: {reason} "
        )
    };
    let asks = format!("{MATCH}, validate: {{message: '{{{{ request.userInfo }}}}', deny: {{}}}}");
    let known = format!(
        "{MATCH}, validate: {{message: '{{{{ request.object.request.roles }}}}', deny: {{}}}}"
    );
    let matches =
        format!("match: {{any: [{{resources: {{kinds: [Pod]}}, roles: ['a:b']}}]}}, {DENY}");
    let reason = refusal("variable {{request.userInfo}} is not allowed");
    check_spec("a variable", &spec(&asks), &[&reason]);
    check_spec("a field of that name", &spec(&known), &[]);
    let reason = refusal("invalid variable used at path: spec/rules[0]/match/any[0]/roles");
    check_spec("a filter", &spec(&matches), &[&reason]);
    check_rule("a variable, without background", &asks, &[]);
    check_rule("a filter, without background", &matches, &[]);
}

#[test]
fn some_sections_take_no_variables() {
    let refusal = |section: &str| {
        format!(
            "policy contains invalid variables: rule \"r\" should not have variables in {section} \
             section"
        )
    };
    let variable = "'{{ request.namespace }}'";
    check_rule(
        "match",
        &format!("match: {{any: [{{resources: {{kinds: [Pod], names: [{variable}]}}}}]}}, {DENY}"),
        &[&refusal("match")],
    );
    check_rule(
        "exclude",
        &format!("{MATCH}, exclude: {{any: [{{resources: {{names: [{variable}]}}}}]}}, {DENY}"),
        &[&refusal("exclude")],
    );
    check_rule(
        "patch paths",
        &format!(
            "{MATCH}, mutate: {{patchesJson6902: '[{{op: add, path: \"/a/{{{{ request.name }}}}\", \
             value: 1}}]'}}"
        ),
        &[&refusal("patchesJSON6902 path")],
    );
    check_rule(
        "patch values",
        &format!(
            "{MATCH}, mutate: {{patchesJson6902: '[{{op: add, path: /a, value: \"{{{{ request.name \
             }}}}\"}}]'}}"
        ),
        &[],
    );
}

#[test]
fn conditions_are_whole() {
    let rule = |condition: &str| {
        format!("{MATCH}, validate: {{deny: {{conditions: {{any: [{condition}]}}}}}}")
    };
    let path = "path: spec.rules[0].validate.deny.conditions.any[0]";
    let missing =
        format!("{path}.: entered value of `key`, `value` or `operator` is missing or misspelled");
    let invalid = format!("{path}.: entered value of `operator` is invalid");
    let unknown = |place: &str, value: &str| {
        format!(
            "{path}.{place}: unknown value '{value}' found under the 'value' field. Only the \
             following values are allowed: [CREATE, UPDATE, DELETE, CONNECT]"
        )
    };
    check_rule("whole", &rule("{key: a, operator: Equals, value: b}"), &[]);
    check_rule(
        "older name",
        &rule("{key: a, operator: Equal, value: b}"),
        &[],
    );
    check_rule("no value", &rule("{key: a, operator: Equals}"), &[&missing]);
    check_rule(
        "null",
        &rule("{key: a, operator: Equals, value: null}"),
        &[&missing],
    );
    check_rule("no operator", &rule("{key: a, value: b}"), &[&missing]);
    check_rule(
        "spelling",
        &rule("{key: a, operator: equals, value: b}"),
        &[&invalid],
    );
    check_rule(
        "blank",
        &rule("{key: a, operator: ' Equals', value: b}"),
        &[&invalid],
    );
    let operation = |value: &str| {
        rule(&format!(
            "{{key: '{{{{ request.operation }}}}', operator: AnyIn, value: {value}}}"
        ))
    };
    check_rule("operation", &operation("[CREATE, UPDATE]"), &[]);
    check_rule(
        "operation from a variable",
        &operation("'{{ request.name }}'"),
        &[],
    );
    check_rule(
        "no operation",
        &operation("str"),
        &[&unknown("value: str", "str")],
    );
    check_rule(
        "one is none",
        &operation("[CREATE, Create]"),
        &[&unknown("value[1]", "Create")],
    );
    check_rule(
        "neither any nor all",
        &format!("{MATCH}, preconditions: {{al: []}}, {DENY}"),
        &[
            "path: spec.rules[0].validate.preconditions: error occurred while parsing \
             preconditions/validate.deny.conditions: unknown field 'al' found under \
             preconditions/validate.deny.conditions",
        ],
    );
}

#[test]
fn context_entries_can_work() {
    let entry = |entry: &str| format!("context: [{entry}], {MATCH}, {DENY}");
    let both = "a variable must define a value or a jmesPath expression";
    let default =
        "a variable must define a default value only when a jmesPath expression is defined";
    for (written, reason) in [
        ("{name: v, variable: {value: x}}", ""),
        ("{name: v, variable: {jmesPath: a, default: x}}", ""),
        (
            "{name: v, variable: {jmesPath: 'a[{{ request.name }}'}}",
            "",
        ),
        ("{name: elements, variable: {value: x}}", ""),
        (
            "{variable: {value: x}}",
            "a name is required for context entries",
        ),
        (
            "{name: v}",
            "exactly one of configMap or apiCall or imageRegistry or variable is required for context entries",
        ),
        ("{name: v, variable: {value: null}}", both),
        ("{name: v, variable: {jmesPath: ''}}", both),
        ("{name: v, variable: {value: x, default: d}}", default),
        (
            "{name: v, variable: {jmesPath: 'bad('}}",
            "failed to parse JMESPath bad(: SyntaxError: Incomplete expression",
        ),
        (
            "{name: v, configMap: {namespace: n}}",
            "a name is required for configMap context entry",
        ),
        (
            "{name: v, imageRegistry: {jmesPath: a}}",
            "a ref is required for imageRegistry context entry",
        ),
        (
            "{name: v, apiCall: {urlPath: /a, service: {url: x}}}",
            "a URLPath cannot be used for service API calls",
        ),
        (
            "{name: element, variable: {value: x}}",
            "entry name element is invalid as it conflicts with a pre-defined variable element",
        ),
        (
            "{name: request.a, variable: {value: x}}",
            "entry name request.a is invalid as it conflicts with a pre-defined variable request",
        ),
    ] {
        let expect = format!("path: spec.rules[0]: {reason}");
        let expect: &[&str] = if reason.is_empty() { &[] } else { &[&expect] };
        check_rule(written, &entry(written), expect);
    }
}

#[test]
fn a_rule_does_one_thing() {
    check_rule(
        "nothing",
        MATCH,
        &[
            "spec.rules[0]: No operation defined in the rule 'r'.(supported operations: mutate,validate,generate,verifyImages)",
        ],
    );
    check_rule(
        "two things",
        &format!("{MATCH}, {DENY}, mutate: {{patchStrategicMerge: {{a: 1}}}}"),
        &[
            "spec.rules[0]: Multiple operations defined in the rule 'r', only one operation (mutate,validate,generate,verifyImages) is allowed per rule",
        ],
    );
    check_rule(
        "two checks",
        &format!("{MATCH}, validate: {{pattern: {{a: 1}}, deny: {{}}}}"),
        &[
            "path: spec.rules[0].validate..: only one of pattern, anyPattern, deny, foreach, cel can be specified",
        ],
    );
    check_rule(
        "no check",
        &format!("{MATCH}, validate: {{message: m}}"),
        &[
            "path: spec.rules[0].validate..: one of pattern, anyPattern, deny, foreach, cel must be specified",
        ],
    );
}

#[test]
fn matches_select_something() {
    let kinds = "at least one element must be specified in a kind block. The kind attribute is \
                 mandatory when working with the resources element";
    check_rule(
        "nothing",
        &format!("match: {{any: [{{}}]}}, {DENY}"),
        &[kinds],
    );
    check_rule(
        "no kind",
        &format!("match: {{resources: {{names: [a]}}}}, {DENY}"),
        &[kinds],
    );
    check_rule(
        "everything is excluded",
        &format!("{MATCH}, exclude: {{any: [{{resources: {{kinds: [Pod]}}}}]}}, {DENY}"),
        &["spec.rules[0]: Rule is matching an empty set"],
    );
    check_rule(
        "something is left",
        &format!(
            "{MATCH}, exclude: {{any: [{{resources: {{kinds: [Pod], names: [a]}}}}]}}, {DENY}"
        ),
        &[],
    );
    check_rule(
        "everything is excluded, the old way",
        &format!(
            "match: {{resources: {{kinds: [Pod], names: [a]}}}}, exclude: {{resources: {{names: [a, b]}}}}, {DENY}"
        ),
        &["spec.rules[0]: Rule is matching an empty set"],
    );
    check_rule(
        "any and all",
        &format!(
            "match: {{any: [{{resources: {{kinds: [Pod]}}}}], all: [{{resources: {{kinds: [Pod]}}}}]}}, {DENY}"
        ),
        &["spec.rules[0].match: Can't specify any and all together"],
    );
    check_rule(
        "who",
        &format!(
            "match: {{any: [{{resources: {{kinds: [Pod]}}, roles: [a], subjects: [{{kind: Foo, name: x}}, {{kind: ServiceAccount, name: x}}]}}]}}, {DENY}"
        ),
        &[
            "spec.rules[0].match.any[0].subjects[0].kind: Unsupported value: \"Foo\": supported values: \"Group\", \"ServiceAccount\", \"User\"",
            "spec.rules[0].match.any[0].subjects[1].namespace: Required value: namespace is required when Kind is ServiceAccount",
            "spec.rules[0].match.any[0].roles[0]: Invalid value: \"a\": Role is expected to be in namespace:name format",
        ],
    );
}

#[test]
fn selectors_are_those_of_the_api_server() {
    let rule = |selector: &str| {
        format!("match: {{any: [{{resources: {{kinds: [Pod], selector: {selector}}}}}]}}, {DENY}")
    };
    let path = "spec.rules[0].match.any[0].selector";
    for (selector, reason) in [
        ("{matchLabels: {a: b}}", None),
        ("{matchLabels: {'*': '?'}}", None),
        ("{}", Some("The requirements are not specified in selector")),
        (
            "{matchExpressions: [{key: a, operator: In}]}",
            Some(
                "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty",
            ),
        ),
        (
            "{matchExpressions: [{key: a, operator: Is}]}",
            Some("\"Is\" is not a valid label selector operator"),
        ),
    ] {
        let expect: Vec<_> = reason
            .map(|reason| format!("{path}: {reason}"))
            .into_iter()
            .collect();
        let expect: Vec<_> = expect.iter().map(String::as_str).collect();
        check_rule(selector, &rule(selector), &expect);
    }
}

#[test]
fn rules_on_every_kind_see_only_metadata() {
    let every = "match: {any: [{resources: {kinds: ['*']}}]}";
    let path = "path: spec.rules[0].match.any[0].kinds: ";
    let metadata = format!(
        "{path}policy can only deal with the metadata field of the resource if the rule does not \
         match any kind"
    );
    check_rule("deny", &format!("{every}, {DENY}"), &[]);
    check_rule(
        "metadata",
        &format!("{every}, validate: {{pattern: {{metadata: {{name: a}}}}}}"),
        &[],
    );
    check_rule(
        "spec",
        &format!("{every}, validate: {{pattern: {{spec: a}}}}"),
        &[&metadata],
    );
    let background = format!("{{rules: [{{name: r, {every}, {DENY}}}]}}");
    let reason = format!(
        "{path}wildcard policy not allowed in background mode. Set spec.background=false to \
         disable background mode for this policy rule "
    );
    check_spec("background", &background, &[&reason]);
}

#[test]
fn patches_can_be_applied() {
    let json = |patch: &str| format!("{MATCH}, mutate: {{patchesJson6902: {patch:?}}}");
    let wrong =
        |reason: &str| format!("path must begin with a forward slash: spec.rules[0]: {reason}");
    for (patch, reason) in [
        ("[]", None),
        ("- {op: remove, path: /a}", None),
        ("- {op: add, path: a, value: 1}", Some("a")),
        (
            "{op: remove, path: /a}",
            Some("json: cannot unmarshal object into Go value of type jsonpatch.Patch"),
        ),
        (
            "- {path: /a}",
            Some("invalid operation {\"path\":\"/a\"}: unsupported operation"),
        ),
        (
            "- {op: remove}",
            Some(
                "invalid operation {\"op\":\"remove\"}: failed to decode 'path': operation missing path field: missing value",
            ),
        ),
        (
            "- {op: add, path: /a}",
            Some(
                "invalid operation {\"op\":\"add\",\"path\":\"/a\"}: failed to decode 'value': operation, missing value field: missing value",
            ),
        ),
    ] {
        let reasons: Vec<_> = reason.map(wrong).into_iter().collect();
        let reasons: Vec<_> = reasons.iter().map(String::as_str).collect();
        check_rule(patch, &json(patch), &reasons);
    }
    check_rule(
        "two kinds of patch",
        &format!("{MATCH}, mutate: {{patchesJson6902: '[]', patchStrategicMerge: {{}}}}"),
        &[
            "path: spec.rules[0].mutate.foreach.: only one of `patchStrategicMerge` or `patchesJson6902` is allowed",
        ],
    );
    check_rule(
        "a loop in a loop with a patch",
        &format!(
            "{MATCH}, mutate: {{foreach: [{{list: a, patchStrategicMerge: {{b: 1}}, foreach: [{{list: c, patchStrategicMerge: {{}}}}]}}]}}"
        ),
        &[
            "path: spec.rules[0].mutate.foreach[0].: a nested foreach cannot contain other declarations",
        ],
    );
    let labels = "labels and annotations supports only string values, \"use double quotes around \
                  the non string values\"";
    for (metadata, reasons) in [
        ("labels: {a: b}", &[][..]),
        ("labels: {a: 1, b: null}", &[labels, labels]),
        ("annotations: {a: true}", &[labels]),
    ] {
        let patch = format!("patchStrategicMerge: {{metadata: {{{metadata}}}}}");
        check_rule(metadata, &format!("{MATCH}, mutate: {{{patch}}}"), reasons);
    }
}

#[test]
fn anchors_are_those_of_patterns() {
    let rule = |pattern: &str| format!("{MATCH}, validate: {{pattern: {{spec: {pattern}}}}}");
    let path = "path: spec.rules[0].validate.pattern.//spec/";
    for (pattern, reason) in [
        ("{^(l): [{a: 1}], =(a): 1}", ""),
        ("{+(a): 1}", "+(a).: unsupported anchor +(a)"),
        (
            "{^(l): x}",
            "^(l).: existence anchor should have value of type list",
        ),
        (
            "{^(l): []}",
            "^(l).: existence anchor: should have atleast one value",
        ),
    ] {
        let expect = format!("{path}{reason}");
        let expect: &[&str] = if reason.is_empty() { &[] } else { &[&expect] };
        check_rule(pattern, &rule(pattern), expect);
    }
}

#[test]
fn targets_of_generation_are_whole() {
    let rule = |generate: &str| format!("{MATCH}, generate: {{{generate}}}");
    let target = "apiVersion: v1, kind: ConfigMap, namespace: x";
    check_rule(
        "whole",
        &rule(&format!("{target}, name: c, data: {{}}")),
        &[],
    );
    check_rule(
        "no name",
        &rule(target),
        &["spec.rules[0].name: Forbidden: name can not be empty"],
    );
    check_rule(
        "two sources",
        &rule(&format!(
            "{target}, name: c, data: {{}}, clone: {{name: a}}"
        )),
        &[
            "spec.rules[0]: Forbidden: only one of generate patterns(data, clone, cloneList and foreach) can be specified",
        ],
    );
    check(
        "Policy",
        "name: p, namespace: own",
        &rules(&rule(&format!("{target}, name: c"))),
        "another namespace",
        &[
            "spec.rules[0].namespace: Forbidden: target resource scope mismatched: a namespaced policy cannot generate resources in other namespaces, expected: own, received: x ",
        ],
    );
}

#[test]
fn policies_say_possible_things_of_themselves() {
    let rule = format!("{{name: r, {MATCH}, {DENY}}}");
    let long = "x".repeat(64);
    let spec = format!("{{rules: [{rule}]}}");
    check(
        "ClusterPolicy",
        "name: p, annotations: {pod-policies.kyverno.io/autogen-controllers: all}",
        &spec,
        "autogen for all",
        &[
            "metadata.annotations: Forbidden: Autogen annotation does not support 'all' anymore, remove the annotation or set it to a valid value",
        ],
    );
    check(
        "ClusterPolicy",
        &format!("name: {long}"),
        &spec,
        "a long name",
        &["name: Too long: may not be more than 63 bytes"],
    );
    check_spec(
        "a name twice",
        &format!("{{rules: [{rule}, {rule}]}}"),
        &["spec.rules[1].name: Duplicate rule name: 'r'"],
    );
    check_spec(
        "neither admission nor background",
        &format!("{{admission: false, background: false, rules: [{rule}]}}"),
        &["disabling both admission and background processing is not allowed"],
    );
    check_spec(
        "background only, and it changes things",
        &format!(
            "{{admission: false, rules: [{{name: r, {MATCH}, mutate: {{patchStrategicMerge: {{a: 1}}}}}}]}}"
        ),
        &["disabling admission processing is only allowed with validation policies"],
    );
    check_spec(
        "two actions for a namespace",
        &format!(
            "{{validationFailureActionOverrides: [{{action: Enforce, namespaces: [a-*]}}, {{action: Audit, namespaces: [b, a-1]}}], rules: [{rule}]}}"
        ),
        &[
            "conflicting namespaces found in path: spec.validationFailureActionOverrides[1].namespaces: a-1",
        ],
    );
    check_spec(
        "an audited change",
        &format!("{{rules: [{{name: r, {MATCH}, verifyImages: [{{imageReferences: ['*']}}]}}]}}"),
        &[
            "spec.rules[0].verifyImages[0].mutateDigest: Invalid value: true: mutateDigest must be set to false for ‘Audit’ failure action",
        ],
    );
}

#[test]
fn signers_of_images() {
    let entry = |parts: &str| {
        format!(
            "{{validationFailureAction: Enforce, rules: [{{name: r, {MATCH}, verifyImages: \
             [{{imageReferences: ['*'], {parts}}}]}}]}}"
        )
    };
    let at = "spec.rules[0].verifyImages[0]";
    let refused = |case: &str, parts: &str, reason: &str| {
        check_spec(case, &entry(parts), &[&format!("{at}{reason}")]);
    };
    refused(
        "nobody",
        "attestors: [{entries: []}]",
        ".attestors[0].entries: an attestor is required",
    );
    refused(
        "more than there are",
        "attestors: [{count: 2, entries: [{keys: {kms: k}}]}]",
        ".attestors[0].count: 2 of 1 attestors are wanted",
    );
    refused(
        "two ways",
        "attestors: [{entries: [{keys: {kms: k}, keyless: {issuer: i}}]}]",
        ".attestors[0].entries[0]: one of keys, certificates, keyless, or a nested attestor is required",
    );
    refused(
        "no key",
        "attestors: [{entries: [{keys: {signatureAlgorithm: sha256}}]}]",
        ".attestors[0].entries[0].keys: one of publicKeys, kms or secret is required",
    );
    refused(
        "no certificate",
        "attestors: [{entries: [{certificates: {rekor: {url: u}}}]}]",
        ".attestors[0].entries[0].certificates: cert or certChain is required",
    );
    refused(
        "a nested set",
        "attestors: [{entries: [{attestor: {entries: [{}]}}]}]",
        ".attestors[0].entries[0].attestor.entries[0]: one of keys, certificates, keyless, or a nested attestor is required",
    );
    refused(
        "keys for Notary",
        "type: Notary, attestors: [{entries: [{keys: {kms: k}}]}]",
        ".attestors[0].entries[0].keys: Notary signatures are verified by certificates",
    );
    refused(
        "an attestation of no type",
        "attestations: [{name: a}]",
        ".attestations[0]: a type of attestation is required",
    );
    check_spec(
        "all is well",
        &entry(
            "attestors: [{count: 1, entries: [{keys: {publicKeys: k}}, {certificates: {cert: c}}]}]",
        ),
        &[],
    );
}

#[test]
fn what_is_no_policy_was_not_refused() {
    let policy = |rule: &str| {
        let text = format!(
            "{{apiVersion: kyverno.io/v1, kind: ClusterPolicy, metadata: {{name: p}}, spec: {{rules: \
             [{{name: r, {MATCH}, validate: {rule}}}]}}}}"
        );
        read(&text)[0].as_ref().err().map(|broken| broken.cause)
    };
    assert_eq!(policy("{deny: {}}"), None);
    assert_eq!(policy("{}"), Some(Cause::Refused));
    assert_eq!(policy("{denyy: {}}"), Some(Cause::Schema));
    assert_eq!(
        policy("{podSecurity: {level: baseline, version: v1.18}}"),
        Some(Cause::Schema)
    );
}

#[test]
fn what_clients_note_about_a_policy_is_no_part_of_it() {
    let noted = "name: p, annotations: {last: 'owner: {{request.userInfo}}'}";
    let spec =
        "{rules: [{name: r, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {deny: {}}}]}";
    check("ClusterPolicy", noted, spec, "an annotation", &[]);
}
