use bumpalo::Bump;

use super::kubernetes::declare_admission;
use super::library::{Libraries, Nothing};
use super::types::Type;
use super::val::{Fault, Record, Val};
use super::{COST_LIMIT, Environment, Inputs};
use crate::value::{Document, Numbers};

const OBJECT: &str = r#"{
    "metadata": {"name": "web-0", "labels": {"app": "web", "tier": "front"}},
    "spec": {"replicas": 3, "ratio": 2.5, "nothing": null, "empty": {}, "host": true,
             "containers": [{"name": "a", "image": "nginx:1"}, {"name": "b", "image": "x:latest"}]}
}"#;

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn values() {
    yields("object.metadata.name",                                       "web-0");
    yields("object.metadata['labels']['app']",                           "web");
    yields("object.spec.containers[1].image",                            "x:latest");
    yields("object.spec.replicas + 1",                                   "4");
    yields("type(object.spec.replicas)",                                 "int");
    yields("type(object.spec.ratio)",                                    "double");
    yields("object.spec.nothing == null",                                "true");
    yields("has(object.spec.nothing) && !has(object.spec.nothing.x)",    "true");
    yields("has(object.spec.none) || has(object.metadata.name)",         "true");
    yields("object.?spec.?none.orValue('d')",                            "d");
    yields("object.?none.a.b.hasValue()",                                "false");
    yields("object[?'spec'].empty.hasValue()",                           "true");
    yields("object.spec.containers.all(c, c.image.contains(':'))",       "true");
    yields("object.spec.containers.exists(c, c.none == 1 || true)",      "true");
    yields("object.spec.containers.exists_one(c, c.name == 'a')",        "true");
    yields("object.spec.containers.map(c, c.name)",                      "[a, b]");
    yields("object.spec.containers.map(c, c.name == 'b', c.image)",      "[x:latest]");
    yields("object.spec.containers.filter(c, c.name != 'a').size()",     "1");
    yields("object.metadata.labels.map(k, k)",                           "[app, tier]");
    yields("object.metadata.labels.all(k, v, k != v)",                   "true");
    yields("['x', 'y'].transformList(i, v, i > 0, v)",                   "[y]");
    yields("object.metadata.labels.transformMap(k, v, v.size())",        "{app: 3, tier: 5}");
    yields("[1, 2].map(x, [x].map(x, x + 1))",                           "[[2], [3]]");
    yields("{'a': 1, 'b': 2}['b']",                                      "2");
    yields("{1: 'a', 2: 'b'}[dyn(2.0)]",                                 "b");
    yields("{'a': 1, 'a': 2}",                                           "{a: 2}");
    yields("[?optional.none(), ?optional.of(1), 2]",                     "[1, 2]");
    yields("{?'a': optional.none(), ?'b': optional.of(1)}",              "{b: 1}");
    yields("optional.of(2).optMap(x, x * 2).value()",                    "4");
    yields("optional.none().optFlatMap(x, optional.of(x)).hasValue()",   "false");
    yields("cel.bind(a, 1/0, true || a == 1)",                           "true");
    yields("cel.bind(a, 2, a + cel.bind(a, 3, a))",                      "5");
    yields("true ? 1 : 1/0",                                             "1");
    yields("1/0 > 0 ? true : true || false",                             "fault: division by zero");
    yields("google.protobuf.Int64Value{value: 3} + 1",                   "4");
    yields("later.a + later.a",                                          "2");
    yields("request.userInfo.username",                                  "alice");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn faults() {
    faulty("object.spec.none",                                 "no such key: none");
    faulty("object.spec.nothing.x",                            "no such key: x");
    faulty("object.spec.containers.name",                      "unsupported index type 'string' in list");
    faulty("object.spec.containers[2]",                        "index out of bounds: 2");
    faulty("object.metadata.name[0]",                          "no such key: 0");
    faulty("object.spec.ratio + 1",                            "no such overload");
    faulty("object.spec.host.size()",                          "no such overload: size");
    faulty("object.spec.containers.all(c, c.none == 1)",       "no such key: none");
    faulty("[1, 0].map(x, 1 / x)",                             "division by zero");
    faulty("[dyn(1), dyn(true)].all(x, x)",                    "no such overload");
    faulty("dyn(1).map(x, x)",                                 "got 'types.Int', expected iterable type");
    faulty("dyn(1).all(k, v, true)",                           "unsupported comprehension range type: types.Int");
    faulty("later.b",                                          "division by zero");
    faulty("absent == 1",                                      "no such attribute: the variable has no value here");
    faulty("true || lists.range(2000).all(x, lists.range(2000).all(y, true))", "");
    faulty("lists.range(2000).all(x, lists.range(2000).all(y, true)) || true",
                                                               "operation cancelled: actual cost limit exceeded");
    faulty("time.now() == time.now() || true",                 "a fact is missing");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn mistakes() {
    wrong("nope",                       &["1:1: undeclared reference to 'nope' (in container '')"]);
    wrong(".nope + nope()",             &["1:2: undeclared reference to '.nope' (in container '')",
                                          "1:13: undeclared reference to 'nope' (in container '')"]);
    wrong("request.nope",               &["1:8: undefined field 'nope'"]);
    wrong("request.operation.x",        &["1:18: type 'string' does not support field selection"]);
    wrong("[1].x",                      &["1:4: type 'list(int)' does not support field selection"]);
    wrong("1 + 'a'",                    &["1:3: found no matching overload for '_+_' applied to '(int, string)'"]);
    wrong("'a'.size(1)",                &["1:9: found no matching overload for 'size' applied to 'string.(int)'"]);
    wrong("1 && true",                  &["1:1: expected type 'bool' but found 'int'"]);
    wrong("[1, 'a']",                   &["1:5: expected type 'int' but found 'string'"]);
    wrong("{'a': 1, 2: 3}",             &["1:10: expected type 'string' but found 'int'"]);
    wrong("[?1]",                       &["1:3: expected type 'optional_type(int)' but found 'int'"]);
    wrong("1.all(x, true)",             &["1:1: expression of type 'int' cannot be range of a comprehension \
                                           (must be list, map, or dynamic)"]);
    wrong("[1].map(x, y)",              &["1:12: undeclared reference to 'y' (in container '')"]);
    wrong("[1].all(x, x)",              &["1:12: expected type 'bool' but found 'int'"]);
    wrong("duration('1d')",             &["1:10: invalid duration argument"]);
    wrong("'a'.matches('(')",           &["1:13: invalid matches argument"]);
    wrong("'%d'.format(['a'])",         &["1:14: error during formatting: decimal clause can only be used on \
                                           integers, was given string"]);
    wrong("int{}",                      &["1:4: 'int' is not a message type"]);
    wrong("Nope{}",                     &["1:5: undeclared reference to 'Nope' (in container '')"]);
    wrong("object.a &&\n  nope",        &["2:3: undeclared reference to 'nope' (in container '')"]);
    wrong("'é' + nope",                 &["1:7: undeclared reference to 'nope' (in container '')"]);
    wrong("int(dyn('x'))",              &["type conversion error from 'string' to 'int'"]);
    wrong("'a'.find(dyn('('))",         &["error parsing regexp: missing closing ): `(`"]);
}

#[test]
fn snippets_point_at_the_place() {
    let error = environment().compile("'é' +\tnope").unwrap_err();
    let expect = "ERROR: <input>:1:7: undeclared reference to 'nope' (in container '')\n \
                  | 'é' + nope\n | .．....^";
    assert_eq!(error.to_string(), expect);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn types() {
    typed("object.a",                          "dyn");
    typed("request.userInfo.groups",           "list(string)");
    typed("[1].map(x, string(x))",             "list(string)");
    typed("'%s'.format([[1, {'a': 1, 'b': ''}]])", "string");
    typed("[]",                                "list(dyn)");
    typed("{'a': [1.5]}",                      "map(string, list(double))");
    typed("{'a': 1}.?a",                       "optional_type(int)");
    typed("object.?a.orValue('x')",            "dyn");
    typed("type(1)",                           "type(int)");
    typed("true ? dyn(1) : 1",                 "dyn");
    typed("quantity('1')",                     "kubernetes.Quantity");
    typed("timestamp(0) - timestamp(0)",       "duration");
    typed("null",                              "null");
}

fn environment() -> Environment {
    let mut environment = Environment::new(Libraries::KUBERNETES.and(Libraries::KYVERNO));
    let types = declare_admission(&mut environment, false);
    let later = environment.declare_struct("later", [("a", Type::Int), ("b", Type::Int)]);
    environment.declare("object", Type::Dyn);
    environment.declare("request", types.request);
    environment.declare("later", later);
    environment.declare("absent", Type::Dyn);
    environment
}

/// A record whose fields are worked out when asked for.
#[derive(Debug)]
struct Later;

impl Record for Later {
    fn type_name(&self) -> &str {
        "later"
    }

    fn field<'v>(&'v self, name: &str) -> Option<Result<Val<'v>, Fault<'v>>> {
        Some(match name {
            "a" => Ok(Val::Int(1)),
            "b" => Err(Fault::text("division by zero")),
            _ => return None,
        })
    }
}

fn evaluate(source: &str) -> Result<String, String> {
    let program = environment().compile(source).expect(source);
    let bump = Bump::new();
    let object = Document::from_json(OBJECT.as_bytes(), Numbers::AsWritten).unwrap();
    let request = br#"{"userInfo": {"username": "alice"}}"#;
    let request = Document::from_json(request, Numbers::AsWritten).unwrap();
    let variables = [
        Some(Val::from(object.root())),
        Some(Val::from(request.root())),
        Some(Val::Record(&Later)),
        None,
    ];
    let inputs = Inputs {
        variables: &variables,
        bump: &bump,
        outside: &Nothing,
        cost_limit: COST_LIMIT,
    };
    let result = program.evaluate(&inputs).result;
    result
        .map(|value| value.to_string())
        .map_err(|fault| fault.to_string())
}

/// The value as text; a fault as `fault: text`.
#[track_caller]
fn yields(source: &str, expect: &str) {
    let found = evaluate(source).unwrap_or_else(|fault| format!("fault: {fault}"));
    assert_eq!(found, expect, "`{source}`");
}

/// The fault's text; empty where there is none.
#[track_caller]
fn faulty(source: &str, expect: &str) {
    let found = evaluate(source).err().unwrap_or_default();
    assert_eq!(found, expect, "`{source}`");
}

#[track_caller]
fn wrong(source: &str, expect: &[&str]) {
    let error = environment().compile(source).expect_err(source).to_string();
    let found: Vec<_> = error
        .lines()
        .filter(|line| !line.starts_with(" | "))
        .map(|line| line.strip_prefix("ERROR: <input>:").unwrap_or(line))
        .collect();
    assert_eq!(found, expect, "`{source}`");
}

#[track_caller]
fn typed(source: &str, expect: &str) {
    let program = environment().compile(source).expect(source);
    assert_eq!(program.result_type().to_string(), expect, "`{source}`");
}

#[test]
fn names_that_an_expression_speaks_of() {
    for (source, expect) in [
        ("http.Get('a').ok", true),
        ("has(object.a) && .http.Get('a').ok", true),
        ("object.items.exists(x, http.Post(x, {}).ok)", true),
        ("{'a': [http.Client('b')]}", true),
        ("object.http.Get('a')", false),
        ("'http.Get'", false),
        ("http.", false),
    ] {
        assert_eq!(super::names(source, "http"), expect, "{source}");
    }
}
