//! Whatever the ConfigMap and the settings file say: settings, and what is wrong with them.

use std::collections::BTreeMap;

use portcullis_engine::doc::FailurePolicy;
use portcullis_lang::scalar::wildcard;
use proptest::prelude::*;
use proptest::sample::select;

use super::config_map::Config;
use super::filters::{About, Exclusions, Names, ResourceFilters, Standing};
use super::read::read;

fn pieces(of: Vec<&'static str>) -> impl Strategy<Value = String> {
    let piece = prop_oneof![8 => select(of).prop_map(str::to_owned), 1 => ".{0,3}"];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn filters() -> impl Strategy<Value = String> {
    pieces(vec![
        "[",
        "]",
        "][",
        ",",
        "*",
        "?",
        " ",
        "\n",
        "Pod",
        "Event",
        "/",
        "v1",
        "apps",
        "Pod/exec",
        "*/*",
        ".",
        "kube-system",
        "a",
        "[*,a,*]",
        "é",
    ])
}

fn file() -> impl Strategy<Value = String> {
    pieces(vec![
        "auditEverything: ",
        "true",
        "\n",
        "defaultFailureMode: ",
        "Fail",
        "Ignore",
        "failureModes:\n",
        "- ",
        "  ",
        "mode: ",
        "policies: ",
        "[a]",
        "[]",
        "namespaces: ",
        "{",
        "}",
        ",",
        "---\n",
        "&a ",
        "*a",
        "\"",
        "'",
        "#",
        "\t",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4 * ProptestConfig::default().cases))]

    #[test]
    fn resource_filters(text in filters()) {
        let about = About { version: "v1", kind: "Pod", namespace: "a", name: "b", ..About::default() };
        let all = ResourceFilters::read(&text);
        // Each pair of brackets counts by itself.
        let mut inner = text.split('[').skip(1).filter_map(|part| part.split_once(']'));
        let one = |(inner, _): (&str, &str)| ResourceFilters::read(&format!("[{inner}]")).cover(&about);
        prop_assert_eq!(all.cover(&about), inner.any(one));
    }

    #[test]
    fn filters_mean_what_they_say(
        kind in select(vec!["Pod", "P*", "*", "Service", "v1/Pod"]), namespace in "[ab*?]{0,2}", name in "[ab*?]{0,2}",
    ) {
        let about = About { version: "v1", kind: "Pod", namespace: "a", name: "b", ..About::default() };
        let filters = ResourceFilters::read(&format!(" [ {kind}, {namespace} ,{name}]"));
        let fits = |pattern: &str, text: &str| pattern.is_empty() || wildcard::matches(pattern, text);
        prop_assert_eq!(filters.cover(&about), kind != "Service" && fits(&namespace, "a") && fits(&name, "b"));
    }

    #[test]
    fn exclusions(users in pieces(vec!["a", "b", "*", "?", "!", ",", " ", "system:", "!a"]), groups in pieces(vec!["g", "!g", "*", ","])) {
        let exclusions = Exclusions { users: Names::read(&users), groups: Names::read(&groups), ..Exclusions::default() };
        let standing = exclusions.standing("a", &["g"], &[], &[]);
        // Nobody is left out who is meant, whatever else is said.
        let meant = Names::read(&format!("{users},!a"));
        let meant = Exclusions { users: meant, ..exclusions }.standing("a", &["g"], &[], &[]);
        prop_assert_eq!(meant, Standing::Meant);
        prop_assert!(!users.is_empty() || !groups.is_empty() || standing == Standing::Plain);
    }

    #[test]
    fn config_maps(data in prop::collection::btree_map(
        select(vec!["resourceFilters", "excludeUsernames", "defaultRegistry", "enableDefaultRegistryMutation", "maxContextSize", "updateRequestThreshold", "x"]),
        prop_oneof![filters(), pieces(vec!["1", "Mi", "2Gi", "-", "e99", ".", "0", "true", "false", " ", "99999999999999999999"])],
        0..7,
    )) {
        let data: BTreeMap<_, _> = data.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let (config, wrong) = Config::read(&data, &Config::default());
        prop_assert!(wrong.len() <= 3, "{wrong:?}");
        // What was read once, and is not wrong, is read like that again.
        prop_assert_eq!(Config::read(&data, &config).0, config);
    }

    #[test]
    fn files(text in file()) {
        if let Err(why) = read(&text, FailurePolicy::Fail) {
            let place = why.split(": ").next().unwrap_or_default();
            let place = place.split_once(':').map(|(line, column)| (line.parse::<usize>(), column.parse::<usize>()));
            prop_assert!(matches!(place, Some((Ok(1..), Ok(1..)))), "{why}");
        }
    }
}
