use std::collections::BTreeMap;
use std::sync::Arc;

use portcullis_lang::value::{Document, Numbers};

use super::entry::{Entry, Time};
use super::format::Format;
use super::merge::merged;
use super::report::{Owner, Report};
use super::{Judged, Settles, Update};

/// `policy/rule result message process`, one a line.
fn entries(text: &str) -> Vec<Entry> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let read = |(index, line): (usize, &str)| {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (name, result, message, process) = (word(), word(), word(), word());
        let (policy, rule) = name.split_once('/').unwrap();
        Entry {
            source: "kyverno".to_owned(),
            policy: policy.to_owned(),
            rule: rule.to_owned(),
            result,
            message,
            scored: true,
            category: String::new(),
            severity: String::new(),
            properties: BTreeMap::from([("process".to_owned(), process)]),
            resources: Vec::new(),
            timestamp: Time {
                seconds: index as i64,
                nanos: 0,
            },
        }
    };
    lines.enumerate().map(read).collect()
}

fn shown(entries: &[Entry]) -> Vec<String> {
    let shown = entries.iter().map(|entry| {
        let Entry {
            policy,
            rule,
            result,
            message,
            properties,
            ..
        } = entry;
        format!(
            "{policy}/{rule} {result} {message} {}",
            properties["process"]
        )
    });
    shown.collect()
}

fn owner() -> Owner {
    let pod = r#"{"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "p", "namespace": "n", "uid": "4b665126-768d-42ad-b8f9-bc4b75a038c7"}}"#;
    let pod = Document::from_json(pod.as_bytes(), Numbers::Doubles).unwrap();
    Owner::of(pod.root()).unwrap()
}

/// A scan that judges every rule of one policy but those whose name begins with `ask`.
#[derive(Debug)]
struct Scan(&'static str);

impl Judged for Scan {
    fn judges(&self, entry: &Entry) -> bool {
        entry.policy == self.0 && !entry.rule.starts_with("ask")
    }
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn an_update_changes_what_it_is_about_and_nothing_else() {
    let known = "p/a pass ok scan
                 p/ask fail no admission
                 q/a fail no scan";
    check("the same, found by somebody else", known, "p/a pass ok admission", None, None);
    check("other words",   known, "p/a pass fine scan", None,
          Some(&["p/a pass fine scan", "p/ask fail no admission", "q/a fail no scan"]));
    check("one more",      known, "p/b pass ok admission", None,
          Some(&["p/a pass ok scan", "p/ask fail no admission", "q/a fail no scan", "p/b pass ok admission"]));
    check("not repeated",  known, "", Some("p"),
          Some(&["p/ask fail no admission", "q/a fail no scan"]));
    check("repeated",      known, "p/a pass ok scan", Some("p"), None);
    check("of nobody",     known, "", Some("r"), None);
    check("the first",     "",    "p/a pass ok scan", Some("p"), Some(&["p/a pass ok scan"]));
}

#[track_caller]
fn check(
    case: &str,
    known: &str,
    update: &str,
    scan: Option<&'static str>,
    expect: Option<&[&str]>,
) {
    let settles = match scan {
        Some(policy) => Settles::These(vec![Arc::new(Scan(policy))]),
        None => Settles::Nothing,
    };
    let update = Update {
        owner: owner(),
        entries: entries(update),
        settles,
    };
    let found = merged(&entries(known), &update).map(|entries| shown(&entries));
    let expect = expect.map(|lines| lines.iter().map(|line| (*line).to_owned()).collect());
    assert_eq!(found, expect, "{case}");
}

#[test]
fn what_has_no_room_is_counted_and_failures_are_kept() {
    let all = entries("p/a pass ok scan\np/b fail no scan\np/c skip x scan\np/d error e scan");
    let report = Report::new(Format::PolicyReports, &owner()).with(all, 2);
    let kept: Vec<_> = report
        .results
        .iter()
        .map(|entry| entry.rule.as_str())
        .collect();
    assert_eq!(kept, ["b", "d"]);
    let written = serde_json::to_value(&report).unwrap();
    assert_eq!(
        written["metadata"]["annotations"]["reports.kyverno.io/omitted-results"],
        "2"
    );
    assert_eq!(
        written["summary"],
        serde_json::json!({"pass": 0, "fail": 1, "warn": 0, "error": 1, "skip": 0})
    );
}

#[test]
fn a_report_belongs_to_its_object() {
    let report = Report::new(Format::PolicyReports, &owner()).with(entries("p/a pass ok scan"), 9);
    let written = serde_json::to_value(&report).unwrap();
    let uid = "4b665126-768d-42ad-b8f9-bc4b75a038c7";
    let object = serde_json::json!({"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": uid});
    assert_eq!(written["apiVersion"], "wgpolicyk8s.io/v1alpha2");
    assert_eq!(written["kind"], "PolicyReport");
    assert_eq!(written["metadata"]["name"], uid);
    assert_eq!(written["metadata"]["ownerReferences"][0], object);
    assert_eq!(written["scope"]["namespace"], "n");
    assert_eq!(written["results"][0]["properties"]["process"], "scan");
    let again: Report = serde_json::from_value(written).unwrap();
    assert_eq!(again, report);
}
