//! ValidatingPolicies with expressions at random, and objects that they find something in.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Policies, exceptions, and two objects.
#[derive(Clone, Debug)]
pub struct CelCase {
    pub policies: Vec<Value>,
    pub exceptions: Vec<Value>,
    pub objects: [Value; 2],
}

pub fn case() -> impl Strategy<Value = CelCase> {
    let exceptions = vec(exception(), 0..2);
    (vec(policy(), 1..5), exceptions, object(), object()).prop_map(
        |(mut policies, exceptions, first, mut second)| {
            for (index, policy) in policies.iter_mut().enumerate() {
                policy["metadata"]["name"] = json!(format!("policy-{index}"));
            }
            second["kind"] = first["kind"].clone();
            CelCase {
                policies,
                exceptions,
                objects: [first, second],
            }
        },
    )
}

fn scalar() -> impl Strategy<Value = Value> {
    select(vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(2.5),
        json!("x"),
        json!("y"),
        json!(""),
    ])
}

fn element() -> impl Strategy<Value = Value> {
    let inner = option::of(scalar().prop_map(|value| json!({ "k": value })));
    let list = option::of(vec(scalar(), 0..3));
    (scalar(), inner, list).prop_map(|(n, s, l)| {
        let mut made = json!({ "n": n });
        if let Some(s) = s {
            made["s"] = s;
        }
        if let Some(l) = l {
            made["l"] = json!(l);
        }
        made
    })
}

fn object() -> impl Strategy<Value = Value> {
    let elements = prop_oneof![5 => vec(element(), 0..4), 1 => vec(scalar(), 0..3)];
    let kind = select(vec!["Pod", "Deployment", "Thing"]);
    let namespace = option::of(select(vec!["shop", "kube-system"]));
    let lists = (elements, option::of(vec(scalar(), 0..3)));
    (kind, namespace, lists, scalar(), option::of(scalar())).prop_map(
        |(kind, namespace, (elements, list), n, m)| {
            let mut spec = json!({ "a": elements, "n": n });
            if let Some(list) = list {
                spec["l"] = json!(list);
            }
            if let Some(m) = m {
                spec["s"] = json!({ "k": m });
            }
            let version = match kind {
                "Deployment" => "apps/v1",
                _ => "v1",
            };
            let mut metadata = json!({ "name": "it", "labels": { "k": "x" } });
            if let Some(namespace) = namespace {
                metadata["namespace"] = json!(namespace);
            }
            let spec = match kind {
                "Deployment" => json!({ "template": { "spec": spec } }),
                _ => spec,
            };
            json!({ "apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec })
        },
    )
}

fn exception() -> impl Strategy<Value = Value> {
    let name = select(vec!["policy-0", "policy-1"]);
    (name, option::of(expression(4, 0))).prop_map(|(name, condition)| {
        let mut spec = json!({ "policyRefs": [{ "name": name, "kind": "ValidatingPolicy" }] });
        if let Some(condition) = condition {
            spec["matchConditions"] = json!([{ "name": "c", "expression": condition }]);
        }
        json!({
            "apiVersion": "policies.kyverno.io/v1",
            "kind": "PolicyException",
            "metadata": { "name": "e" },
            "spec": spec,
        })
    })
}

fn policy() -> impl Strategy<Value = Value> {
    let resources = vec!["pods", "pods", "*", "deployments", "pods/*", "things"];
    let resources = vec(select(resources), 1..3);
    let operations = select(vec!["*", "CREATE", "UPDATE", "DELETE"]);
    let constraints = (resources, operations, 0..4_u8, any::<bool>());
    let expressions = (
        vec(expression(4, 0), 0..2),
        (variable(0), variable(1)),
        vec(expression(6, 2), 1..3),
        option::weighted(0.1, expression(3, 2)),
    );
    let settings = (
        any::<bool>(),
        0..8_u8,
        select(vec!["Deny", "Warn", "Audit"]),
    );
    (constraints, expressions, settings).prop_map(
        |(constraints, (conditions, variables, checks, annotation), settings)| {
            let (resources, operations, selects, excludes) = constraints;
            let rule = |resources: &[&str]| {
                json!([{ "apiGroups": ["*"], "apiVersions": ["*"], "operations": [operations],
                         "resources": resources }])
            };
            let mut matching = json!({ "resourceRules": rule(&resources) });
            if selects == 0 {
                matching["objectSelector"] = json!({ "matchLabels": { "k": "x" } });
            }
            if selects == 1 {
                let absent = json!([{ "key": "team", "operator": "DoesNotExist" }]);
                matching["namespaceSelector"] = json!({ "matchExpressions": absent });
            }
            if excludes && selects == 2 {
                matching["excludeResourceRules"] = rule(&["things"]);
            }
            let named = |prefix: &str, list: &[String]| {
                let list = list.iter().enumerate();
                let list = list.map(|(index, text)| {
                    json!({ "name": format!("{prefix}{index}"), "expression": text })
                });
                list.collect::<Vec<_>>()
            };
            let checks: Vec<_> = checks.iter().map(|text| json!({ "expression": text })).collect();
            let (ignores, place, action) = settings;
            let mut spec = json!({
                "matchConstraints": matching,
                "matchConditions": named("c", &conditions),
                "variables": named("v", &<[String; 2]>::from(variables)),
                "validations": checks,
                "failurePolicy": if ignores { "Ignore" } else { "Fail" },
                "validationActions": [action],
            });
            if let Some(annotation) = annotation {
                let text = format!("string({annotation})");
                spec["auditAnnotations"] = json!([{ "key": "k", "valueExpression": text }]);
            }
            let (kind, metadata) = match place {
                0 => ("NamespacedValidatingPolicy", json!({ "namespace": "shop" })),
                _ => ("ValidatingPolicy", json!({})),
            };
            json!({ "apiVersion": "policies.kyverno.io/v1", "kind": kind, "metadata": metadata, "spec": spec })
        },
    )
}

/// A condition, at most so many operators deep, that sees so many variables.
fn expression(depth: usize, variables: u8) -> impl Strategy<Value = String> {
    vec(any::<u8>(), 4..80).prop_map(move |bytes| Writer::new(bytes, variables).condition(depth))
}

/// What a variable comes to.
fn variable(variables: u8) -> impl Strategy<Value = String> {
    vec(any::<u8>(), 4..40).prop_map(move |bytes| {
        let mut writer = Writer::new(bytes, variables);
        match writer.choose(5) {
            0 => writer.list(3),
            1 => writer.path(),
            2 => writer.optional(),
            _ => writer.condition(3),
        }
    })
}

/// Writes an expression as its bytes say; without bytes it takes the first choice.
struct Writer {
    bytes: std::vec::IntoIter<u8>,
    locals: Vec<String>,
    variables: u8,
}

impl Writer {
    fn new(bytes: Vec<u8>, variables: u8) -> Writer {
        Writer {
            bytes: bytes.into_iter(),
            locals: Vec::new(),
            variables,
        }
    }

    fn choose(&mut self, of: u8) -> u8 {
        self.bytes.next().unwrap_or_default() % of
    }

    fn name(&mut self) -> &'static str {
        ["n", "k", "s", "l", "a", "none"][usize::from(self.choose(6))]
    }

    fn condition(&mut self, depth: usize) -> String {
        let choice = if depth == 0 {
            self.choose(4)
        } else {
            self.choose(16)
        };
        let below = depth.saturating_sub(1);
        match choice {
            0 => format!("{} == {}", self.value(), self.value()),
            1 => format!("has({}.{})", self.path(), self.name()),
            2 => format!("{}.hasValue()", self.optional()),
            3 => format!("{} in {}", self.value(), self.list(below)),
            4 => format!("({} && {})", self.condition(below), self.condition(below)),
            5 => format!("({} || {})", self.condition(below), self.condition(below)),
            6 => format!("!({})", self.condition(below)),
            7 => {
                let (test, yes) = (self.condition(below), self.condition(below));
                format!("({test} ? {yes} : {})", self.condition(below))
            }
            8 => format!("dyn({}) == true", self.variable()),
            9 => {
                let value = self.value();
                let body = self.within(below, "b");
                format!("cel.bind(b, {value}, {body})")
            }
            10 => format!(
                "{}.exists_one(o, {})",
                self.list(below),
                self.within(below, "o")
            ),
            11 => format!("string({}).matches('^x?$')", self.value()),
            12 | 13 => self.quantifier("all", below),
            _ => self.quantifier("exists", below),
        }
    }

    fn quantifier(&mut self, word: &str, depth: usize) -> String {
        let local = ["c", "d", "e"][usize::from(self.choose(3))];
        let list = self.list(depth);
        let body = self.within(depth, local);
        match self.choose(8) {
            0 => format!("{list}.{word}(i, {local}, {body})"),
            _ => format!("{list}.{word}({local}, {body})"),
        }
    }

    /// A condition that sees a local variable.
    fn within(&mut self, depth: usize, local: &str) -> String {
        self.locals.push(local.to_owned());
        let body = self.condition(depth);
        self.locals.pop();
        body
    }

    fn value(&mut self) -> String {
        match self.choose(6) {
            0 | 1 => format!("dyn({})", self.path()),
            2 => format!("dyn({}.orValue('x'))", self.optional()),
            3 => "dyn('x')".to_owned(),
            4 => "dyn(1)".to_owned(),
            _ => "dyn(true)".to_owned(),
        }
    }

    fn list(&mut self, depth: usize) -> String {
        let choice = if depth == 0 {
            self.choose(5)
        } else {
            self.choose(9)
        };
        let below = depth.saturating_sub(1);
        match choice {
            0 => "object.spec.a".to_owned(),
            1 => "object.spec.?l.orValue([])".to_owned(),
            2 => match self.locals.last() {
                Some(local) => format!("dyn({local}).?l.orValue([])"),
                None => "oldObject.spec.a".to_owned(),
            },
            3 => "['x', 'y']".to_owned(),
            4 => format!("dyn({})", self.variable()),
            5 => format!("dyn({} + {})", self.list(below), self.list(below)),
            6 => format!(
                "{}.filter(f, {})",
                self.list(below),
                self.within(below, "f")
            ),
            7 => {
                let list = self.list(below);
                self.locals.push("m".to_owned());
                let value = self.value();
                self.locals.pop();
                format!("{list}.map(m, {value})")
            }
            _ => "object.metadata.labels".to_owned(),
        }
    }

    fn variable(&mut self) -> String {
        match self.variables {
            0 => "object.spec.a".to_owned(),
            some => format!("variables.v{}", self.choose(some)),
        }
    }

    fn root(&mut self) -> String {
        match self.choose(8) {
            0 | 1 => "object.spec".to_owned(),
            2 => "object.metadata.labels".to_owned(),
            3 => "oldObject.spec".to_owned(),
            4 => format!("dyn({})", self.variable()),
            5 => self.variable(),
            _ => match self.locals.last() {
                Some(local) => local.clone(),
                None => "object.spec.a[0]".to_owned(),
            },
        }
    }

    fn path(&mut self) -> String {
        let mut path = self.root();
        for _ in 0..self.choose(3) {
            path = match self.choose(6) {
                0 => format!("{path}['{}']", self.name()),
                _ => format!("{path}.{}", self.name()),
            };
        }
        path
    }

    fn optional(&mut self) -> String {
        let (path, name) = (self.path(), self.name());
        match self.choose(3) {
            0 => format!("{path}.?{name}"),
            1 => format!("{path}.?{name}.?{}", self.name()),
            _ => format!("{path}.?{name}.{}", self.name()),
        }
    }
}
