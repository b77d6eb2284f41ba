use bumpalo::Bump;

use super::{MismatchKind, matches};
use crate::value::{Document, Numbers};

#[test]
fn plain_keys() {
    pass(
        r#"{"a": 1, "b": {"c": "x"}}"#,
        r#"{"a": 1, "b": {"c": "?"}}"#,
    );
    pass(r#"{"a": []}"#, r#"{"a": "*"}"#);
    pass(r#"{"a": ["x", "xy"]}"#, r#"{"a": "x*"}"#);
    fail(
        r#"{"a": {"b": 2}}"#,
        r#"{"a": {"b": 1}}"#,
        "/a/b/",
        "resource value '2' does not match '1' at path /a/b/",
    );
    fail(
        r#"{"a": {}}"#,
        r#"{"a": {"b": "*"}}"#,
        "/a/",
        "/a//b not found",
    );
    fail(
        r#"{"a": ["x", "y"]}"#,
        r#"{"a": "x"}"#,
        "/a/",
        "resource value '[x y]' does not match 'x' at path /a/",
    );
    fail(
        r#"{"a": "x"}"#,
        r#"{"a": {"b": 1}}"#,
        "/a/",
        "pattern and resource have different structures. Path: /a/. \
         Expected map[string]interface {}, found string",
    );
    fail(
        "{}",
        r#"{"a": [1]}"#,
        "/a/",
        "validation rule failed at path /a/, resource does not satisfy the expected overlay pattern",
    );
}

#[test]
fn conditional_anchor() {
    pass(r#"{"a": "x", "b": 1}"#, r#"{"(a)": "x", "b": 1}"#);
    skip(
        r#"{"b": 1}"#,
        r#"{"(a)": "x", "b": 2}"#,
        "conditional anchor mismatch: conditional anchor key doesn't exist in the resource",
    );
    skip(
        r#"{"a": "y", "b": 1}"#,
        r#"{"(a)": "x", "b": 2}"#,
        "conditional anchor mismatch: resource value 'y' does not match 'x' at path /a/",
    );
    // A failure after a failed condition does not count, before it it does.
    skip(
        r#"{"a": "y", "b": 1}"#,
        r#"{"(a)": "x", "X(b)": null}"#,
        "conditional anchor mismatch: resource value 'y' does not match 'x' at path /a/",
    );
    // Both conditions are reported.
    skip(
        "{}",
        r#"{"(a)": "x", "(b)": "x"}"#,
        "conditional anchor mismatch: conditional anchor key doesn't exist in the resource; \
         conditional anchor mismatch: conditional anchor key doesn't exist in the resource",
    );
}

#[test]
fn equality_anchor() {
    pass("{}", r#"{"=(a)": "x"}"#);
    pass(r#"{"a": "x"}"#, r#"{"=(a)": "x"}"#);
    fail(
        r#"{"a": null}"#,
        r#"{"=(a)": "x"}"#,
        "/a/",
        "resource value '<nil>' does not match 'x' at path /a/",
    );
    // A skip below passes through, unless something else of this map applied.
    skip(
        r#"{"a": {}, "c": 1}"#,
        r#"{"=(a)": {"(b)": "x"}, "c": 2}"#,
        "conditional anchor mismatch: conditional anchor key doesn't exist in the resource",
    );
    error(
        r#"{"a": {}, "c": 1, "d": 1}"#,
        r#"{"=(a)": {"(b)": "x"}, "c": 2, "=(d)": 1}"#,
        "resource value '1' does not match '2' at path /c/",
    );
}

#[test]
fn negation_anchor() {
    pass(r#"{"b": 1}"#, r#"{"X(a)": null}"#);
    fail(
        r#"{"s": {"a": null}}"#,
        r#"{"s": {"X(a)": "x"}}"#,
        "/s/a/",
        "negation anchor matched in resource: /s/a/ is not allowed",
    );
}

#[test]
fn existence_anchor() {
    pass("{}", r#"{"^(l)": [{"n": "a"}]}"#);
    pass(
        r#"{"l": [{"n": "b"}, {"n": "a"}]}"#,
        r#"{"^(l)": [{"n": "a"}]}"#,
    );
    fail(
        r#"{"l": [{"n": "a"}]}"#,
        r#"{"^(l)": [{"n": "a"}, {"n": "b"}]}"#,
        "/l/",
        "existence anchor validation failed at path /l/",
    );
    // An element that is skipped does not count as one that matches.
    fail(
        r#"{"l": [{"n": "b"}]}"#,
        r#"{"^(l)": [{"(n)": "a"}]}"#,
        "/l/",
        "existence anchor validation failed at path /l/",
    );
    fail(
        r#"{"l": "a"}"#,
        r#"{"^(l)": [{"n": "a"}]}"#,
        "/l/",
        "invalid resource type string: Existence ^ () anchor can be used only on list/array type \
         resource",
    );
    fail(
        r#"{"l": []}"#,
        r#"{"^(l)": ["a"]}"#,
        "/l/",
        "invalid pattern type []interface {}: Pattern has to be of type map to compare against \
         items in resource",
    );
}

#[test]
fn global_anchor() {
    pass("{}", r#"{"<(a)": "x"}"#);
    // In a list it passes over an element like a condition does.
    pass(
        r#"{"l": [{"n": "a", "v": 1}, {"n": "b", "v": 2}]}"#,
        r#"{"l": [{"<(n)": "b", "v": 2}]}"#,
    );
    skip(
        r#"{"a": {"b": "y"}, "c": 1}"#,
        r#"{"a": {"<(b)": "x"}, "c": 2}"#,
        "global anchor mismatch: resource value 'y' does not match 'x' at path /a/b/",
    );
}

#[test]
fn no_meaning_in_validation() {
    pass(r#"{"+(a)": "x"}"#, r#"{"+(a)": "x"}"#);
    fail(
        r#"{"a": "x"}"#,
        r#"{"+(a)": "x"}"#,
        "/+(a)/",
        "resource value '<nil>' does not match 'x' at path /+(a)/",
    );
}

#[test]
fn order_of_keys() {
    // Keys with anchors below go before plain ones, the last of them first.
    skip(
        r#"{"a": 1, "x": {"n": "n"}, "y": {"n": "n"}}"#,
        r#"{"a": 2, "x": {"<(n)": "m"}, "y": {"<(n)": "o"}}"#,
        "global anchor mismatch: resource value 'n' does not match 'o' at path /y/n/",
    );
    // Plain keys go in the order of their bytes.
    fail(
        r#"{"b": 1, "a": 1, "B": 1}"#,
        r#"{"b": 2, "a": 2, "B": 2}"#,
        "/B/",
        "resource value '1' does not match '2' at path /B/",
    );
}

#[test]
fn lists() {
    fail(
        r#"{"l": [1]}"#,
        r#"{"l": []}"#,
        "/l/",
        "pattern Array empty",
    );
    pass(r#"{"l": []}"#, r#"{"l": [{"n": "a"}]}"#);
    // Only the first pattern counts.
    pass(
        r#"{"l": [{"n": "a"}]}"#,
        r#"{"l": [{"n": "a"}, {"n": "b"}]}"#,
    );
    fail(
        r#"{"l": [{"n": "a"}, {"n": "b"}]}"#,
        r#"{"l": [{"n": "a"}]}"#,
        "/l/1/n/",
        "resource value 'b' does not match 'a' at path /l/1/n/",
    );
    // Elements to which the pattern does not apply are passed over.
    pass(
        r#"{"l": [{"n": "a", "v": 1}, {"n": "b", "v": 2}]}"#,
        r#"{"l": [{"(n)": "a", "v": 1}]}"#,
    );
    skip(
        r#"{"l": [{"n": "b"}, {"n": "c"}]}"#,
        r#"{"l": [{"(n)": "a"}]}"#,
        "conditional anchor mismatch: resource value 'b' does not match 'a' at path /l/0/n/; \
         conditional anchor mismatch: resource value 'c' does not match 'a' at path /l/1/n/",
    );
    fail(
        r#"{"l": ["a", ["a"]]}"#,
        r#"{"l": ["a"]}"#,
        "/l/",
        "resource value '[a [a]]' does not match 'a' at path /l/",
    );
    pass(r#"{"l": [["a"], ["b"], 1]}"#, r#"{"l": [["a"], ["b"]]}"#);
    error(
        r#"{"l": [["a"]]}"#,
        r#"{"l": [["a"], ["b"]]}"#,
        "validate Array failed, array length mismatch, resource Array len is 1 and pattern Array \
         len is 2",
    );
}

#[test]
fn anchors_never_found() {
    // `(n)` occurs nowhere, so the failure may mean nothing.
    error(
        r#"{"l": [{"v": 1}], "o": 1}"#,
        r#"{"l": [{"=(n)": {"(m)": 1}}], "o": 2, "^(q)": [{}]}"#,
        "resource value '1' does not match '2' at path /o/",
    );
    fail(
        r#"{"l": [{"v": 1}, {"n": "a"}], "o": 1}"#,
        r#"{"l": [{"(n)": "a"}], "o": 2}"#,
        "/o/",
        "resource value '1' does not match '2' at path /o/",
    );
    // Keys are noted on entering a map, before any of them is looked at.
    error(
        r#"{"a": null}"#,
        r#"{"=(a)": "x", "^(b)": [{}]}"#,
        "resource value '<nil>' does not match 'x' at path /a/",
    );
}

#[test]
fn wildcards_in_label_keys() {
    let labelled = r#"{"metadata": {"labels": {"app.io/b": "2", "app.io/a": "1", "n": 3}}}"#;
    pass(labelled, r#"{"metadata": {"labels": {"app.io/*": "?"}}}"#);
    // The first of the keys in the order of their bytes.
    fail(
        labelled,
        r#"{"metadata": {"labels": {"app.io/*": "2"}}}"#,
        "/metadata/labels/app.io/a/",
        "resource value '1' does not match '2' at path /metadata/labels/app.io/a/",
    );
    fail(
        labelled,
        r#"{"=(metadata)": {"=(labels)": {"X(app*)": "null"}}}"#,
        "/metadata/labels/app.io/a/",
        "negation anchor matched in resource: /metadata/labels/app.io/a/ is not allowed",
    );
    fail(
        labelled,
        r#"{"metadata": {"labels": {"team-*": "?*"}}}"#,
        "/metadata/labels/team-*/",
        "resource value '<nil>' does not match '?*' at path /metadata/labels/team-*/",
    );
    // Other values than texts are dropped on the way.
    pass(labelled, r#"{"metadata": {"labels": {"n": 4}}}"#);
    fail(
        r#"{"metadata": {"name": "x"}}"#,
        r#"{"metadata": {"labels": {"n": 4}}}"#,
        "/metadata/labels/",
        "pattern and resource have different structures. Path: /metadata/labels/. \
         Expected map[string]interface {}, found <nil>",
    );
    // Anywhere, not only at the root; and nowhere else than in these two maps.
    pass(
        r#"{"spec": {"template": {"metadata": {"annotations": {"a/b": "x"}}}}}"#,
        r#"{"spec": {"template": {"metadata": {"annotations": {"a/*": "x"}}}}}"#,
    );
    fail(
        r#"{"metadata": {"a/b": "x"}}"#,
        r#"{"metadata": {"a/*": "x"}}"#,
        "/metadata/a/*/",
        "resource value '<nil>' does not match 'x' at path /metadata/a/*/",
    );
}

#[track_caller]
fn pass(resource: &str, pattern: &str) {
    check(resource, pattern, None);
}

#[track_caller]
fn skip(resource: &str, pattern: &str, text: &str) {
    check(resource, pattern, Some((MismatchKind::Skip, "", text)));
}

#[track_caller]
fn error(resource: &str, pattern: &str, text: &str) {
    check(resource, pattern, Some((MismatchKind::Error, "", text)));
}

#[track_caller]
fn fail(resource: &str, pattern: &str, path: &str, text: &str) {
    check(resource, pattern, Some((MismatchKind::Fail, path, text)));
}

#[track_caller]
fn check(resource: &str, pattern: &str, expect: Option<(MismatchKind, &str, &str)>) {
    let read = |text: &str, numbers| Document::from_json(text.as_bytes(), numbers).unwrap();
    let (resource, pattern) = (
        read(resource, Numbers::Doubles),
        read(pattern, Numbers::AsWritten),
    );
    let bump = Bump::new();
    let found = matches(resource.root(), pattern.root(), &bump).err();
    assert_eq!(
        found.map(|found| (found.kind, found.path, found.text)),
        expect,
        "{pattern:?} on {resource:?}"
    );
}
