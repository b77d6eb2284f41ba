//! Whatever is asked, of whatever document: an answer or an error, within the budget.

use bumpalo::Bump;
use proptest::prelude::*;

use super::tests::{NoInputs, ask};
use super::{Env, Query, QueryError};
use crate::functions::ALL;
use crate::value::{Document, Numbers, to_json};

/// Documents of few keys, so that expressions find something.
fn document() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "null",
        "true",
        "0",
        "-1.5",
        "1e21",
        r#""""#,
        r#""a""#,
        r#""1Gi""#,
        r#""1h""#,
        r#""é(""#,
        r#""2024-02-29T23:59:59Z""#,
        r#""1.2.3""#,
    ]);
    leaf.prop_map(str::to_owned)
        .prop_recursive(4, 30, 4, |inner| {
            let list = prop::collection::vec(inner.clone(), 0..4);
            let map = prop::collection::vec((key(), inner), 0..4);
            prop_oneof![
                list.prop_map(|items| format!("[{}]", items.join(","))),
                map.prop_map(|entries| {
                    let entries = entries
                        .iter()
                        .map(|(key, value)| format!("\"{key}\":{value}"));
                    format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
                }),
            ]
        })
}

fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c", "d"])
}

/// Expressions that parse, with every function there is.
fn expression() -> impl Strategy<Value = String> {
    let literals = document().prop_map(|json| format!("`{json}`"));
    let leaf = prop_oneof![
        key().prop_map(str::to_owned),
        Just("@".to_owned()),
        literals
    ];
    let functions: Vec<&str> = ALL.iter().map(|function| function.name).collect();
    leaf.prop_recursive(6, 40, 4, move |inner| {
        let two = (inner.clone(), inner.clone());
        let call = (
            prop::sample::select(functions.clone()),
            prop::collection::vec(argument(inner.clone()), 0..4),
        );
        let operator = prop::sample::select(vec!["||", "&&", "|", "==", "!=", "<", ">="]);
        let suffix = prop::sample::select(vec![
            ".a",
            ".*",
            ".*.b",
            "[*]",
            "[*].a",
            "[]",
            "[0]",
            "[-1]",
            "[1:]",
            "[::-2]",
            "[?a]",
            "[?@ == b].c",
        ]);
        prop_oneof![
            call.prop_map(|(name, arguments)| format!("{name}({})", arguments.join(", "))),
            (two.clone(), operator)
                .prop_map(|((a, b), operator)| format!("({a}) {operator} ({b})")),
            (inner.clone(), suffix).prop_map(|(a, suffix)| format!("({a}){suffix}")),
            two.clone().prop_map(|(a, b)| format!("[{a}, {b}]")),
            two.prop_map(|(a, b)| format!("{{x: {a}, y: {b}}}")),
            inner.prop_map(|a| format!("!({a})")),
        ]
    })
}

fn argument(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (inner, any::<bool>()).prop_map(|(body, lambda)| match lambda {
        true => format!("&({body})"),
        false => body,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8 * ProptestConfig::default().cases))]

    #[test]
    fn any_expression_ends(expr in expression(), json in document()) {
        let document = Document::from_json(json.as_bytes(), Numbers::Doubles).unwrap();
        let query = Query::parse(&expr).unwrap();
        let once = Query::parse_once(&expr).unwrap();
        let bump = Bump::new();
        let answer = query.search(document.root(), &Env::with_steps(&bump, &NoInputs, 20_000));
        prop_assert!(bump.allocated_bytes() < 64 << 20, "{expr} on {json}");
        let other = once.search(document.root(), &Env::with_steps(&bump, &NoInputs, 20_000));
        if answer.is_ok() && other.is_ok() {
            prop_assert_eq!(answer.map(to_json), other.map(to_json));
        }
    }

    #[test]
    fn any_text_parses_or_does_not(
        text in r#"([a-z]|[ .,:@*&|!<>=?'`"\\(){}\[\]$#-]|[0-9é]|\[\?|\[\]|\|\||&&|`1`|'x'|sum\(){0,30}"#,
        json in document(),
    ) {
        let document = Document::from_json(json.as_bytes(), Numbers::Doubles).unwrap();
        match Query::parse(&text) {
            Ok(query) => {
                let bump = Bump::new();
                let env = Env::with_steps(&bump, &NoInputs, 20_000);
                let _ = query.search(document.root(), &env).map(to_json);
            }
            Err(error) => prop_assert!(error.at.end <= text.len() && !error.highlight(&text).is_empty()),
        }
    }
}

#[test]
fn hostile_values_end_in_an_error() {
    let doubled = "@".to_owned() + " | [@, @]".repeat(60).as_str();
    for expr in [
        doubled.clone(),
        format!("({doubled}) == ({doubled})"),
        format!("to_string({doubled})"),
        format!("contains([{doubled}], {doubled})"),
        "@".to_owned() + " | to_string([@, @])".repeat(60).as_str(),
        "'aaaaaaaa'".to_owned() + " | replace_all(@, 'a', @)".repeat(60).as_str(),
        "'aaaaaaaa'".to_owned() + " | join(@, [@, @, @])".repeat(60).as_str(),
        "'aaaaaaaa'".to_owned() + " | regex_replace_all('a', @, @)".repeat(60).as_str(),
        "map(&regex_match(join('', ['a', '{1000}', @, '']), @), keys(@))".to_owned(),
        format!(
            "map(&regex_match(@, @), [{}])",
            r"'(\pL{50}){19}', ".repeat(40) + "''"
        ),
        "map(&random('[a-z]{1000}'), ".to_owned() + "[@][] | [@, @][]" + ")",
    ] {
        let bounded = Query::parse(&expr).map(|_| ask(&expr, 100_000));
        match bounded {
            Ok(Err(QueryError::TooMuchWork { .. } | QueryError::Invalid(_))) => {}
            Ok(Ok(json)) => assert!(json.len() < 1 << 20, "{expr}"),
            other => panic!("{expr}: {other:?}"),
        }
    }
}

#[test]
fn hostile_expressions_end_in_an_error() {
    let deep = |open: &str, close: &str| open.repeat(50_000) + "a" + &close.repeat(50_000);
    for text in [
        deep("(", ")"),
        deep("[", "]"),
        deep("!", ""),
        deep("{a: ", "}"),
        deep("abs(", ")"),
        deep("& ", ""),
        deep("a[*].", ""),
        deep("a.", ""),
        deep("a || ", ""),
        deep("", "[0]"),
        deep("", "[]"),
    ] {
        let error = Query::parse(&text).unwrap_err().to_string();
        assert!(error.contains(" than "), "{error}");
    }
    let many = "nested[]".to_owned() + " | [@, @][]".repeat(60).as_str();
    assert_eq!(
        ask(&many, 10_000),
        Err(QueryError::TooMuchWork { limit: 10_000 })
    );
    // Not even what reads over every other fault reads over this one.
    assert_eq!(
        ask(&format!("({many})[] || 'x'"), 10_000),
        Err(QueryError::TooMuchWork { limit: 10_000 })
    );
}
