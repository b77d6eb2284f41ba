//! Whatever text a document is read from: a document or an error, and what was read is what stood there.

use bumpalo::Bump;
use proptest::prelude::*;

use super::{Document, Numbers, Value, parse_json, to_json, yaml};

/// Pieces of JSON one after the other, and now and then anything else.
fn json_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        20 => prop::sample::select(vec![
            "{", "}", "[", "]", ",", ":", "\"", "\"a\":", "\"a\"", "\"\"", "null", "true", "false", "0", "-", "1", ".5", "e9", "1e400",
            "-0", "18446744073709551616", "9223372036854775808", r"\", r"\u00e9", r"\ud800", r"\udc00", r"\u0000", " ", "\n", "tru", "NaN",
            "{\"a\":1}", "[1,2]", "\"é\"",
        ]).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..3),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// JSON, and one byte of it changed, or none.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let change = prop::option::of((any::<prop::sample::Index>(), any::<u8>()));
    (json(), change).prop_map(|(json, change)| {
        let mut text = json.to_string().into_bytes();
        if let Some((at, byte)) = change {
            let at = at.index(text.len());
            text[at] = byte;
        }
        text
    })
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        // Without -0, which YAML reads as 0.
        any::<f64>().prop_map(|number| (number + 0.0).into()),
        ".{0,8}".prop_map(Into::into),
        prop::sample::select(vec![
            "yes",
            "0777",
            "1_000",
            "~",
            "null",
            "- a",
            "a: b",
            "#",
            "a #b",
            " a",
            "a ",
            "\n",
            "a\n",
            "a\n\n",
            "\ta",
            " a\nb",
            "1e3",
            ".inf",
            "0x1f",
            "2024-01-01",
            "<<",
            "=",
            "---",
            "...",
            "|",
            "&a",
            "*a",
            "!t",
            "%",
            "@",
            "`",
            "'",
            "\"",
            "{",
            "[",
            "?",
            ": ",
            "a:",
            "\u{85}",
            "\u{feff}",
            "1:30",
        ])
        .prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map(".{0,4}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn yaml_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        20 => prop::sample::select(vec![
            "a: ", "b:\n", "- ", "  ", "\n", "\n  ", "\n- ", "---\n", "...\n", "--- ", "? ", ": ", ",", "[", "]", "{", "}", "&x ", "*x", "<<: *x",
            "!!str ", "!!binary ", "!t ", "|", ">", "|-\n", ">2\n", "'", "\"", "\\", "# c\n", "\t", "yes", "0777", "0x1", "1_0", "~", ".nan", "2001-01-01",
            "%YAML 1.1\n", "%TAG ! t:\n", "key", "\"q\": ", "'s': ", "\r\n", "\r", "\u{2028}", "1e3", "- - ", "\u{feff}", "@", "`",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

/// `serde_json`'s view of a value, whose numbers are all doubles.
fn seen(value: Value<'_>) -> serde_json::Value {
    serde_json::from_str(&to_json(value)).unwrap()
}

/// Is it read `again` to the letter? But for a double that is -0: it is written as `-0`, which is a whole
/// number, and those have no -0.
fn is_kept(value: Value<'_>, again: Value<'_>) -> bool {
    match (value, again) {
        (Value::Float(zero), Value::Int(0)) if zero.to_bits() == (-0.0_f64).to_bits() => true,
        (Value::List(list), Value::List(again)) => {
            let mut items = list.iter().zip(again);
            list.len() == again.len() && items.all(|(item, again)| is_kept(item, again))
        }
        (Value::Map(map), Value::Map(again)) => {
            let mut fields = map.iter().zip(again);
            let same =
                |((key, value), (again_key, again))| key == again_key && is_kept(value, again);
            map.len() == again.len() && fields.all(same)
        }
        _ => to_json(value) == to_json(again),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8 * ProptestConfig::default().cases))]

    #[test]
    fn json_is_read_as_everybody_reads_it(text in prop_oneof![json_text(), nearly_json()]) {
        let others = serde_json::from_slice::<serde_json::Value>(&text);
        match Document::from_json(&text, Numbers::AsWritten) {
            Ok(document) => {
                let again = Document::from_json(to_json(document.root()).as_bytes(), Numbers::AsWritten).unwrap();
                prop_assert!(is_kept(document.root(), again.root()), "{:?} {:?}", document.root(), again.root());
                if let Ok(others) = &others {
                    let others = Document::from_json(others.to_string().as_bytes(), Numbers::Doubles).unwrap();
                    let doubles = Document::from_json(&text, Numbers::Doubles).unwrap();
                    prop_assert_eq!(doubles.root(), others.root());
                }
            }
            Err(error) => prop_assert!(others.is_err() && error.offset <= text.len() + 1, "{error}: {others:?}"),
        }
        let Ok(text) = str::from_utf8(&text) else { return Ok(()) };
        let bump = Bump::new();
        match parse_json(&bump, text) {
            Ok(value) => prop_assert!(others.as_ref().is_ok_and(|others| seen(value).is_number() || seen(value) == seen_as(others)) || text.contains(r"\ud"), "{text}"),
            Err(error) => prop_assert!(others.is_err(), "{text}: {error}"),
        }
    }

    #[test]
    fn yaml_ends_in_documents_and_errors(text in yaml_text()) {
        for read in yaml::read(&text, Numbers::AsWritten) {
            match read {
                Ok(document) => {
                    let json = to_json(document.root());
                    let again = Document::from_json(json.as_bytes(), Numbers::AsWritten);
                    prop_assert_eq!(again.map(|again| to_json(again.root())).ok(), Some(json));
                    let at = document.item().span();
                    prop_assert!(at.start <= at.end && at.end <= text.len(), "{at:?} of {}", text.len());
                }
                Err(error) => prop_assert!(error.at.start <= error.at.end && error.at.end <= text.len(), "{error:?} of {}", text.len()),
            }
        }
        let _ = yaml::read_raw(&text, Numbers::Doubles);
    }

    #[test]
    fn printed_yaml_reads_back(json in json()) {
        let document = Document::from_json(json.to_string().as_bytes(), Numbers::AsWritten).unwrap();
        let printed = yaml::write(document.root());
        let again = yaml::read_one(&printed, Numbers::AsWritten);
        prop_assert_eq!(again.map(|again| to_json(again.root())), Ok(to_json(document.root())), "{}", printed);
    }
}

fn seen_as(other: &serde_json::Value) -> serde_json::Value {
    let document = Document::from_json(other.to_string().as_bytes(), Numbers::Doubles).unwrap();
    seen(document.root())
}

#[test]
fn hostile_depth_is_an_error() {
    for deep in [
        "[".repeat(1 << 20),
        "{\"a\":".repeat(1 << 20),
        "[".repeat(1 << 18) + &"]".repeat(1 << 18),
    ] {
        assert!(Document::from_json(deep.as_bytes(), Numbers::AsWritten).is_err());
        assert!(yaml::read_one(&deep, Numbers::AsWritten).is_err());
    }
}

#[test]
fn integers_that_need_more_than_64_bits_are_doubles() {
    let read = |text: &str| {
        let document = Document::from_json(text.as_bytes(), Numbers::AsWritten).ok()?;
        Some(to_json(document.root()))
    };
    let check = |text: &str, expect: Option<f64>| {
        let expect = expect.map(|number| to_json(Value::Float(number)));
        assert_eq!(read(text), expect, "{text}");
    };
    check("18446744073709551616", Some(18_446_744_073_709_551_616.0));
    check("-9223372036854775809", Some(-9_223_372_036_854_775_809.0));
    check("99999999999999999999999999", Some(1e26));
    check(&"9".repeat(400), None);
}
