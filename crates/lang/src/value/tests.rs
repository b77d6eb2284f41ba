use bumpalo::Bump;

use super::{Document, JsonStyle, Numbers, Value, list, object, to_json, to_json_with, yaml};

#[test]
fn yaml_becomes_json() {
    check(
        "scalars",
        "a: 1\nb: yes\nc: 'yes'\nd: ~\n",
        r#"{"a":1,"b":true,"c":"yes","d":null}"#,
    );
    check(
        "keys are text",
        "1: a\ntrue: b\n1.5: c\n",
        r#"{"1":"a","1.5":"c","true":"b"}"#,
    );
    check("last key wins", "a: 1\nb: 2\na: 3\n", r#"{"a":3,"b":2}"#);
    check(
        "anchor and alias",
        "a: &x {k: 1}\nb: *x\n",
        r#"{"a":{"k":1},"b":{"k":1}}"#,
    );
    check(
        "merge key",
        "a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  k: 3\n",
        r#"{"a":{"k":1,"l":2},"b":{"k":3,"l":2}}"#,
    );
    check("block text ends its line", "a: |\n  x", r#"{"a":"x\n"}"#);
    check("binary", "a: !!binary aGk=\n", r#"{"a":"hi"}"#);
    check("text by tag", "a: !!str 1\n", r#"{"a":"1"}"#);
    check(
        "JSON is YAML",
        r#"{"a": [1, 1.5, "x"]}"#,
        r#"{"a":[1,1.5,"x"]}"#,
    );
}

#[track_caller]
fn check(case: &str, text: &str, expect: &str) {
    let document = yaml::read_one(text, Numbers::AsWritten).unwrap();
    assert_eq!(to_json(document.root()), expect, "{case}");
}

#[test]
fn raw_yaml_ends_where_it_ends() {
    check_raw("block text", "a: |\n  x\n  y", r#"{"a":"x\ny"}"#);
    check_raw("folded text", "- >+\n x", r#"["x"]"#);
    check_raw("with a newline", "a: |\n  x\n", r#"{"a":"x\n"}"#);
    check_raw("not the last", "a: |\n  x\nb: z", r#"{"a":"x\n","b":"z"}"#);
    check_raw("a comment behind", "a: |\n  x\n# y", r#"{"a":"x\n"}"#);
    check_raw("quoted", "\"x\\n\"", r#""x\n""#);
    check_raw("nothing", "", "null");
    check_raw("more documents", "a: 1\n---\n[", r#"{"a":1}"#);
    check_raw("a directive", "%YAML 1.1\n---\na: 1", r#"{"a":1}"#);
    check_raw(
        "another version",
        "%YAML 1.2\n---\na: 1",
        "found incompatible YAML document",
    );
}

#[track_caller]
fn check_raw(case: &str, text: &str, expect: &str) {
    let got = match yaml::read_raw(text, Numbers::AsWritten) {
        Ok(document) => to_json(document.root()),
        Err(error) => error.to_string(),
    };
    assert_eq!(got, expect, "{case}");
}

#[test]
fn tabs_do_not_indent() {
    for text in [
        "\ta: 1",
        "a:\n\tb: 1",
        "a:\n  - x\n\t- y",
        "-\tx",
        "\t- x",
        "-\t- x",
    ] {
        assert!(
            yaml::read_one(text, Numbers::AsWritten).is_err(),
            "{text:?}"
        );
    }
    for text in [
        "a:\t1",
        "[\t1,\n\t2]",
        "{\n\ta: 1}",
        "a: |\n  x\n  \ty\n",
        "a: x\n\t\n",
    ] {
        assert!(yaml::read_one(text, Numbers::AsWritten).is_ok(), "{text:?}");
    }
}

#[test]
fn a_broken_document_hurts_no_other() {
    let read = yaml::read("a: 1\n---\nb: [1\n---\nc: 3\n", Numbers::AsWritten);
    let shown: Vec<_> = read
        .iter()
        .map(|r| {
            r.as_ref()
                .map(|d| to_json(d.root()))
                .map_err(|e| e.at.start)
        })
        .collect();
    assert_eq!(shown.len(), 3);
    assert_eq!(shown[0].as_deref(), Ok(r#"{"a":1}"#));
    assert!(
        shown[1].as_ref().is_err_and(|at| (9..18).contains(at)),
        "{:?}",
        shown[1]
    );
    assert_eq!(shown[2].as_deref(), Ok(r#"{"c":3}"#));
}

#[test]
fn every_node_knows_its_place() {
    let text = "a: 1\n---\nspec:\n  rules:\n  - name: x\n";
    let read = yaml::read(text, Numbers::AsWritten);
    let document = read[1].as_ref().unwrap();
    let rules = document
        .item()
        .get("spec")
        .and_then(|spec| spec.get("rules"))
        .unwrap();
    let rule = rules.elements().next().unwrap();
    let name = rule.entries().next().unwrap();
    assert_eq!(&text[name.key_span.start..name.key_span.end], "name");
    assert_eq!(&text[name.item.span().start..name.item.span().end], "x");
    let alone = rule.to_document();
    assert_eq!(to_json(alone.root()), r#"{"name":"x"}"#);
    assert_eq!(alone.item().get("name").unwrap().span(), name.item.span());
    // A part is no copy.
    let texts = [alone.root().text("name"), rule.value().text("name")];
    assert_eq!(texts[0].as_ptr(), texts[1].as_ptr());
}

#[test]
fn hostile_yaml_is_an_error() {
    let deep = "[".repeat(10_000);
    assert!(yaml::read_one(&deep, Numbers::AsWritten).is_err());
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, of) in ["b", "c", "d", "e", "f", "g", "h"]
        .iter()
        .zip(["a", "b", "c", "d", "e", "f", "g"])
    {
        bomb += &format!(
            "{name}: &{name} [*{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}]\n"
        );
    }
    assert!(yaml::read_one(&bomb, Numbers::AsWritten).is_err());
}

#[test]
fn numbers_print_as_go_prints_them() {
    #[rustfmt::skip] // A table: its columns stay aligned.
    let table = [
        (1.0, "1"), (1.5, "1.5"), (1e20, "100000000000000000000"), (1e21, "1e+21"), (1e-6, "0.000001"),
        (1e-7, "1e-7"), (1.25e-9, "1.25e-9"), (0.0, "0"), (-0.0, "-0"), (123456789.0, "123456789"),
    ];
    for (number, expect) in table {
        assert_eq!(to_json(Value::Float(number)), expect);
    }
    let padded = JsonStyle {
        pad_exponents: true,
        ..JsonStyle::default()
    };
    assert_eq!(to_json_with(Value::Float(1e-7), padded), "1e-07");
}

#[test]
fn text_is_escaped_as_go_escapes_it() {
    let html = JsonStyle {
        escape_html: true,
        ..JsonStyle::default()
    };
    assert_eq!(
        to_json(Value::Str("<a&\"\n\u{1}\u{2028}é")),
        "\"<a&\\\"\\n\\u0001\\u2028é\""
    );
    assert_eq!(
        to_json_with(Value::Str("<&>"), html),
        r#""\u003c\u0026\u003e""#
    );
}

#[test]
fn indented_json() {
    let bump = Bump::new();
    let value = object(
        &bump,
        [
            ("b", list(&bump, [Value::Int(1), Value::Null])),
            ("a", object(&bump, [])),
        ],
    );
    let style = JsonStyle {
        indent: Some(2),
        ..JsonStyle::default()
    };
    assert_eq!(
        to_json_with(value, style),
        "{\n  \"a\": {},\n  \"b\": [\n    1,\n    null\n  ]\n}"
    );
}

#[test]
fn equality_keeps_the_kinds_of_number_apart() {
    let bump = Bump::new();
    let policy = Document::from_json(b"[1]", Numbers::AsWritten).unwrap();
    let resource = Document::from_json(b"[1]", Numbers::Doubles).unwrap();
    assert_ne!(policy.root(), resource.root());
    let one = object(
        &bump,
        [("b", true.into()), ("a", "x".into()), ("b", false.into())],
    );
    let other = Document::from_json(br#"{"a":"x","b":false}"#, Numbers::AsWritten).unwrap();
    assert_eq!(one, other.root());
}

#[test]
fn json_errors_say_where() {
    let error = Document::from_json(br#"{"a": tru}"#, Numbers::AsWritten).unwrap_err();
    assert!(error.to_string().starts_with("invalid JSON"), "{error}");
}
