use std::net::IpAddr;

use bumpalo::Bump;

use super::{Env, Query, QueryError, parse_tree};
use crate::functions::Inputs;
use crate::value::{Document, Numbers, to_json};

pub(super) struct NoInputs;

impl Inputs for NoInputs {
    fn now(&self) -> i128 {
        0
    }

    fn random(&self) -> u64 {
        0
    }

    fn resolve_host(&self, _: &str) -> Option<Result<Vec<IpAddr>, String>> {
        None
    }
}

const DOCUMENT: &str = r#"{
    "pod": {"name": "web", "labels": {"app": "web"}, "tags": ["a", "b", "c"], "none": null},
    "list": [{"n": "x", "v": 1}, {"n": "y", "v": 2}, {"w": 3}],
    "nested": [[1, 2], [3], 4],
    "zero": 0, "empty": {}, "text": ""
}"#;

pub(super) fn ask(expr: &str, limit: u64) -> Result<String, QueryError> {
    let document = Document::from_json(DOCUMENT.as_bytes(), Numbers::Doubles).unwrap();
    let query = Query::parse(expr).map_err(|error| QueryError::Invalid(error.to_string()))?;
    let bump = Bump::new();
    let env = Env::with_steps(&bump, &NoInputs, limit);
    query.search(document.root(), &env).map(to_json)
}

#[track_caller]
fn check(expr: &str, expect: &str) {
    let got = ask(expr, 10_000).unwrap_or_else(|error| error.to_string());
    assert_eq!(got, expect, "{expr}");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn values() {
    check("pod.labels.app",                r#""web""#);
    check(r#"pod."name""#,                 r#""web""#);
    check("pod.tags[0]",                   r#""a""#);
    check("pod.tags[-1]",                  r#""c""#);
    check("pod.tags[-4]",                  "null");
    check("pod.tags[1:]",                  r#"["b","c"]"#);
    check("pod.tags[::-1]",                r#"["c","b","a"]"#);
    check("pod.tags[-2:9:2]",              r#"["b"]"#);
    check("pod.tags[5:0:-9223372036854775808]", r#"["c"]"#);
    check("pod.tags[::0]",                 "Invalid slice, step cannot be 0");
    check("list[*].n",                     r#"["x","y"]"#);
    check("list[?v > `1`].n",              r#"["y"]"#);
    check("list[?v > `1`] | [0].n",        r#""y""#);
    check("(list[*].n)[0]",                r#""x""#);
    check("nested[]",                      "[1,2,3,4]");
    check("pod.labels.*",                  r#"["web"]"#);
    check("{a: zero, b: [text, zero]}",    r#"{"a":0,"b":["",0]}"#);
    check("{a: zero, a: text}",            r#"{"a":""}"#);
    check("'it''s'",                       "SyntaxError: Unexpected token at the end of the expression: tStringLiteral");
    check(r"'it\'s \n'",                   r#""it's \\n""#);
    check(r"`[1, 2]` == [`1`, `2`]",       "true");
    check("abs(`-1`, )",                   "1");
    check("abs(`-1` `1`)",                 "incorrect number of args");
    check("&zero",                         "{}");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn missing_keys() {
    check("pod.missing",                   r#"Unknown key "missing" in path"#);
    check("pod.missing.more",              r#"Unknown key "missing" in path"#);
    check("pod.none.more",                 "null");
    check("pod.name.more",                 "null");
    check("missing || 'x'",                r#""x""#);
    check("missing || other",              "null");
    check("missing && zero",               "null");
    check("zero && missing",               r#"Unknown key "missing" in path"#);
    check("!missing",                      "true");
    check("missing == other",              "true");
    check("missing | @",                   "null");
    check("pod | missing",                 "null");
    check("{a: missing}",                  r#"{"a":null}"#);
    check("missing.{a: b}",                r#"Unknown key "missing" in path"#);
    check("missing[0]",                    r#"Unknown key "missing" in path"#);
    check("missing[*]",                    "null");
    check("missing[]",                     "null");
    check("missing[?a]",                   "null");
    check("missing.*",                     "null");
    check("pod.missing[*]",                "null");
    check("missing.more[*]",               r#"Unknown key "missing" in path"#);
    check("abs('x') || 'y'",               r#"Invalid type for: x, expected: []jmespath.JpType{"number"}"#);
    check("[abs('x')][]",                  "null");
    check("abs(missing)",                  r#"Invalid type for: <nil>, expected: []jmespath.JpType{"number"}"#);
    check("abs(&a.b)",                     r#"Invalid type for: {{20 <nil> [{5 a []} {5 b []}]}}, expected: []jmespath.JpType{"number"}"#);
    check("nope(abs('x'))",                r#"Invalid type for: x, expected: []jmespath.JpType{"number"}"#);
    check("text && nope()",                r#""""#);
    check("zero && nope()",                "unknown function: nope");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn order_and_truth() {
    check("`0` || 'x'",                    "0");
    check("text || 'x'",                   r#""x""#);
    check("empty || 'x'",                  r#""x""#);
    check("`1` < `2`",                     "true");
    check("`2` <= `2`",                    "true");
    check("'a' < 'b'",                     "null");
    check("zero == `false`",               "false");
    check("!zero || text",                 r#""""#);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn syntax_errors() {
    check("",           "SyntaxError: Incomplete expression");
    check("a.",         "SyntaxError: Expected identifier, lbracket, or lbrace");
    check("a[",         "SyntaxError: Expected tStar, received: tEOF");
    check("a[0",        "SyntaxError: Expected tRbracket, received: tEOF");
    check("a[0:x]",     "SyntaxError: Expected tColon or tNumber, received: tUnquotedIdentifier");
    check("a[-]",       "strconv.Atoi: parsing \"-\": invalid syntax");
    check("[-]",        "SyntaxError: Unexpected token at the end of the expression: tNumber");
    check("a = b",      "SyntaxError: Unexpected token at the end of the expression: tUnknown");
    check("a #",        "SyntaxError: Unknown char: '#'");
    check("a 日",       r"SyntaxError: Unknown char: '\u65e5'");
    check("'a",         "SyntaxError: Unclosed delimiter: '");
    check(r"'a\'",      "SyntaxError: Unclosed delimiter: '");
    check("`1",         "SyntaxError: Unclosed delimiter: `");
    check("`x`",        "invalid character 'x' looking for beginning of value");
    check(r#""\x""#,    "invalid character 'x' in string escape code");
    check(r#""a"(b)"#,  "SyntaxError: Can't have quoted identifier as function name.");
    check("a.b(c)(d)",  "SyntaxError: Invalid node as function name.");
    check("{a: b, }",   "SyntaxError: Expected tQuotedIdentifier or tUnquotedIdentifier");
    check("a.**",       "SyntaxError: Error");
}

#[test]
fn errors_know_their_place() {
    let error = Query::parse("pod.[name").unwrap_err();
    assert_eq!((error.at.start, error.at.end), (9, 9));
    assert_eq!(error.highlight("pod.[name"), "pod.[name\n         ^");
    assert!(error.is_grammar());
    assert!(!Query::parse("`x`").unwrap_err().is_grammar());
}

#[test]
fn trees_print_as_the_reference_prints_them() {
    let tree = parse_tree("a[0] == 'x'").unwrap();
    let expect = r#"ASTComparator {
  value: tEQ
  children: {
    ASTIndexExpression {
      children: {
        ASTField {
          value: "a"
        }
        ASTIndex {
          value: 0
        }
    }
    ASTLiteral {
      value: "x"
    }
}
"#;
    assert_eq!(tree.to_string(), expect);
}
