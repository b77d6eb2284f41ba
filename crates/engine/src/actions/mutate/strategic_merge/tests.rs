use bumpalo::Bump;
use portcullis_lang::value::{Numbers, to_json, yaml};

use super::apply;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: web}}\n";
const ABC: &str =
    "spec: {containers: [{name: a, image: x}, {name: b, image: u, args: [1, 2]}, {name: c}]}";

#[test]
fn plain_patches() {
    let abc = &format!("{POD}{ABC}");
    merge(
        "text in a map",
        POD,
        "metadata: {labels: {app: api}}",
        r#"{"app":"api"}"#,
    );
    merge(
        "new key",
        POD,
        "metadata: {labels: {b: c}}",
        r#"{"app":"web","b":"c"}"#,
    );
    merge(
        "null deletes",
        POD,
        "metadata: {labels: {app: null, b: c}}",
        r#"{"b":"c"}"#,
    );
    merge(
        "number in quotes",
        POD,
        "metadata: {labels: {app: 1}}",
        r#"{"app":"1"}"#,
    );
    merge("nothing", POD, "{}", r#"{"app":"web"}"#);
    containers(
        "the patch's elements come first",
        abc,
        "[{name: c, image: z}, {name: d}]",
        r#"[{"image":"z","name":"c"},{"name":"d"},{"image":"x","name":"a"},{"args":[1,2],"image":"u","name":"b"}]"#,
    );
    containers(
        "a list without keys is replaced",
        abc,
        "[{name: b, args: [3]}]",
        r#"[{"args":[3],"image":"u","name":"b"},{"image":"x","name":"a"},{"name":"c"}]"#,
    );
    containers("an empty list says nothing", abc, "[]", ABC_JSON);
}

const ABC_JSON: &str =
    r#"[{"image":"x","name":"a"},{"args":[1,2],"image":"u","name":"b"},{"name":"c"}]"#;

#[test]
fn directives() {
    let abc = &format!("{POD}{ABC}");
    merge(
        "a map goes",
        POD,
        "metadata: {labels: {$patch: delete}}",
        "",
    );
    merge(
        "a map is replaced",
        POD,
        "metadata: {labels: {$patch: replace, z: u}}",
        r#"{"z":"u"}"#,
    );
    containers(
        "an element goes",
        abc,
        "[{name: b, $patch: delete}]",
        r#"[{"image":"x","name":"a"},{"name":"c"}]"#,
    );
    containers(
        "a list is replaced",
        abc,
        "[{$patch: replace}, {name: d}]",
        r#"[{"name":"d"}]"#,
    );
    containers(
        "an element that asks to be replaced only moves",
        abc,
        "[{name: b, $patch: replace, image: z}]",
        r#"[{"args":[1,2],"image":"u","name":"b"},{"image":"x","name":"a"},{"name":"c"}]"#,
    );
    fails(
        "of no such name",
        POD,
        "metadata: {$patch: bogus}",
        "unknown patch strategy 'bogus'",
    );
    fails(
        "of everything",
        POD,
        "$patch: delete",
        "filter cannot create or delete objects",
    );
}

#[test]
fn lists_with_two_keys() {
    let ports = |items: &str| format!("{POD}spec: {{containers: [{{name: a, ports: {items}}}]}}");
    let two = &ports("[{containerPort: 80, protocol: TCP}, {containerPort: 81, protocol: TCP}]");
    let patch = |items: &str| format!("[{{name: a, ports: {items}}}]");
    containers(
        "both keys: changed in place",
        two,
        &patch("[{containerPort: 81, protocol: TCP, name: web}]"),
        r#"[{"name":"a","ports":[{"containerPort":80,"protocol":"TCP"},{"containerPort":81,"name":"web","protocol":"TCP"}]}]"#,
    );
    containers(
        "one key of two has no effect",
        two,
        &patch("[{containerPort: 81, name: web}]"),
        r#"[{"name":"a","ports":[{"containerPort":80,"protocol":"TCP"},{"containerPort":81,"protocol":"TCP"}]}]"#,
    );
    containers(
        "one key is enough where nobody has the other",
        &ports("[{containerPort: 80}, {containerPort: 81}]"),
        &patch("[{containerPort: 81, name: web}]"),
        r#"[{"name":"a","ports":[{"containerPort":81,"name":"web"},{"containerPort":80}]}]"#,
    );
}

#[test]
fn accidents_that_policies_may_rely_on() {
    let abc = &format!("{POD}{ABC}");
    containers("no key empties the list", abc, "[{image: z}]", "[]");
    containers(
        "two anchored elements",
        abc,
        "[{(name): a, workingDir: /1}, {(name): b, workingDir: /2}]",
        r#"[{"name":"b","workingDir":"/2"}]"#,
    );
    fails(
        "two anchored elements that fit nothing",
        abc,
        "spec: {containers: [{(name): w, args: []}, {(name): z, args: []}]}",
        "a list of the patch has several elements with anchors, of which too few fit the resource",
    );
}

#[test]
fn anchors() {
    let abc = &format!("{POD}{ABC}");
    merge(
        "absent is added",
        POD,
        "metadata: {labels: {+(b): c}}",
        r#"{"app":"web","b":"c"}"#,
    );
    merge(
        "present stays",
        POD,
        "metadata: {labels: {+(app): c}}",
        r#"{"app":"web"}"#,
    );
    merge(
        "a condition holds",
        POD,
        "metadata: {labels: {(app): w*, b: c}}",
        r#"{"app":"web","b":"c"}"#,
    );
    merge(
        "a condition fails",
        POD,
        "metadata: {labels: {(app): x*, b: c}}",
        r#"{"app":"web"}"#,
    );
    merge(
        "a condition on nothing",
        POD,
        "metadata: {labels: {(z): '*', b: c}}",
        r#"{"app":"web"}"#,
    );
    merge(
        "a global one fails",
        POD,
        "spec: {<(x): 1}\nmetadata: {labels: {b: c}}",
        r#"{"app":"web"}"#,
    );
    merge(
        "a global one holds in some element",
        abc,
        "spec: {containers: [{<(image): u}]}\nmetadata: {labels: {b: c}}",
        r#"{"app":"web","b":"c"}"#,
    );
    containers(
        "elements that fit",
        abc,
        "[{(name): '?', (image): '*', +(image): z, workingDir: /w}]",
        r#"[{"image":"x","name":"a","workingDir":"/w"},{"args":[1,2],"image":"u","name":"b","workingDir":"/w"},{"name":"c"}]"#,
    );
    containers(
        "a plain name beside an addition is no filter",
        abc,
        "[{name: b, +(image): z}]",
        r#"[{"image":"x","name":"a"},{"args":[1,2],"image":"u","name":"b"},{"name":"c"}]"#,
    );
}

#[test]
fn other_kinds_are_not_known() {
    let widget = "apiVersion: example.com/v1\nkind: Widget\nspec: {containers: [{name: a}]}";
    containers(
        "lists are replaced",
        widget,
        "[{name: b}]",
        r#"[{"name":"b"}]"#,
    );
    containers(
        "directives are data",
        widget,
        "[{$patch: replace}]",
        r#"[{"$patch":"replace"}]"#,
    );
    let inner = "kind: W\nspec: {apiVersion: v1, kind: ServiceAccount, secrets: [{name: a}]}";
    assert_eq!(
        patched(inner, "spec: {secrets: [{name: b}]}").unwrap(),
        r#"{"kind":"W","spec":{"apiVersion":"v1","kind":"ServiceAccount","secrets":[{"name":"b"},{"name":"a"}]}}"#,
    );
}

#[test]
fn shapes_must_agree() {
    fails(
        "map for a list",
        &format!("{POD}{ABC}"),
        "spec: {containers: {k: [v, 1]}}",
        "wrong node kind: expected SequenceNode but got MappingNode: node contents:\n{\"k\": [\"v\", 1]}\n",
    );
}

#[test]
fn long_lists_without_keys_are_refused_and_others_take_no_time() {
    let list = |element: fn(usize) -> String, len: usize| {
        let elements: Vec<_> = (0..len).map(element).collect();
        format!("{POD}spec: {{containers: [{}]}}", elements.join(", "))
    };
    fails(
        "without keys",
        &list(|_| "{image: x}".to_owned(), 2_001),
        "spec: {containers: [{name: a}]}",
        "a list of 2001 elements without unique merge keys exceeds the limit of 2000",
    );
    let long = list(|index| format!("{{name: c{index}}}"), 20_000);
    assert!(patched(&long, "spec: {containers: [{name: c7, image: x}]}").is_ok());
}

fn patched(resource: &str, patch: &str) -> Result<String, String> {
    let read = |text| yaml::read_one(text, Numbers::Doubles).unwrap();
    let (resource, patch) = (read(resource), read(patch));
    let bump = Bump::new();
    match apply(resource.root(), patch.root(), &bump) {
        Ok(merged) => Ok(to_json(merged)),
        Err(error) => Err(error.to_string()),
    }
}

/// Compares `metadata.labels`.
#[track_caller]
fn merge(case: &str, resource: &str, patch: &str, expect: &str) {
    let merged = patched(resource, patch).unwrap();
    let (_, labels) = merged.split_once("\"labels\":").unwrap_or_default();
    let labels = labels.split_inclusive('}').next().unwrap_or_default();
    assert_eq!(labels, expect, "{case}");
}

/// Compares `spec.containers`.
#[track_caller]
fn containers(case: &str, resource: &str, patch: &str, expect: &str) {
    let merged = patched(resource, &format!("spec: {{containers: {patch}}}")).unwrap();
    let (_, containers) = merged.split_once("\"containers\":").unwrap();
    assert_eq!(containers.strip_suffix("}}"), Some(expect), "{case}");
}

#[track_caller]
fn fails(case: &str, resource: &str, patch: &str, expect: &str) {
    assert_eq!(patched(resource, patch), Err(expect.to_owned()), "{case}");
}
