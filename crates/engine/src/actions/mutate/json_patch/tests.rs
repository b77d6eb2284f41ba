use bumpalo::Bump;
use portcullis_lang::value::{Document, Numbers, Value, list, object, to_json, yaml};
use proptest::prelude::*;

use super::{apply, apply_plainly, diff, parse, read_text, write};

const DOC: &str = "{a: 1, l: [1, 2, 3], m: {x: {w: z}, a/b: 1, c~d: 2}, nul: null, s: t}";

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn operations() {
    check("- {op: add, path: /b, value: 2}",                r#"{"a":1,"b":2,"#);
    check("- {op: add, path: /l/-, value: 4}",              r#""l":[1,2,3,4]"#);
    check("- {op: add, path: /l/0, value: 4}",              r#""l":[4,1,2,3]"#);
    check("- {op: add, path: /l/3, value: 4}",              r#""l":[1,2,3,4]"#);
    check("- {op: add, path: /l/-1, value: 4}",             r#""l":[1,2,3,4]"#);
    check("- {op: add, path: /q/r/s, value: 4}",            r#""q":{"r":{"s":4}}"#);
    check("- {op: add, path: /q/-, value: 4}",              r#""q":[4]"#);
    check("- {op: add, path: /q/2, value: 4}",              r#""q":[null,null,4]"#);
    check("- {op: add, path: /nul/x, value: 4}",              r#""nul":{"x":4}"#);
    check("- {op: replace, path: /l/-1, value: 4}",         r#""l":[1,2,4]"#);
    check("- {op: replace, path: /m/a~1b, value: 4}",       r#""a/b":4"#);
    check("- {op: replace, path: /m/c~0d, value: 4}",       r#""c~d":4"#);
    check("- {op: remove, path: /l/0}",                     r#""l":[2,3]"#);
    check("- {op: remove, path: /l/7}",                     r#""l":[1,2,3]"#);
    check("- {op: remove, path: /no/way}",                  r#""l":[1,2,3]"#);
    check("- {op: move, from: /l/0, path: /l/-}",           r#""l":[2,3,1]"#);
    check("- {op: copy, from: /a, path: /l/-}",             r#""l":[1,2,3,1]"#);
    check("- {op: test, path: /nope, value: null}",         r#"{"a":1,"#);
    check("- {op: test, path: /a, value: 1.0}",            r#"{"a":1,"#);
    check(r#"[{"op":"add","path":"/b","value":1.0}]"#,     r#""b":1,"#);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn as_an_api_server() {
    plainly("- {op: add, path: /b, value: 2}",               Ok(r#"{"a":1,"b":2,"#));
    plainly("- {op: add, path: b, value: 2}",                Err(r#"add operation does not apply: doc is missing path: "b": missing value"#));
    plainly("- {op: add, path: x/b, value: 2}",              Ok(r#"{"a":1,"b":2,"#));
    plainly("- {op: add, path: /q/r, value: 4}",             Err(r#"add operation does not apply: doc is missing path: "/q/r": missing value"#));
    plainly("- {op: add, path: /l/9, value: 4}",             Err("error in add for path: '/l/9': Unable to access invalid index: 9: invalid index referenced"));
    plainly("- {op: remove, path: /l/-1}",                   Ok(r#""l":[1,2]"#));
    plainly("- {op: remove, path: /nope}",                   Err("error in remove for path: '/nope': Unable to remove nonexistent key: nope: missing value"));
    plainly("- {op: remove, path: /no/way}",                 Err(r#"remove operation does not apply: doc is missing path: "/no/way": missing value"#));
    plainly("- {op: replace, path: /nope, value: 4}",        Ok(r#""nope":4"#));
    plainly("- {op: replace, path: /l/9, value: 4}",         Err("replace operation does not apply: doc is missing key: /l/9: missing value"));
    plainly("- {op: move, from: /a, path: /m/y}",            Ok(r#""y":1"#));
    plainly("- {op: move, from: /nope, path: /m/y}",         Err("error in move for path: 'nope': Unable to remove nonexistent key: nope: missing value"));
    plainly("- {op: copy, from: /nope, path: /m/y}",         Ok(r#""y":null"#));
    plainly("- {op: copy, from: /a, path: /no/way}",         Err("copy operation does not apply: doc is missing destination path: /no/way: missing value"));
    plainly("[{op: add, path: /b, value: 2}, {op: test, path: /a, value: 9}]", Ok(r#"{"a":1,"l""#));
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn refusals() {
    fails("op: add",                                     "json: cannot unmarshal object into Go value of type jsonpatch.Patch");
    fails("- {op: add, path: /a}",                       r#"invalid operation {"op":"add","path":"/a"}: failed to decode 'value': operation, missing value field: missing value"#);
    fails("- {op: nope, path: /a}",                      r#"invalid operation {"op":"nope","path":"/a"}: unsupported operation"#);
    fails("- {op: copy, path: /a}",                      r#"invalid operation {"op":"copy","path":"/a"}: failed to decode 'from': operation, missing from field: missing value"#);
    fails("- {op: remove}",                              r#"invalid operation {"op":"remove"}: failed to decode 'path': operation missing path field: missing value"#);
    fails("- {op: replace, path: /x/y, value: 1}",       "replace operation does not apply: doc is missing path: /x/y: missing value");
    fails("- {op: replace, path: /x, value: 1}",         "replace operation does not apply: doc is missing key: /x: missing value");
    fails("- {op: replace, path: /l/-, value: 1}",       "replace operation does not apply: doc is missing key: /l/-: missing value");
    fails("- {op: add, path: /l/5, value: 1}",           "error in add for path: '/l/5': Unable to access invalid index: 5: invalid index referenced");
    fails("- {op: add, path: /l/x, value: 1}",           "error in add for path: '/l/x': value was not a proper array index: 'x': strconv.Atoi: parsing \"x\": invalid syntax");
    fails("- {op: add, path: /s/x, value: 1}",           "invalid state detected");
    fails("- {op: add, path: /q/-3, value: 1}",          "Unable to ensure path for negative index other than -1: -3: invalid index referenced");
    fails("- {op: remove, path: /l/-}",                  "error in remove for path: '/l/-': strconv.Atoi: parsing \"-\": invalid syntax");
    fails("- {op: move, from: /x, path: /y}",            "error in move for path: 'x': unable to get nonexistent key: x: missing value");
    fails("- {op: move, from: /a, path: /x/y}",          "move operation does not apply: doc is missing destination path: /x/y: missing value");
    fails("- {op: copy, from: /x, path: /y}",            "error in copy for from: '/x': unable to get nonexistent key: x: missing value");
    fails("- {op: test, path: /a, value: 2}",            "testing value /a failed: test failed");
    fails("- {op: test, path: /l/9, value: 2}",          "error in test for path: '/l/9': Unable to access invalid index: 9: invalid index referenced");
    fails(r#"[{"op":"test","path":"/a","value":1.0}]"#,  "testing value /a failed: test failed");
    fails("- op: add\n  path: /y\n  value: \"{\"x\": 1}\"", "failed to convert patchesJSON6902 to JSON: yaml: line 2: did not find expected key");
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn differences() {
    differ("{a: 1}", "{a: 1}",                   "[]");
    differ("{a: 1}", "{a: 2, b: 3}",             r#"[{"op":"replace","path":"/a","value":2},{"op":"add","path":"/b","value":3}]"#);
    differ("{a: 1, b~/c: 2}", "{a: 1}",          r#"[{"op":"remove","path":"/b~0~1c"}]"#);
    differ(
        "[{name: a, i: 1}, {name: b, i: 1}]",
        "[{name: s}, {name: a, i: 2}, {name: b, i: 2}]",
        r#"[{"op":"add","path":"/0","value":{"name":"s"}},{"op":"replace","path":"/1/i","value":2},{"op":"replace","path":"/2/i","value":2}]"#,
    );
    differ("[1, 2, 3]", "[0, 1, 2, 3]",          r#"[{"op":"add","path":"/0","value":0}]"#);
    differ("[1, 2, 3]", "[1, 3]",                r#"[{"op":"remove","path":"/1"}]"#);
    differ("[1, 2, 3]", "[1, 5, 3]",             r#"[{"op":"replace","path":"/1","value":5}]"#);
    differ(
        "[{name: a, image: x}, {name: b, image: y}]",
        "[{name: c}, {name: a, image: x, env: []}, {name: b, image: y}]",
        r#"[{"op":"add","path":"/0","value":{"name":"c"}},{"op":"add","path":"/1/env","value":[]}]"#,
    );
    differ(
        "{m: {a: 1, b: 2, c: 3, d: 4}}",
        "{m: {e: 1}}",
        r#"[{"op":"replace","path":"/m","value":{"e":1}}]"#,
    );
}

/// Few keys and values, so that two states have much in common.
fn state() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![Just("1"), Just("2"), Just("x"), Just("true"), Just("null")];
    let node = leaf
        .prop_map(str::to_owned)
        .prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5)
                    .prop_map(|items| format!("[{}]", items.join(", "))),
                prop::collection::btree_map("[a-c/~]", inner, 0..4).prop_map(|entries| {
                    let entries: Vec<_> = entries
                        .iter()
                        .map(|(key, value)| format!("\"{key}\": {value}"))
                        .collect();
                    format!("{{{}}}", entries.join(", "))
                }),
            ]
        });
    node.prop_map(|node| format!("{{r: {node}}}"))
}

proptest! {
    #[test]
    fn a_difference_leads_from_one_state_to_the_other(before in state(), after in state()) {
        let bump = Bump::new();
        let (before, after) = (document(&before), document(&after));
        let operations = diff(before.root(), after.root(), &bump);
        let reached = apply(before.root(), &operations, &bump).unwrap();
        prop_assert_eq!(to_json(reached), to_json(after.root()));
    }
}

#[test]
fn long_lists_are_compared_place_by_place() {
    let bump = Bump::new();
    let numbers = |from: usize| list(&bump, (from..from + 500).map(|n| Value::Float(n as f64)));
    let (before, after) = (numbers(0), numbers(1_000));
    let operations = diff(
        object(&bump, [("l", before)]),
        object(&bump, [("l", after)]),
        &bump,
    );
    assert_eq!(operations.len(), 1, "sent whole, because that is shorter");
}

fn document(text: &str) -> Document {
    yaml::read_one(text, Numbers::Doubles).unwrap()
}

fn patched(patch: &str) -> Result<String, String> {
    let bump = Bump::new();
    let patch = read_text(patch).map_err(|error| error.to_string())?;
    let operations = parse(patch.root()).map_err(|error| error.to_string())?;
    let document = document(DOC);
    let value = apply(document.root(), &operations, &bump).map_err(|error| error.to_string())?;
    Ok(to_json(value))
}

/// Compares a part of the patched document.
#[track_caller]
fn check(patch: &str, expect: &str) {
    let patched = patched(patch).unwrap();
    assert!(patched.contains(expect), "{patch}: {patched}");
}

#[track_caller]
fn fails(patch: &str, expect: &str) {
    assert_eq!(patched(patch), Err(expect.to_owned()), "{patch}");
}

#[track_caller]
fn differ(before: &str, after: &str, expect: &str) {
    let bump = Bump::new();
    let (before, after) = (document(before), document(after));
    let operations = diff(before.root(), after.root(), &bump);
    assert_eq!(write(&operations), expect);
}

#[track_caller]
fn plainly(patch: &str, expect: Result<&str, &str>) {
    let (bump, document) = (Bump::new(), yaml::read_one(DOC, Numbers::Doubles).unwrap());
    let patch = yaml::read_one(patch, Numbers::AsWritten).unwrap();
    let operations = parse(patch.root()).unwrap();
    let made = apply_plainly(document.root(), &operations, &bump);
    match (made, expect) {
        (Ok(made), Ok(part)) => {
            assert!(to_json(made).contains(part), "{part} in {}", to_json(made))
        }
        (made, expect) => assert_eq!(
            made.map(to_json).map_err(|error| error.to_string()),
            expect.map(str::to_owned).map_err(str::to_owned)
        ),
    }
}
