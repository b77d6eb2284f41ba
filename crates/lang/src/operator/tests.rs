use super::{Constant, Operator, evaluate, written};
use crate::value::{Document, Numbers, Value};

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn equality() {
    check("true",           "Equals",    "true",         true);
    check("true",           "Equals",    r#""true""#,    false);
    check("1",              "Equals",    "1.0",          true);
    check("1",              "Equals",    r#""1.0""#,     true);
    check(r#""1""#,         "Equals",    "1",            false);
    check(r#""1""#,         "Equals",    r#""1.0""#,     true);
    check(r#""1Gi""#,       "Equals",    r#""1024Mi""#,  true);
    check(r#""1Gi""#,       "NotEquals", r#""x""#,       true);
    check(r#""1Gi""#,       "Equals",    r#""1*""#,      false);
    check(r#""abc""#,       "Equals",    r#""a*""#,      true);
    check(r#""a*""#,        "Equals",    r#""abc""#,     false);
    check(r#""60s""#,       "Equals",    r#""1m""#,      true);
    check(r#""1m""#,        "Equals",    "60",           true);
    check(r#""1m""#,        "Equals",    "60.9",         true);
    check(r#""0s""#,        "Equals",    r#""0""#,       false);
    check("60",             "Equals",    r#""1m""#,      false);
    check("60",             "NotEquals", r#""x""#,       true);
    check(r#"["a"]"#,       "Equals",    r#"["a"]"#,     true);
    check(r#"["a"]"#,       "Equals",    r#""a""#,       false);
    check(r#"{"a": [{}]}"#, "Equals",    r#"{"a": [{}]}"#, true);
    check("null",           "Equals",    "null",         false);
    check("null",           "NotEquals", "1",            false);
    check(r#""a""#,         "NotEquals", "null",         true);
}

#[test]
fn integers_of_a_policy_are_no_doubles_inside_lists() {
    let (list, resource) = (
        read("[1]", Numbers::AsWritten),
        read("[1]", Numbers::Doubles),
    );
    assert!(!evaluate(Operator::Equals, resource.root(), list.root()));
    assert!(evaluate(Operator::NotEquals, resource.root(), list.root()));
    // A lone number is a double even there.
    let (one, resource) = (read("1", Numbers::AsWritten), read("1", Numbers::Doubles));
    assert!(evaluate(
        Operator::Equals,
        resource.root(),
        written(one.root())
    ));
    assert!(matches!(written(one.root()), Value::Float(_)));
}

#[test]
fn counted_integers() {
    for (operator, value, expect) in [
        (Operator::Equals, Value::Int(2), true),
        (Operator::Equals, Value::Float(2.0), true),
        (Operator::Equals, Value::Float(2.5), false),
        (Operator::Equals, Value::Str("2"), true),
        (Operator::Equals, Value::Str("2.0"), false),
        (Operator::NotEquals, Value::Str("2.0"), true),
        (Operator::GreaterThan, Value::Float(1.5), true),
        (Operator::GreaterThan, Value::Str("1.5"), true),
        (Operator::LessThan, Value::Str("3s"), true),
        (Operator::AnyIn, Value::Str("1-3"), true),
    ] {
        assert_eq!(
            evaluate(operator, Value::Int(2), value),
            expect,
            "{operator:?} {value:?}"
        );
    }
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn a_lone_key_among_values() {
    check(r#""a""#,         "AnyIn",     r#"["x", "a"]"#,      true);
    check(r#""a""#,         "AllIn",     r#"["x"]"#,           false);
    check(r#""a""#,         "AnyNotIn",  r#"["x"]"#,           true);
    check(r#""a""#,         "AllNotIn",  r#"["?"]"#,           false);
    check(r#""a*""#,        "AnyIn",     r#"["abc"]"#,         true);
    check("1000000",        "AnyIn",     r#"["1e+06"]"#,       true);
    check("80",             "AnyIn",     "[80]",               true);
    check("true",           "AnyIn",     r#"["true"]"#,        true);
    check(r#""a""#,         "AnyIn",     r#""a*""#,            true);
    check(r#""a""#,         "AnyIn",     r#""[\"a\", \"b\"]""#, true);
    check(r#""a""#,         "AnyIn",     r#""[\"?\"]""#,       false);
    check(r#""a*""#,        "AnyIn",     r#""abc""#,           false);
    check("5",              "AnyIn",     r#""1-10""#,          true);
    check("5",              "AnyNotIn",  r#""1-10""#,          false);
    check(r#""5Mi""#,       "AllIn",     r#""1Mi-1Gi""#,       true);
    check("5",              "AnyIn",     r#""10!-20""#,        false);
    check("5",              "AnyNotIn",  r#""10!-20""#,        true);
    // Nothing to look into: false, whatever is asked.
    check(r#""a""#,         "AnyNotIn",  "1",                  false);
    check(r#""a""#,         "AllNotIn",  "null",               false);
    check(r#""a""#,         "AnyNotIn",  "{}",                 false);
    check(r#""a""#,         "AnyNotIn",  r#""[1]""#,           false);
    check(r#"{}"#,          "AnyNotIn",  "[]",                 false);
    check("null",           "AllNotIn",  "[]",                 false);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn a_list_among_values() {
    check(r#"["a", "b"]"#,  "AnyIn",     r#"["b", "c"]"#,      true);
    check(r#"["a", "b"]"#,  "AllIn",     r#"["b", "c"]"#,      false);
    check(r#"["a", "b"]"#,  "AllIn",     r#"["*"]"#,           true);
    check(r#"["a", "b"]"#,  "AnyNotIn",  r#"["b", "c"]"#,      true);
    check(r#"["a", "b"]"#,  "AllNotIn",  r#"["b", "c"]"#,      false);
    check("[]",             "AnyIn",     r#"["a"]"#,           false);
    check("[]",             "AllIn",     r#"["a"]"#,           true);
    check("[]",             "AnyNotIn",  r#"["a"]"#,           false);
    check("[]",             "AllNotIn",  r#"["a"]"#,           true);
    check("[80, 443]",      "AllIn",     "[443, 80]",          true);
    check(r#"[["a"]]"#,     "AnyIn",     r#"["[a]"]"#,         true);
    check("[1]",            "AnyIn",     "1",                  true);
    check("[1]",            "AllIn",     "1",                  false);
    check("[2]",            "AnyNotIn",  "1",                  true);
    check("[2]",            "AllNotIn",  "1",                  false);
    check("[5, 15]",        "AnyIn",     r#""1-10""#,          true);
    check("[5, 15]",        "AllIn",     r#""1-10""#,          false);
    check("[5, 15]",        "AnyNotIn",  r#""1-10""#,          true);
    check("[5, 15]",        "AllNotIn",  r#""1-10""#,          false);
    // A text that is no number lies neither in a range nor outside of it.
    check(r#"["x"]"#,       "AnyNotIn",  r#""1-10""#,          false);
    check(r#"["x"]"#,       "AllNotIn",  r#""1-10""#,          true);
    check(r#"["a*"]"#,      "AnyIn",     r#""[\"abc\"]""#,     true);
    check(r#"["1-10"]"#,    "AllNotIn",  r#""1-10""#,          false);
    check(r#"["a"]"#,       "AnyIn",     r#""{}""#,            false);
    check(r#"["a"]"#,       "AnyNotIn",  r#""{}""#,            false);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn old_sets() {
    check(r#""a""#,         "In",        r#"["?"]"#,           true);
    check(r#""a""#,         "NotIn",     r#"["?"]"#,           false);
    check(r#""a""#,         "In",        r#""a*""#,            true);
    check(r#""a""#,         "In",        r#""b""#,             false);
    check(r#""a""#,         "NotIn",     r#""b""#,             false);
    check(r#""a""#,         "NotIn",     r#""[\"b\"]""#,       true);
    check(r#"["a", "b"]"#,  "In",        r#"["b", "a", "c"]"#, true);
    check(r#"["a", "b"]"#,  "In",        r#"["?", "a"]"#,      false);
    check(r#"["a", "b"]"#,  "NotIn",     r#"["b"]"#,           true);
    check(r#"["a"]"#,       "NotIn",     r#"["a", 1]"#,        false);
    check(r#"["a"]"#,       "In",        r#""a""#,             true);
    check(r#"["a"]"#,       "NotIn",     r#""a""#,             true);
    check(r#"["a"]"#,       "NotIn",     r#""b""#,             false);
    check(r#"["a"]"#,       "NotIn",     r#""[\"b\"]""#,       true);
    check(r#"[1]"#,         "NotIn",     r#"["a"]"#,           false);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn order() {
    check("2",              "GreaterThan",         "1.5",             true);
    check("2",              "GreaterThan",         r#""1.5""#,        true);
    check("2",              "LessThanOrEquals",    "2",               true);
    check("10",             "GreaterThan",         r#""9""#,          true);
    check(r#""10""#,        "GreaterThan",         r#""9""#,          true);
    check(r#""10""#,        "GreaterThan",         "9",               true);
    check(r#""2Gi""#,       "GreaterThan",         r#""1500Mi""#,     true);
    check(r#""90s""#,       "GreaterThan",         "1",               true);
    check(r#""90s""#,       "LessThan",            r#""2m""#,         true);
    check("90",             "GreaterThan",         r#""1m""#,         true);
    check(r#""1.10.0""#,    "GreaterThan",         r#""1.9.0""#,      true);
    check(r#""1.0.0-rc1""#, "LessThan",            r#""1.0.0""#,      true);
    check(r#""v1.10.0""#,   "GreaterThan",         r#""v1.9.0""#,     false);
    check(r#""b""#,         "GreaterThan",         r#""a""#,          false);
    check("true",           "GreaterThanOrEquals", "true",            false);
    check("[2]",            "GreaterThan",         "1",               false);
    check("null",           "LessThan",            "1",               false);
    // A number of seconds beyond 64 bits of nanoseconds wraps around.
    check("1e21",           "GreaterThan",         r#""1h""#,         false);
    check(r#""2h""#,        "DurationGreaterThan", r#""90m""#,        true);
    check(r#""2h""#,        "DurationGreaterThan", "7200",            false);
    check("7200.9",         "DurationLessThanOrEquals", r#""2h""#,    true);
    check(r#""0""#,         "DurationLessThan",    r#""1s""#,         true);
    check(r#""1Gi""#,       "DurationGreaterThan", "0",               false);
}

#[test]
fn names() {
    for operator in Operator::ALL {
        assert_eq!(Operator::parse(operator.name()), Some(operator));
        assert_eq!(Operator::parse_lenient(operator.name()), Some(operator));
    }
    for (name, exact, lenient) in [
        ("Equal", Some(Operator::Equals), Some(Operator::Equals)),
        (
            "NotEqual",
            Some(Operator::NotEquals),
            Some(Operator::NotEquals),
        ),
        ("equals", None, Some(Operator::Equals)),
        ("ANYNOTIN", None, Some(Operator::AnyNotIn)),
        ("notequal", None, Some(Operator::NotEquals)),
        ("greaterthan", None, None),
        ("durationLessThan", None, None),
        (" Equals", None, None),
        ("Contains", None, None),
        ("", None, None),
    ] {
        assert_eq!(Operator::parse(name), exact, "`{name}`");
        assert_eq!(Operator::parse_lenient(name), lenient, "`{name}`");
    }
}

fn read(text: &str, numbers: Numbers) -> Document {
    Document::from_json(text.as_bytes(), numbers).unwrap()
}

/// A value met once and a constant must give the same answer, so every row asks both.
#[track_caller]
fn check(key: &str, operator: &str, value: &str, expect: bool) {
    let (key, value) = (read(key, Numbers::Doubles), read(value, Numbers::Doubles));
    let (key, value) = (key.root(), value.root());
    let known = Operator::parse(operator).unwrap();
    assert_eq!(
        evaluate(known, key, value),
        expect,
        "{key:?} {operator} {value:?}"
    );
    let constant = Constant::new(value);
    assert_eq!(
        evaluate(known, key, &constant),
        expect,
        "{key:?} {operator} constant {value:?}"
    );
}
