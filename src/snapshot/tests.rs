//! What stays in force while files change, break and heal.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::item::Item;
use super::ledger::Ledger;
use crate::source::{Change, Content};

/// One step: what happens to files (`None` removes one), what is in force after it (`policy=version`,
/// sorted), and what is found wrong (`file:line:column code policy`, sorted).
type Step<'a> = (&'a [(&'a str, Option<&'a str>)], &'a str, &'a str);

#[test]
#[rustfmt::skip] // A table: a step is a line.
fn policies_come_and_go_with_their_files() {
    let (a1, a2, b1) = (policy("a", "1"), policy("a", "2"), policy("b", "1"));
    check(&[
        (&[("x", Some(&a1)), ("y", Some(&b1))], "a=1 b=1", ""),
        (&[("x", Some(&a2))], "a=2 b=1", ""),
        (&[("y", None)], "a=2", ""),
        (&[("x", None), ("z", Some(&a2))], "a=2", ""),
        (&[("z", Some("kind: Pod\n"))], "", ""),
    ]);
}

#[test]
#[rustfmt::skip] // A table: a step is a line.
fn a_broken_policy_keeps_its_last_good_version_and_heals() {
    let (good, mended) = (policy("a", "1"), policy("a", "2"));
    let broken = good.replace("spec:", "spec:\n  rulez: []");
    check(&[
        (&[("x", Some(&broken))], "", "x:6:3 unknown-field a"),
        (&[("x", Some(&good))], "a=1", ""),
        (&[("x", Some(&broken))], "a=1", "x:6:3 unknown-field a"),
        (&[("x", Some(&mended))], "a=2", ""),
    ]);
}

#[test]
#[rustfmt::skip] // A table: a step is a line.
fn one_broken_document_of_two_hurts_no_other() {
    let good = [policy("a", "1"), policy("b", "1")].join("---\n");
    let half = [policy("a", "2"), "kind: [\n".to_owned()].join("---\n");
    check(&[
        (&[("x", Some(&good))], "a=1 b=1", ""),
        (&[("x", Some(&half))], "a=2 b=1", "x:18:7 invalid-yaml b"),
        (&[("x", Some(&good))], "a=1 b=1", ""),
    ]);
}

#[test]
#[rustfmt::skip] // A table: a step is a line.
fn a_file_that_cannot_be_read_evicts_nothing() {
    let good = [policy("a", "1"), policy("b", "1"), policy("c", "1")].join("---\n");
    let wreck = [policy("a", "2"), "{".to_owned()].join("---\n");
    let later = policy("c", "2");
    check(&[
        (&[("x", Some(&good))], "a=1 b=1 c=1", ""),
        (&[("x", Some("{"))], "a=1 b=1 c=1", "x:1:1 invalid-yaml a|x:1:1 invalid-yaml b|x:1:1 invalid-yaml c"),
        (&[("x", Some(&wreck))], "a=2 b=1 c=1", "x:18:1 invalid-yaml b|x:18:1 invalid-yaml c"),
        // Also when the policy appears in another file, and good.
        (&[("y", Some(&later))], "a=2 b=1 c=2", "x duplicate-policy c|x:18:1 invalid-yaml b|x:18:1 invalid-yaml c"),
        (&[("x", Some(""))], "c=2", ""),
    ]);
}

#[test]
#[rustfmt::skip] // A table: a step is a line.
fn a_policy_may_break_while_it_moves_to_another_file() {
    let good = policy("a", "1");
    let broken = good.replace("spec:", "spec:\n  rulez: []");
    check(&[
        (&[("x", Some(&good))], "a=1", ""),
        (&[("x", None), ("y", Some(&broken))], "a=1", "y:6:3 unknown-field a"),
    ]);
}

#[test]
#[rustfmt::skip] // A table: a step is a line.
fn of_two_files_with_one_policy_the_first_decides() {
    let (one, two) = (policy("a", "1"), policy("a", "2"));
    check(&[
        (&[("y", Some(&one))], "a=1", ""),
        (&[("x", Some(&two))], "a=2", "y duplicate-policy a"),
        (&[("x", None)], "a=1", ""),
    ]);
}

#[test]
#[rustfmt::skip] // A table: a step is a line.
fn exceptions_come_go_break_and_heal_like_policies() {
    let exception = |policy: &str| format!("apiVersion: kyverno.io/v2
kind: PolicyException
metadata:
  name: e
spec:
  exceptions:
  - policyName: {policy}
    ruleNames: [\"*\"]
  match: {{any: [{{resources: {{kinds: [Pod]}}}}]}}
");
    let (one, two) = (exception("one"), exception("two"));
    let broken = two.replace("exceptions:", "exemptions:");
    check(&[
        (&[("x", Some(&one))], "e=one", ""),
        (&[("x", Some(&broken))], "e=one", "x:6:3 unknown-field e"),
        (&[("x", Some(&two))], "e=two", ""),
        (&[("x", None)], "", ""),
    ]);
}

#[test]
fn an_unreadable_file_is_reported_and_keeps_its_policies() {
    let mut ledger = Ledger::default();
    let good = policy("a", "1");
    ledger.apply(vec![change("x", Content::Text(good.clone()))]);
    ledger.apply(vec![change(
        "x",
        Content::Unreadable("no permission".to_owned()),
    )]);
    assert_eq!(shown_policies(&ledger), "a=1");
    assert_eq!(shown_findings(&ledger), "x unreadable-file a");
    ledger.apply(vec![change("x", Content::Text(good))]);
    assert_eq!(shown_findings(&ledger), "");
}

#[test]
fn a_reader_that_panics_keeps_what_was_there() {
    let mut ledger = Ledger::default();
    ledger.apply(vec![change("x", Content::Text(policy("a", "1")))]);
    ledger.set_reader(|_| panic!("a defect of the reader"));
    ledger.apply(vec![change("x", Content::Text(policy("a", "2")))]);
    assert_eq!(shown_policies(&ledger), "a=1");
    assert_eq!(shown_findings(&ledger), "x internal a");
}

/// A policy whose version is the name of its only rule. 16 lines.
fn policy(name: &str, version: &str) -> String {
    format!(
        "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: {name}
spec:
  rules:
  - name: \"{version}\"
    match:
      any:
      - resources:
          kinds:
          - ConfigMap
    validate:
      message: text
      pattern:
        data: \"?*\"
"
    )
}

/// Files that come, go and change one after another leave what they leave when they are read at once.
#[test]
fn changes_one_by_one_end_where_all_at_once_do() {
    let paths = ["a", "b", "c", "d"];
    let mut ledger = Ledger::default();
    let mut texts: BTreeMap<&str, String> = BTreeMap::new();
    let mut seed = 1_u64;
    let mut random = |end: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) % end
    };
    for _ in 0..300 {
        let mut changes = Vec::new();
        for _ in 0..=random(2) {
            let path = paths[random(4) as usize];
            let count = random(4);
            let documents = (0..count).map(|_| match random(6) {
                0 => "kind: Pod\n".to_owned(),
                name => policy(&format!("p{name}"), &random(3).to_string()),
            });
            let text = documents.collect::<Vec<_>>().join("---\n");
            let content = match count {
                0 => texts.remove(path).map(|_| Content::Gone),
                _ => {
                    texts.insert(path, text.clone());
                    Some(Content::Text(text))
                }
            };
            changes.extend(content.map(|content| change(path, content)));
        }
        ledger.apply(changes);
        let mut fresh = Ledger::default();
        let all = texts.iter();
        let all = all.map(|(path, text)| change(path, Content::Text(text.clone())));
        fresh.apply(all.collect());
        assert_eq!(shown_policies(&ledger), shown_policies(&fresh));
        assert_eq!(ledger.report(), fresh.report());
    }
}

#[test]
fn news_are_of_the_files_of_which_something_else_is_to_be_told() {
    let mut ledger = Ledger::default();
    let text = |name: &str| Content::Text(policy(name, "1"));
    let mut told = |changes: &[(&str, Content)]| -> Vec<(bool, bool)> {
        let changes = changes.iter();
        ledger.apply(
            changes
                .map(|(path, content)| change(path, content.clone()))
                .collect(),
        );
        let news = ledger.take_news().into_iter();
        news.map(|news| (news.before.is_some(), news.now.is_some()))
            .collect()
    };
    let first = [("b", text("p")), ("c", text("q")), ("d", text("r"))];
    assert_eq!(told(&first), [(false, true); 3]);
    // Another file takes the policy over.
    assert_eq!(told(&[("a", text("p"))]), [(false, true), (true, true)]);
    assert_eq!(told(&[("d", text("r"))]), []);
    assert_eq!(told(&[("a", Content::Gone)]), [(true, false), (true, true)]);
}

#[track_caller]
fn check(steps: &[Step<'_>]) {
    let mut ledger = Ledger::default();
    for (number, (changes, in_force, findings)) in steps.iter().enumerate() {
        let changes = changes.iter().map(|(path, text)| {
            let text = text.map(|text| Content::Text(text.to_owned()));
            change(path, text.unwrap_or(Content::Gone))
        });
        ledger.apply(changes.collect());
        assert_eq!(shown_policies(&ledger), *in_force, "step {number}");
        assert_eq!(shown_findings(&ledger), *findings, "step {number}");
    }
}

fn change(path: &str, content: Content) -> Change {
    Change {
        path: Arc::from(Path::new(path)),
        content,
    }
}

fn shown_policies(ledger: &Ledger) -> String {
    let versions = ledger.items().iter().map(|item| match item {
        Item::Policy(policy) => format!("{}={}", policy.name(), policy.rules()[0].name),
        Item::Exception(exception) => format!("{}={}", exception.name, exception.rules[0].policy),
        Item::Validating(policy) => policy.id.to_string(),
        Item::Mutating(policy) => policy.id.to_string(),
        Item::Generating(policy) => policy.id.to_string(),
        Item::CelException(exception) => exception.key(),
        Item::Other(policy) => policy.id().to_string(),
    });
    versions.collect::<Vec<_>>().join(" ")
}

fn shown_findings(ledger: &Ledger) -> String {
    let report = ledger.report();
    let mut findings: Vec<_> = report
        .findings()
        .map(|(policy, finding)| {
            let name = policy.map_or("-", |policy| policy.name.as_str());
            format!("{} {} {name}", finding.place(), finding.code)
        })
        .collect();
    findings.sort();
    findings.join("|")
}
