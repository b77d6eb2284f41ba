//! Whatever expressions and templates hold, reading and evaluating them never panics, and deep nesting
//! ends with an error.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod support;

use portcullis_engine::admit::Scratch;
use portcullis_engine::doc::{self, AnyPolicy};
use portcullis_engine::program::Program;
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{by_plan, reviews};

/// Pieces of expressions, which make sense together now and then.
const PIECES: &[&str] = &[
    "object",
    ".spec",
    ".?a",
    "['k']",
    "[0]",
    "[?1]",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'a'",
    "b'x'",
    "1",
    "-",
    "1u",
    "2.5",
    "null",
    "true",
    " == ",
    " != ",
    " < ",
    " + ",
    " * ",
    " / ",
    " % ",
    " && ",
    " || ",
    "!",
    " ? ",
    " : ",
    ", ",
    " in ",
    ".all(x, ",
    ".map(x, ",
    ".filter(i, v, ",
    ".exists(x, ",
    "x",
    "has(",
    "dyn(",
    "size(",
    "string(",
    "int(",
    "timestamp(",
    "duration('1h')",
    ".format([",
    "'%s %d'",
    ".matches('(a+)+$')",
    "quantity('1Gi')",
    "ip('::1')",
    "cidr(",
    "lists.range(5)",
    ".sortBy(y, ",
    "cel.bind(z, ",
    "z",
    "optional.of(",
    ".orValue(",
    "resource.get(",
    "http.get('u')",
    "math.greatest(",
    "variables.v",
    "exceptions.allowedValues",
    "é",
    "\u{0}",
    "/*",
    "//",
    "\"",
    "9223372036854775807",
    "((",
    "))",
    "\\((",
    ".substring(",
    "yaml.parse(",
    "json.unmarshal('{\"a\": 1}')",
    "random(",
];

fn text() -> impl Strategy<Value = String> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..12);
    pieces.prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2 * ProptestConfig::default().cases))]

    #[test]
    fn expressions(check in text(), variable in text(), message in text()) {
        answer(&json!({
            "variables": [{"name": "v", "expression": variable}],
            "validations": [
                {"expression": format!("dyn({check}) == null")},
                {"expression": check, "messageExpression": message},
            ],
        }));
    }

    #[test]
    fn templates(text in text()) {
        let template = json!({"value": format!("a: \"{text}\"\nb: {text}\n"), "interpolate": "cel"});
        let spec = json!({"generate": [{"template": template}]});
        let policy = json!({
            "apiVersion": "policies.kyverno.io/v1", "kind": "GeneratingPolicy",
            "metadata": {"name": "p"}, "spec": spec,
        });
        let _ = doc::read_any(&policy.to_string());
    }
}

#[test]
fn nesting_ends() {
    // As much as the threads of the program have: expressions may nest 250 deep.
    let thread = std::thread::Builder::new().stack_size(8 << 20);
    thread.spawn(nest).unwrap().join().unwrap();
}

fn nest() {
    for (open, close) in [("(", ")"), ("[", "]"), ("!", ""), ("-", ""), ("size(", ")")] {
        let depth = 20_000;
        let check = format!("{}true{}", open.repeat(depth), close.repeat(depth));
        answer(&json!({"validations": [{"expression": check}]}));
    }
    let check = ["true"; 20_000].join(" && ");
    answer(&json!({"validations": [{"expression": check}]}));
}

/// Reads a policy of this kind, and asks it about an object.
fn answer(spec: &Value) {
    let everything =
        json!({"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]});
    let mut spec = spec.clone();
    spec["matchConstraints"] = json!({"resourceRules": [everything]});
    let policy = json!({
        "apiVersion": "policies.kyverno.io/v1", "kind": "ValidatingPolicy",
        "metadata": {"name": "p"}, "spec": spec,
    });
    let Some(Ok(AnyPolicy::Validating(policy))) = doc::read_any(&policy.to_string()).pop() else {
        return;
    };
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "thing", "namespace": "default"},
        "spec": {"k": 1, "a": ["x", 2, null, {"b": 1.5}]},
    });
    let body = reviews::of(&object, &Value::Null, "CREATE");
    let program = Program::default().with_cel([policy], []);
    let _ = by_plan(&program, &body, &mut Scratch::default());
}
