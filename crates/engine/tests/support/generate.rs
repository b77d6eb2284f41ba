//! Policies and resources at random, over few words, so that they often meet.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// Policies, exceptions, and two objects.
#[derive(Clone, Debug)]
pub struct Case {
    pub policies: Vec<Value>,
    pub exceptions: Vec<Value>,
    pub objects: [Value; 2],
}

pub fn case() -> impl Strategy<Value = Case> {
    let policies = prop_oneof![9 => vec(policy(), 1..4).boxed(), 1 => refusing().boxed()];
    let exceptions = vec(exception(), 0..2);
    (policies, exceptions, resource(), resource()).prop_map(
        |(mut policies, exceptions, first, mut second)| {
            for (index, policy) in policies.iter_mut().enumerate() {
                policy["metadata"]["name"] = json!(format!("policy-{index}"));
            }
            // An update does not change what an object is called.
            second["kind"] = first["kind"].clone();
            second["metadata"]["name"] = first["metadata"]["name"].clone();
            Case {
                policies,
                exceptions,
                objects: [first, second],
            }
        },
    )
}

const KINDS: &[&str] = &["Pod", "Deployment", "Thing", "Namespace"];
const NAMESPACES: &[&str] = &["shop", "kube-system"];
const NAMES: &[&str] = &[
    "a",
    "b",
    "c",
    "x",
    "spec",
    "metadata",
    "labels",
    "containers",
];
const OPERATIONS: &[&str] = &["CREATE", "UPDATE", "DELETE"];

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        select(vec![json!(0), json!(1), json!(5), json!(2.5), json!(1e20)]),
        select(vec![
            "", "x", "xy", "1Gi", "512Mi", "10s", "5", "x|y", "{{ a }}", "1.2.3"
        ])
        .prop_map(Value::from),
    ]
}

fn tree(key: BoxedStrategy<String>, scalar: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    scalar
        .prop_recursive(3, 24, 4, move |inner| {
            prop_oneof![
                1 => vec(inner.clone(), 0..3).prop_map(Value::from),
                3 => map(key.clone(), inner),
            ]
        })
        .boxed()
}

fn map(
    key: BoxedStrategy<String>,
    value: impl Strategy<Value = Value> + 'static,
) -> BoxedStrategy<Value> {
    btree_map(key, value, 0..4)
        .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>()))
        .boxed()
}

fn name() -> BoxedStrategy<String> {
    select(NAMES).prop_map(str::to_owned).boxed()
}

fn tags() -> BoxedStrategy<Value> {
    let text = prop_oneof![4 => select(vec!["x", "xy", ""]).prop_map(Value::from), 1 => scalar()];
    map(name(), text)
}

fn resource() -> impl Strategy<Value = Value> {
    let body = tree(name(), scalar().boxed());
    let spec = prop_oneof![3 => map(name(), body.clone()), 1 => body];
    let about = (select(KINDS), select(NAMES), option::of(select(NAMESPACES)));
    (about, option::of(tags()), option::of(tags()), spec).prop_map(
        |((kind, name, namespace), labels, annotations, spec)| {
            let mut metadata = json!({ "name": name });
            let optional = [
                ("namespace", namespace.map(Value::from)),
                ("labels", labels),
                ("annotations", annotations),
            ];
            for (key, value) in optional {
                if let Some(value) = value {
                    metadata[key] = value;
                }
            }
            let version = if kind == "Deployment" {
                "apps/v1"
            } else {
                "v1"
            };
            json!({ "apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec })
        },
    )
}

fn anchored() -> BoxedStrategy<String> {
    let anchors = vec![
        ("", 6),
        ("(", 2),
        ("=(", 3),
        ("X(", 1),
        ("^(", 1),
        ("<(", 1),
        ("+(", 1),
    ];
    let anchors = anchors
        .into_iter()
        .flat_map(|(anchor, weight)| vec![anchor; weight]);
    (select(anchors.collect::<Vec<_>>()), select(NAMES))
        .prop_map(|(anchor, name)| {
            let end = if anchor.is_empty() { "" } else { ")" };
            format!("{anchor}{name}{end}")
        })
        .boxed()
}

fn wanted() -> BoxedStrategy<Value> {
    let texts = vec![
        "*",
        "?*",
        "x",
        "x*",
        "!x",
        "!x*",
        ">1",
        "<=1Gi",
        "1-5",
        "x | 1",
        "<10s",
        "null",
        "> 0 & < 3",
        "0!-3",
        "",
        "xy | 5",
        "{{ request.operation }}",
    ];
    prop_oneof![4 => select(texts).prop_map(Value::from), 2 => scalar()].boxed()
}

fn tag_patterns() -> BoxedStrategy<Value> {
    let key = prop_oneof![
        3 => anchored(),
        1 => select(vec!["?", "*", "=(x*)", "(l*)", "X(s*)", "a*"]).prop_map(str::to_owned),
    ];
    let text = prop_oneof![6 => select(vec!["x", "x*", "?*", "*", "!x"]).prop_map(Value::from), 1 => wanted()];
    map(key.boxed(), text)
}

fn pattern() -> BoxedStrategy<Value> {
    let body = tree(anchored(), wanted());
    let metadata = (
        select(vec!["labels", "=(labels)", "(annotations)", "annotations"]),
        tag_patterns(),
    )
        .prop_map(|(key, tags)| json!({ key: tags }));
    let key = select(vec!["metadata", "(metadata)", "=(metadata)", "<(metadata)"]);
    let spec = select(vec!["spec", "(spec)", "=(spec)"]);
    (
        option::of((key, metadata)),
        option::of((spec, body.clone())),
        option::of((anchored(), body)),
    )
        .prop_map(|(metadata, spec, other)| {
            let mut pattern = Map::new();
            for (key, value) in metadata.into_iter().chain(spec) {
                pattern.insert(key.to_owned(), value);
            }
            pattern.extend(other);
            Value::Object(pattern)
        })
        .boxed()
}

fn side() -> BoxedStrategy<Value> {
    let expressions = vec![
        "{{ request.operation }}",
        "{{ request.object.spec.a }}",
        "{{ request.object.spec.a || 'x' }}",
        "{{ request.object.spec.b[] || `[]` }}",
        "{{ request.object.spec.*.a }}",
        "{{ request.object.metadata.labels.a || '' }}",
        "{{ request.oldObject.spec.a || 'none' }}",
        "{{ length(request.object.spec.x || `[]`) }}",
        "{{ to_string(request.object.spec) }}",
        "{{ serviceAccountName }}",
        "{{ element }}",
        "{{ element.a || 'x' }}",
        "{{ elementIndex }}",
        "{{ missing }}",
        "{{ @ }}",
        "{{- request.object.spec.a }}",
        "x{{ request.operation }}",
        "{{ not an expression }}",
    ];
    prop_oneof![
        4 => select(expressions).prop_map(Value::from),
        3 => scalar(),
        1 => vec(scalar(), 0..3).prop_map(Value::from),
        1 => select(vec!["x*", "1-5", "[\"x\",\"y\"]", "DELETE"]).prop_map(Value::from),
    ]
    .boxed()
}

fn condition() -> BoxedStrategy<Value> {
    let operators = vec![
        "Equals",
        "NotEquals",
        "AnyIn",
        "AllIn",
        "AnyNotIn",
        "AllNotIn",
        "In",
        "NotIn",
        "GreaterThan",
        "LessThanOrEquals",
        "equals",
    ];
    (side(), select(operators), side(), option::of(Just("why")))
        .prop_map(|(key, operator, value, message)| {
            let mut condition = json!({ "key": key, "operator": operator, "value": value });
            if let Some(message) = message {
                condition["message"] = json!(message);
            }
            condition
        })
        .boxed()
}

fn conditions() -> BoxedStrategy<Value> {
    let list = || vec(condition(), 0..3).prop_map(Value::from);
    prop_oneof![
        list(),
        (option::of(list()), option::of(list())).prop_map(|(any, all)| {
            let mut block = Map::new();
            block.extend(any.map(|list| ("any".to_owned(), list)));
            block.extend(all.map(|list| ("all".to_owned(), list)));
            Value::Object(block)
        }),
    ]
    .boxed()
}

fn check() -> BoxedStrategy<Value> {
    prop_oneof![
        4 => pattern().prop_map(|pattern| json!({ "pattern": pattern })),
        2 => vec(pattern(), 0..3).prop_map(|patterns| json!({ "anyPattern": patterns })),
        2 => conditions().prop_map(|block| json!({ "deny": { "conditions": block } })),
    ]
    .boxed()
}

/// CEL, some of which cannot be evaluated on some objects.
fn cel() -> BoxedStrategy<Value> {
    let expressions = vec![
        "has(object.spec)",
        "!has(object.spec.a) || object.spec.a == 'x'",
        "object.spec.a != 'x'",
        "object.spec.containers.all(c, c != 'x')",
        "has(object.spec.b) && object.spec.b.size() > 0",
        "object == null || object.metadata.name != 'a'",
        "oldObject == null || oldObject.metadata.name == object.metadata.name",
        "request.operation != 'DELETE'",
        "request.namespace == 'shop' || variables.a",
        "namespaceObject == null || namespaceObject.metadata.name == 'shop'",
        "variables.b",
        "not CEL",
    ];
    let expression = || select(expressions.clone());
    let named = |name: &'static str| {
        vec(expression(), 0..2).prop_map(move |texts| {
            let entries = texts.iter().enumerate();
            let entries = entries.map(|(index, text)| {
                let name = if index == 0 { name } else { "b" };
                json!({ "name": name, "expression": text })
            });
            Value::from(entries.collect::<Vec<_>>())
        })
    };
    (
        vec(expression(), 1..3),
        named("a"),
        option::weighted(0.3, named("c")),
    )
        .prop_map(|(checks, variables, conditions)| {
            let checks: Vec<_> = checks
                .iter()
                .map(|text| json!({ "expression": text, "message": "not so" }))
                .collect();
            let mut validate = json!({ "cel": { "expressions": checks, "variables": variables } });
            if let Some(conditions) = conditions {
                // Belongs to the rule, which takes it from here.
                validate["celPreconditions"] = conditions;
            }
            validate
        })
        .boxed()
}

fn foreach() -> BoxedStrategy<Value> {
    let lists = vec![
        "request.object.spec.a",
        "request.object.spec.containers",
        "request.object.spec.[a, b][]",
        "request.object.spec",
        "keys(request.object.spec.x)",
    ];
    let bodies = (check(), option::of(conditions()), option::of(any::<bool>()));
    vec((select(lists), bodies), 1..3)
        .prop_map(|entries| {
            let entries = entries
                .into_iter()
                .map(|(list, (mut check, preconditions, scope))| {
                    check["list"] = json!(list);
                    if let Some(preconditions) = preconditions {
                        check["preconditions"] = preconditions;
                    }
                    if let Some(scope) = scope {
                        check["elementScope"] = json!(scope);
                    }
                    check
                });
            json!({ "foreach": entries.collect::<Vec<_>>() })
        })
        .boxed()
}

fn filter() -> BoxedStrategy<Value> {
    let kinds = select(vec![
        json!(["Pod"]),
        json!(["Pod", "Thing"]),
        json!(["*"]),
        json!(["apps/v1/Deployment"]),
        json!(["v1/Thing", "Deploy*"]),
        json!(["Thing/scale"]),
    ]);
    let names = option::of(select(vec![
        json!(["a"]),
        json!(["?"]),
        json!(["spec", "x*"]),
    ]));
    let namespaces = option::of(select(vec![json!(["shop"]), json!(["kube-*"])]));
    let operations = option::of(select(OPERATIONS).prop_map(|name| json!([name])));
    let selector = option::of(Just(json!({ "matchLabels": { "a": "x*" } })));
    (
        option::weighted(0.9, kinds),
        names,
        namespaces,
        operations,
        selector,
    )
        .prop_map(|(kinds, names, namespaces, operations, selector)| {
            let stated = [
                ("kinds", kinds),
                ("names", names),
                ("namespaces", namespaces),
                ("operations", operations),
                ("selector", selector),
            ];
            let stated = stated.into_iter();
            let stated = stated.filter_map(|(key, value)| Some((key.to_owned(), value?)));
            json!({ "resources": stated.collect::<Map<_, _>>() })
        })
        .boxed()
}

fn filters() -> BoxedStrategy<Value> {
    prop_oneof![
        3 => vec(filter(), 1..3).prop_map(|filters| json!({ "any": filters })),
        1 => vec(filter(), 1..3).prop_map(|filters| json!({ "all": filters })),
        1 => filter(),
        2 => Just(json!({ "any": [{ "resources": { "kinds": ["Pod", "Thing", "Deployment"] } }] })),
    ]
    .boxed()
}

fn rule() -> BoxedStrategy<Value> {
    let body = prop_oneof![8 => check(), 2 => foreach(), 2 => cel()];
    let options = (
        option::of(select(vec!["Audit", "Enforce"])),
        option::of(any::<bool>()),
    );
    let blocks = (
        option::weighted(0.2, filters()),
        option::weighted(0.3, conditions()),
    );
    (filters(), blocks, body, options)
        .prop_map(
            |(matches, (excludes, preconditions), mut validate, (action, existing))| {
                validate["message"] = json!("not like this");
                if let Some(action) = action {
                    validate["failureAction"] = json!(action);
                }
                if let Some(existing) = existing {
                    validate["allowExistingViolations"] = json!(existing);
                }
                let conditions = validate
                    .as_object_mut()
                    .and_then(|it| it.remove("celPreconditions"));
                let mut rule = json!({ "match": matches, "validate": validate });
                if let Some(conditions) = conditions {
                    rule["celPreconditions"] = conditions;
                }
                for (key, block) in [("exclude", excludes), ("preconditions", preconditions)] {
                    if let Some(block) = block {
                        rule[key] = block;
                    }
                }
                rule
            },
        )
        .boxed()
}

fn policy() -> impl Strategy<Value = Value> {
    let settings = (
        select(vec!["Enforce", "Enforce", "Audit"]),
        select(vec!["All", "One"]),
        select(vec!["Fail", "Ignore"]),
        any::<bool>(),
    );
    (vec(rule(), 1..4), settings, proptest::bool::weighted(0.2)).prop_map(
        |(mut rules, (action, apply, failure, warn), namespaced)| {
            for (index, rule) in rules.iter_mut().enumerate() {
                rule["name"] = json!(format!("rule-{index}"));
            }
            let kind = if namespaced {
                "Policy"
            } else {
                "ClusterPolicy"
            };
            json!({
                "apiVersion": "kyverno.io/v1",
                "kind": kind,
                "metadata": { "namespace": "shop" },
                "spec": {
                    "validationFailureAction": action,
                    "applyRules": apply,
                    "failurePolicy": failure,
                    "emitWarning": warn,
                    "rules": rules,
                },
            })
        },
    )
}

/// Many policies that each refuse one text at the same place: enough for the plan to look them up.
fn refusing() -> impl Strategy<Value = Vec<Value>> {
    let texts = vec![
        "!x",
        "!xy",
        "!x*",
        "!1Gi",
        "!a*b",
        "!x|y",
        "!x | !a",
        "!*",
        "!?x",
        "!tr*",
        "!5*",
        "!xx*",
        "!x?",
        "!b/*",
        "!b/c",
        "!",
        "!{{ a }}*",
        "x*",
        "!xy & !xx",
        "!x|*",
    ];
    let key = select(vec!["a", "=(a)", "b"]);
    let nested = any::<bool>();
    (proptest::sample::subsequence(texts, 9..20), key, nested).prop_map(|(texts, key, nested)| {
        let policy = |text: &str| {
            let wanted = if nested {
                json!([{ "b": text }])
            } else {
                json!(text)
            };
            json!({
                "apiVersion": "kyverno.io/v1",
                "kind": "ClusterPolicy",
                "metadata": {},
                "spec": {
                    "validationFailureAction": "Enforce",
                    "rules": [{
                        "name": "rule-0",
                        "match": { "any": [{ "resources": { "kinds": ["*"] } }] },
                        "validate": { "message": "no", "pattern": { "spec": { key: wanted } } },
                    }],
                },
            })
        };
        texts.into_iter().map(policy).collect()
    })
}

fn exception() -> impl Strategy<Value = Value> {
    let rules = select(vec![json!(["*"]), json!(["rule-0"]), json!(["autogen-*"])]);
    let policies = select(vec!["policy-0", "policy-1", "shop/policy-0"]);
    (
        policies,
        rules,
        filters(),
        option::weighted(0.3, conditions()),
    )
        .prop_map(|(policy, rules, matches, conditions)| {
            let mut exception = json!({
                "apiVersion": "kyverno.io/v2",
                "kind": "PolicyException",
                "metadata": { "name": "let-off", "namespace": "shop" },
                "spec": {
                    "match": matches,
                    "exceptions": [{ "policyName": policy, "ruleNames": rules }],
                },
            });
            if let Some(conditions) = conditions {
                exception["spec"]["conditions"] = conditions;
            }
            exception
        })
}
