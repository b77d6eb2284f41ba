//! What documents become. The expressions are paths into one small tree, so that these tests know
//! no expression language; `engine::context` runs them with the real one.

use bumpalo::Bump;

use super::{Options, Resolver, Template, TemplateError, expressions, substitute};
use crate::value::{Document, Numbers, Value, to_json};

const TREE: &str = r#"{
    "s": "str", "n": 3, "f": 1.5, "tiny": 1e-7, "t": true, "nul": null, "empty": "",
    "l": [1, "b", null], "html": ["<&>"], "amp": "<&>",
    "name": "s", "var": "{{ s }}", "esc": "\\{{ x }}", "ref": "$(./s)",
    "m": {"k": "v", "var": "{{ s }}", "{{ s }}": 1},
    "again": "x{{ again }}", "twice": "x{{ twice }}{{ twice }} ", "self": {"self": "{{ self }}"},
    "str3": "nested"
}"#;

/// Knows the top keys of [`TREE`], and remembers what it was asked.
struct Tree<'v>(Value<'v>, Vec<String>);

impl<'v> Resolver<'v> for Tree<'v> {
    type Error = String;

    fn resolve(&mut self, expression: &str) -> Result<Value<'v>, String> {
        self.1.push(expression.to_owned());
        self.0
            .get(expression)
            .ok_or_else(|| format!("no `{expression}`"))
    }
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn texts() {
    check("no variable",                r#""a { b }""#,                 r#""a { b }""#);
    check("typed text",                 r#""{{ s }}""#,                 r#""str""#);
    check("typed number",               r#""{{n}}""#,                   "3");
    check("typed null",                 r#""{{ nul }}""#,               "null");
    check("typed list",                 r#""{{ l }}""#,                 r#"[1,"b",null]"#);
    check("a blank makes it text",      r#"" {{ n }}""#,                r#"" 3""#);
    check("embedded",                   r#""x{{ s }}y""#,               r#""xstry""#);
    check("embedded double",            r#""v={{ f }}""#,               r#""v=1.5""#);
    check("embedded small double",      r#""v={{ tiny }}""#,            r#""v=1e-07""#);
    check("embedded bool and null",     r#""{{ t }} {{ nul }}""#,       r#""true null""#);
    check("embedded list",              r#""v={{ l }}""#,               r#""v=[1,\"b\",null]""#);
    check("embedded list escapes HTML", r#""v={{ html }}""#,            r#""v=[\"\\u003c\\u0026\\u003e\"]""#);
    check("embedded text does not",     r#""v={{ amp }}""#,             r#""v=<&>""#);
    check("side by side",               r#""{{ s }}{{ n }}{{ t }}""#,   r#""str3true""#);
    check("beside an empty one",        r#""{{ empty }}{{ n }}""#,      "3");
    check("nested",                     r#""{{ {{ name }} }}""#,        r#""str""#);
    check("nested, two inside",         r#""{{ {{ s }}{{ n }} }}""#,    r#""nested""#);
    check("escaped",                    r#""\\{{ s }}""#,               r#""{{ s }}""#);
    check("escaped twice",              r#""\\\\{{ s }}""#,             r#""\\{{ s }}""#);
    check("escaped beside a variable",  r#""\\{{ a }} {{ s }}""#,       r#""{{ a }} str""#);
    check("escaped around a variable",  r#""\\{{ {{ s }} }}""#,         r#""{{ str }}""#);
    check("escaped data, typed",        r#""{{ esc }}""#,               r#""\\{{ x }}""#);
    check("escaped data, embedded",     r#""x{{ esc }}""#,              r#""x{{ x }}""#);
    check("data with a variable",       r#""{{ var }}""#,               r#""{{ s }}""#);
    check("the same, embedded",         r#""x{{ var }}""#,              r#""xstr""#);
    check("the same, shallow",          r#""x{{- var }}""#,             r#""x{{ s }}""#);
    check("shallow keeps escapes",      r#""\\{{ s }} {{- s }}""#,      r#""\\{{ s }} str""#);
    check("a map is looked through",    r#""{{ m }}""#,                 r#"{"k":"v","str":1,"var":"str"}"#);
    check("but not when shallow",       r#""{{- m }}""#,                r#"{"k":"v","var":"{{ s }}","{{ s }}":1}"#);
    check("no reference in an answer",  r#""{{ ref }}""#,               r#""$(./s)""#);
    check("no reference, embedded",     r#""x{{ ref }}""#,              r#""x$(./s)""#);
    check("braces left over",           r#""{{ s }}}}""#,               r#""str}}""#);
    check("open end",                   r#""{{ s""#,                    r#""{{ s""#);
    check("lists and maps",             r#"{"a": ["{{ s }}", 1], "b": {"c": "{{ n }}"}, "d": "x"}"#,
                                        r#"{"a":["str",1],"b":{"c":3},"d":"x"}"#);
    check("keys",                       r#"{"{{ s }}": 1, "=({{ s }})": 2, "a": 3}"#,
                                        r#"{"=(str)":2,"a":3,"str":1}"#);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn errors() {
    fail("plain text",    r#""{{ x }}""#,                  "failed to resolve x at path : no `x`");
    fail("in a map",      r#"{"a": {"b": ["{{ x }}"]}}"#,  "failed to resolve x at path /a/b/0: no `x`");
    fail("in a key",      r#"{"a": {"{{ x }}": 1}}"#,      "failed to resolve x at path /a: no `x`");
    fail("slash in a key", r#"{"a/b": "{{ x }}"}"#,        "failed to resolve x at path /a\\/b: no `x`");
    fail("first by key",  r#"{"b": "{{ y }}", "a": "{{ x }}"}"#, "failed to resolve x at path /a: no `x`");
    fail("key not text",  r#"{"{{ n }}": 1}"#,             "expected string after substituting variables in key \"{{ n }}\"");
    fail("inside an answer", r#"{"a": "{{ m }}", "b": "{{ x }}"}"#, "failed to resolve x at path /b: no `x`");
    fail("endless text",  r#""{{ again }} ""#,             "variables at path  exceed the limit of 10000 expressions");
    fail("endless growth", r#""{{ twice }} ""#,            "variables at path  exceed the limit of 10000 expressions");
    fail("endless depth", r#""{{ self }}""#,               &format!("variables at path {} exceed the limit of 128 nested answers", "/self".repeat(128)));
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn references() {
    check("sibling",           r#"{"a": "$(./../b)", "b": "x"}"#,             r#"{"a":"x","b":"x"}"#);
    check("sibling, short",    r#"{"a": "$(../b)", "b": "x"}"#,               r#"{"a":"x","b":"x"}"#);
    check("absolute",          r#"{"a": {"c": "$(/b)"}, "b": "x"}"#,          r#"{"a":{"c":"x"},"b":"x"}"#);
    check("into a list",       r#"{"a": "$(./../b/1)", "b": ["x", "y"]}"#,    r#"{"a":"y","b":["x","y"]}"#);
    check("with text around",  r#"{"a": "x$(./../b)y", "b": "-"}"#,           r#"{"a":"x-y","b":"-"}"#);
    check("two, one blank",    r#"{"a": "$(../b) $(../b)", "b": "x"}"#,       r#"{"a":"x x","b":"x"}"#);
    check("anchors stripped",  r#"{"a": "$(./../b)", "=(b)": "x"}"#,          r#"{"=(b)":"x","a":"x"}"#);
    check("operator and int",  r#"{"a": "$(<=./../b)", "b": 3}"#,             r#"{"a":"<=3","b":3}"#);
    check("operator and double", r#"{"a": "$(!./../b)", "b": 1.5}"#,          r#"{"a":"!1.500000","b":1.5}"#);
    check("operator and text", r#"{"a": "$(>./../b)", "b": "64Mi"}"#,         r#"{"a":">64Mi","b":"64Mi"}"#);
    check("not followed on",   r#"{"a": "$(../b)", "b": "$(../c)", "c": "x"}"#, r#"{"a":"$(../c)","b":"x","c":"x"}"#);
    check("before variables",  r#"{"a": "$(../b)", "b": "{{ s }}"}"#,         r#"{"a":"str","b":"str"}"#);
    check("a map gives a key", r#"{"a": "$(../b)", "b": {"k": "v"}}"#,        r#"{"a":"k","b":{"k":"v"}}"#);
    check("greedy",            r#"{"a": "$(./../b)$(./../c)", "c": "x"}"#,    r#"{"a":"x","c":"x"}"#);
    check("escaped",           r#"{"a": "\\$(../b)"}"#,                       r#"{"a":"$(../b)"}"#);
    check("empty",             r#"{"a": "$()"}"#,                             r#"{"a":"$()"}"#);
    check("blank inside",      r#"{"a": "$(../b )", "b": 1}"#,                r#"{"a":"$(../b )","b":1}"#);
    check("no reference",      r#"{"a": "cost $5 (x)"}"#,                     r#"{"a":"cost $5 (x)"}"#);
    fail("nowhere",            r#"{"a": "$(./../x)"}"#,    "got nil resolved variable $(./../x) at path /a: <nil>");
    fail("not a sibling",      r#"{"a": "$(b)", "b": ""}"#, "got nil resolved variable $(b) at path /a: <nil>");
    fail("in a plain text",    r#""$(./../a)""#,           "got nil resolved variable $(./../a) at path : <nil>");
    fail("after a character",  r#"{"a": "!$(./../x)"}"#,   "got nil resolved variable $(./../x) at path /a: <nil>");
    fail("anchor written out", r#"{"a": "$(./../=(b))", "=(b)": "x"}"#, "got nil resolved variable $(./../=(b)) at path /a: <nil>");
    fail("not a text",         r#"{"a": "$(../b)", "b": true}"#, "NotResolvedReferenceErr,reference $(../b) not resolved at path /a");
    fail("operator, not a number", r#"{"a": "$(<=../b)", "b": true}"#,
         "failed to resolve $(<=../b) at path /a: incorrect expression: operator <= does not match with value true");
    fail("operator, nowhere",  r#"{"a": "$(<=../b)"}"#,
         "failed to resolve $(<=../b) at path /a: incorrect expression: operator <= does not match with value <nil>");
    fail("only an operator",   r#"{"a": "$(>=)"}"#, "failed to resolve $(>=) at path /a: expected path, found empty reference");
}

#[track_caller]
fn check(case: &str, document: &str, expect: &str) {
    let document = Document::from_json(document.as_bytes(), Numbers::AsWritten).unwrap();
    let tree = Document::from_json(TREE.as_bytes(), Numbers::Doubles).unwrap();
    let bump = Bump::new();
    let mut resolver = Tree(tree.root(), Vec::new());
    let result = substitute(document.root(), &mut resolver, Options::default(), &bump);
    let shown = result.map(to_json).map_err(|error| error.to_string());
    assert_eq!(shown.as_deref(), Ok(expect), "{case}");
    // Either form of the question has the same answer.
    let listed = expressions(document.root(), Options::default());
    let constant = Template::scan(document.root()).is_constant();
    assert!(!constant || listed.is_empty(), "{case}");
}

#[track_caller]
fn fail(case: &str, document: &str, expect: &str) {
    let document = Document::from_json(document.as_bytes(), Numbers::AsWritten).unwrap();
    let tree = Document::from_json(TREE.as_bytes(), Numbers::Doubles).unwrap();
    let bump = Bump::new();
    let mut resolver = Tree(tree.root(), Vec::new());
    let error = substitute(document.root(), &mut resolver, Options::default(), &bump).unwrap_err();
    assert_eq!(error.to_string(), expect, "{case}");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn what_is_asked_for() {
    let (plain, delete) = (Options::default(), Options { delete: true, target: false });
    let target = Options { delete: false, target: true };
    let image = r#"{"mutate": {"patchStrategicMerge": {"spec": {"containers": [{"image": "x{{ @ }}"}]}}}}"#;
    let odd = r#"{"mutate": {"patchStrategicMerge": {"a-b": {"c/d": {"0": "{{@}}"}}}}}"#;
    let foreach = r#"{"mutate": {"foreach": {"0": {"patchStrategicMerge": {"spec": "{{ @ }}"}}}}}"#;
    asked("location",            image,   plain,  &["request.object.spec.containers[0].image"]);
    asked("location, deleting",  image,   delete, &["request.oldObject.spec.containers[0].image"]);
    asked("location, target",    image,   target, &["target.spec.containers[0].image"]);
    asked("quoted, index",       odd,     plain,  &[r#"request.object."a-b"."c/d"[0]"#]);
    asked("inside a loop",       foreach, plain,  &["request.object.spec"]);
    asked("in a message",        r#""{{ @ }}""#, plain, &["request.object"]);
    asked("only alone",          r#""{{ @.a }}""#, plain, &["@.a"]);
    asked("deleting",            r#""{{ request.object.a || request.objects }}""#, delete,
                                 &["request.oldObject.a || request.oldObjects"]);
}

#[track_caller]
fn asked(case: &str, document: &str, options: Options, expect: &[&str]) {
    let document = Document::from_json(document.as_bytes(), Numbers::AsWritten).unwrap();
    let bump = Bump::new();
    let mut resolver = Tree(Value::Null, Vec::new());
    let error = substitute(document.root(), &mut resolver, options, &bump).unwrap_err();
    assert!(matches!(error, TemplateError::Resolve { .. }), "{case}");
    assert_eq!(resolver.1, expect, "{case}");
    let listed = expressions(document.root(), options);
    let texts: Vec<_> = listed
        .iter()
        .map(|expression| expression.text.as_str())
        .collect();
    assert_eq!(texts, expect, "{case}");
}

#[test]
fn expressions_know_their_place() {
    let document = r#"{"b": "{{ f('{{ a }}', {{ b }}) }}", "a": [{"{{ k }}": "{{ v }}{{ w }}"}]}"#;
    let document = Document::from_json(document.as_bytes(), Numbers::AsWritten).unwrap();
    let listed = expressions(document.root(), Options::default());
    let shown: Vec<_> = listed
        .iter()
        .map(|found| (found.text.as_str(), found.path.as_str(), found.in_key))
        .collect();
    let expect = [
        ("k", "/a/0", true),
        ("v", "/a/0/{{ k }}", false),
        ("w", "/a/0/{{ k }}", false),
        ("a", "/b", false),
        ("b", "/b", false),
        ("f('null', null)", "/b", false),
    ];
    assert_eq!(shown, expect);
}

#[test]
fn a_document_without_variables_is_returned_itself() {
    let document = Document::from_json(br#"{"a": ["x", {"b": 1}]}"#, Numbers::AsWritten).unwrap();
    let template = Template::scan(document.root());
    assert!(template.is_constant());
    let bump = Bump::new();
    let mut resolver = Tree(Value::Null, Vec::new());
    let result = template
        .substitute(&mut resolver, Options::default(), &bump)
        .unwrap();
    assert_eq!(result, document.root());
    assert_eq!(bump.allocated_bytes(), 0);
}
