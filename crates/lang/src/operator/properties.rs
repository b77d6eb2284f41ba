//! What holds of every operator, key and value.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{Constant, Operator, evaluate};
use crate::value::{Document, Numbers};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16 * ProptestConfig::default().cases))]

    #[test]
    fn a_constant_answers_like_its_value(key in value(), value in value()) {
        let (key, value) = (document(&key), document(&value));
        let constant = Constant::new(value.root());
        for operator in Operator::ALL {
            prop_assert_eq!(
                evaluate(operator, key.root(), value.root()),
                evaluate(operator, key.root(), &constant),
                "{:?}", operator
            );
        }
    }

    #[test]
    fn opposites(key in value(), value in value()) {
        let (key, value) = (document(&key), document(&value));
        let holds = |operator| evaluate(operator, key.root(), value.root());
        let (yes, no) = (holds(Operator::Equals), holds(Operator::NotEquals));
        prop_assert_eq!(yes ^ no, !key.root().is_null());
        prop_assert!(!(holds(Operator::GreaterThan) && holds(Operator::LessThanOrEquals)));
        prop_assert!(!(holds(Operator::LessThan) && holds(Operator::GreaterThanOrEquals)));
        prop_assert!(!holds(Operator::GreaterThan) || holds(Operator::GreaterThanOrEquals));
        prop_assert!(!holds(Operator::DurationLessThan) || holds(Operator::DurationLessThanOrEquals));
        // Of a list that is not empty.
        if key.root().as_list().is_some_and(|keys| !keys.is_empty()) {
            prop_assert!(!holds(Operator::AllIn) || holds(Operator::AnyIn));
        }
        prop_assert!(!(holds(Operator::AnyIn) && holds(Operator::AllNotIn)));
    }
}

fn document(json: &Json) -> Document {
    Document::from_json(json.to_string().as_bytes(), Numbers::AsWritten).unwrap()
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab*?]{0,3}",
        "[-+]?[0-9]{1,3}(\\.5)?(Gi|m|s|h|ms|e3)?",
        "[-+|]?[0-9]{1,2}[a-z]?!?-[-]?[0-9]{1,2}[a-z]?",
        "[0-9]\\.[0-9]{1,2}\\.[0-9](-rc[0-9])?",
        Just("[\"a\", \"b\"]".to_owned()),
        "[\\[\\]{}\",:a1 ]{0,6}",
        "\\PC{0,4}",
    ]
}

fn scalar() -> impl Strategy<Value = Json> {
    prop_oneof![
        1 => Just(Json::Null),
        1 => any::<bool>().prop_map(Json::from),
        1 => (-3i64..100).prop_map(Json::from),
        1 => any::<i64>().prop_map(Json::from),
        1 => any::<f64>().prop_map(Json::from),
        4 => text().prop_map(Json::from),
    ]
}

fn value() -> impl Strategy<Value = Json> {
    prop_oneof![
        3 => scalar(),
        1 => prop::collection::vec(scalar(), 0..4).prop_map(Json::from),
        1 => prop::collection::vec(scalar(), 0..3).prop_map(|items| json!([items, {"a": 1}])),
        1 => scalar().prop_map(|item| json!({"a": item})),
    ]
}
