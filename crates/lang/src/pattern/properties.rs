//! What holds of every pattern and every resource.

use bumpalo::Bump;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::mismatch::Path;
use super::scalar::{ScalarPattern, matches as scalar_matches};
use super::walk::Walk;
use super::{Mismatch, limits, matches};
use crate::value::{Document, Numbers, Value};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8 * ProptestConfig::default().cases))]

    #[test]
    fn every_match_ends_within_its_bounds(resource in value(), pattern in pattern()) {
        let (resource, pattern) = (resource.to_string(), pattern.to_string());
        let texts = resource.len() + pattern.len();
        let (resource, pattern) = (read(&resource, Numbers::Doubles), read(&pattern, Numbers::AsWritten));
        let bump = Bump::new();
        let mut walk = Walk::new(&bump);
        let _ = walk.value(resource.root(), pattern.root(), Path::Root);
        let (parts, of) = (nodes(&pattern), nodes(&resource) + 1);
        prop_assert!(walk.limits.steps <= 2 * parts * of, "{} steps", walk.limits.steps);
        let memory = bump.allocated_bytes();
        prop_assert!(memory <= 1024 + 32 * parts * texts, "{memory} bytes");
    }

    #[test]
    fn the_order_of_keys_does_not_count(resource in value(), pattern in pattern()) {
        let (straight, turned) = (Bump::new(), Bump::new());
        prop_assert_eq!(
            outcome(&resource.to_string(), &pattern.to_string(), &straight),
            outcome(&backwards(&resource), &backwards(&pattern), &turned)
        );
    }

    #[test]
    fn what_is_plain_matches_itself(plain in plain()) {
        let bump = Bump::new();
        prop_assert_eq!(outcome(&plain.to_string(), &plain.to_string(), &bump), Ok(()));
    }

    #[test]
    fn both_ways_to_read_a_scalar_agree(value in scalar(), pattern in scalar()) {
        let (value, pattern) = (document(&value), document(&pattern));
        let (value, pattern) = (value.root(), pattern.root());
        prop_assert_eq!(
            ScalarPattern::new(pattern).matches(value),
            scalar_matches(value, pattern)
        );
    }
}

#[test]
fn many_alternatives_are_found_as_each_by_itself() {
    let pattern = "a|b | c|d|e |f|g|h|x*|5|1Gi||!i & !i2|true|>10s";
    let ready = ScalarPattern::parse(pattern);
    for value in [
        json!("a"),
        json!("c"),
        json!("h"),
        json!("i"),
        json!("i2"),
        json!("xyz"),
        json!("5"),
        json!(5),
        json!("1024Mi"),
        json!(""),
        json!("true"),
        json!(true),
        json!(false),
        json!("20s"),
        json!(null),
        json!(["a"]),
        json!({}),
        json!(pattern),
        json!("z"),
    ] {
        let value = document(&value);
        let expect = scalar_matches(value.root(), Value::Str(pattern));
        assert_eq!(ready.matches(value.root()), expect, "{:?}", value.root());
    }
}

#[test]
fn deep_patterns_are_refused() {
    for (levels, expect) in [
        (limits::DEEPEST, None),
        (
            limits::DEEPEST + 2,
            Some("the pattern is nested too deeply"),
        ),
        (600, Some("the pattern is nested too deeply")),
    ] {
        let nested = |key: &str| {
            let open = format!("{{\"{key}\":[");
            open.repeat(levels / 2) + "1" + &"]}".repeat(levels / 2)
        };
        let bump = Bump::new();
        let found = outcome(&nested("a"), &nested("=(a)"), &bump);
        assert_eq!(
            found.err().map(|found| found.text),
            expect,
            "{levels} levels"
        );
    }
}

#[test]
fn costly_patterns_are_refused() {
    let many = |key: fn(usize) -> String| {
        let entries = (0..11_000).map(|n| (key(n), json!(1)));
        Json::Object(entries.collect()).to_string()
    };
    let bump = Bump::new();
    let found = outcome(
        &many(|n| format!("r{n}")),
        &many(|n| format!("=(p{n})")),
        &bump,
    );
    assert_eq!(
        found.err().map(|found| found.text),
        Some("matching the pattern takes too many comparisons on this resource")
    );
}

fn outcome<'v>(resource: &str, pattern: &str, bump: &'v Bump) -> Result<(), Mismatch<'v>> {
    let resource = read(resource, Numbers::Doubles);
    let pattern = read(pattern, Numbers::AsWritten);
    // Copied, so that the texts outlive both documents.
    matches(
        crate::value::copy(bump, resource.root()),
        crate::value::copy(bump, pattern.root()),
        bump,
    )
}

fn read(json: &str, numbers: Numbers) -> Document {
    Document::from_json(json.as_bytes(), numbers).unwrap()
}

fn document(json: &Json) -> Document {
    read(&json.to_string(), Numbers::AsWritten)
}

fn nodes(document: &Document) -> usize {
    fn count(value: crate::value::Value<'_>) -> usize {
        match value {
            crate::value::Value::List(items) => 1 + items.iter().map(count).sum::<usize>(),
            crate::value::Value::Map(map) => {
                1 + map.iter().map(|(_, item)| count(item)).sum::<usize>()
            }
            _ => 1,
        }
    }
    count(document.root())
}

/// The same JSON with every map written from its last key to its first.
fn backwards(value: &Json) -> String {
    match value {
        Json::Array(items) => {
            let items: Vec<_> = items.iter().map(backwards).collect();
            format!("[{}]", items.join(","))
        }
        Json::Object(map) => {
            let entry =
                |(key, item): (&String, &Json)| format!("{}:{}", json!(key), backwards(item));
            let entries: Vec<_> = map.iter().rev().map(entry).collect();
            format!("{{{}}}", entries.join(","))
        }
        scalar => scalar.to_string(),
    }
}

/// Texts of the characters that mean something, and others.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]{0,3}",
        "[-0-9]{1,3}(Gi|m|s|h|ms|e3|\\.5)?",
        "[<>=!]{0,2} ?[-0-9]{1,2}(Mi|m|s)?",
        "[0-9]{1,2}[a-z]?!?-[0-9]{1,2}[a-z]?",
        "[-!<>=|&*?.0-9a-cGims ]{0,8}",
        "\\PC{0,4}",
    ]
}

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        (-3i64..20).prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        text().prop_map(Json::from),
    ]
}

fn tree(
    leaf: impl Strategy<Value = Json> + 'static,
    key: impl Strategy<Value = String> + 'static,
) -> impl Strategy<Value = Json> {
    let key = key.boxed();
    leaf.prop_recursive(5, 60, 5, move |inner| {
        let entries = prop::collection::vec((key.clone(), inner.clone()), 0..5);
        prop_oneof![
            1 => prop::collection::vec(inner, 0..4).prop_map(Json::from),
            3 => entries.prop_map(|entries| Json::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[ab]",
        1 => "metadata",
        1 => "labels|annotations",
        1 => "a\\*|\\?|\\*",
    ]
}

fn value() -> impl Strategy<Value = Json> {
    tree(scalar(), name())
}

fn pattern() -> impl Strategy<Value = Json> {
    let key = ("[<=X^+]?", name(), any::<bool>()).prop_map(|(prefix, name, anchored)| {
        if anchored {
            format!("{prefix}({name})")
        } else {
            name
        }
    });
    tree(scalar(), key)
}

/// Maps and one-element lists of words and numbers: nothing in them means more than itself.
fn plain() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        "[a-z]{1,5}".prop_map(Json::from),
        (0i64..100).prop_map(Json::from)
    ];
    leaf.prop_recursive(4, 30, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|item| json!([item])),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}
