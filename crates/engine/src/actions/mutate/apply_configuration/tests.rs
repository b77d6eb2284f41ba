use bumpalo::Bump;
use portcullis_lang::value::{Document, Numbers, to_json, yaml};

use super::schema::{Merge, Type};
use super::{Atomic, Schemas, apply};

const POD: &str =
    "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {a: b}, finalizers: [x]}, spec: {
  containers: [{name: a, image: i, args: [x], ports: [{containerPort: 80}]}, {name: b}, {name: c}],
  tolerations: [{key: k}], volumes: []}}";

const WIDGETS: &str = "
kind: CustomResourceDefinition
spec:
  group: example.com
  names: {kind: Widget}
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              size: {type: integer}
              parts:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [id]
                items: {type: object, properties: {id: {type: string}, at: {type: integer}}}
              free: {type: object, x-kubernetes-preserve-unknown-fields: true}
";

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn merges() {
    check("a field",             "{spec: {hostNetwork: true}}",                       r#""hostNetwork":true"#);
    check("a key",               "{metadata: {labels: {c: d}}}",                      r#""labels":{"a":"b","c":"d"}"#);
    check("a text of a set",     "{metadata: {finalizers: [w]}}",                     r#""finalizers":["x","w"]"#);
    check("an element",          "{spec: {containers: [{name: b, image: j}]}}",       r#"{"image":"j","name":"b"},{"name":"c"}]"#);
    check("a new element",       "{spec: {containers: [{name: z}]}}",                 r#"{"name":"b"},{"name":"c"},{"name":"z"}]"#);
    check("in the patch's order","{spec: {containers: [{name: c}, {name: a, image: j}]}}", r#""containers":[{"name":"b"},{"name":"c"},{"args":["x"],"image":"j","name":"a""#);
    check("a default key",       "{spec: {containers: [{name: a, ports: [{containerPort: 80, protocol: TCP, hostPort: 9}]}]}}", r#""ports":[{"containerPort":80,"hostPort":9,"protocol":"TCP"}]"#);
    check("another key",         "{spec: {containers: [{name: a, ports: [{containerPort: 80, protocol: UDP}]}]}}", r#""ports":[{"containerPort":80},{"containerPort":80,"protocol":"UDP"}]"#);
    check("an empty list",       "{spec: {containers: []}}",                          r#""containers":[{"args""#);
    check("an empty map",        "{spec: {}}",                                        r#""tolerations":[{"key":"k"}]"#);
    check("a new map",           "{status: {}}",                                      r#""status":{}"#);
    check("nothing",             "{}",                                                r#""volumes":[]"#);
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn refusals() {
    refuses("atomic list",      "{spec: {tolerations: [{key: z}]}}",                  "invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.tolerations");
    refuses("in an element",    "{spec: {containers: [{name: a, args: [z]}]}}",       "invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.containers[0].args");
    refuses("atomic map",       "{spec: {nodeSelector: {a: b}}}",                     "invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.nodeSelector");
    refuses("atomic element",   "{metadata: {ownerReferences: [{uid: u}]}}",          "invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .metadata.ownerReferences[0]");
    refuses("unknown field",    "{spec: {nope: 1}}",                                  "failed to convert patch object to typed object: .spec.nope: field not declared in schema");
    refuses("null",             "{spec: {hostNetwork: null}}",                        "failed to convert patch object to typed object: .spec.hostNetwork: expected boolean, got &{NULL_VALUE}");
    refuses("no text",          "{metadata: {labels: {q: 1}}}",                       "failed to convert patch object to typed object: .metadata.labels.q: expected string, got &value.valueUnstructured{Value:1}");
    refuses("no number",        "{spec: {priority: x}}",                              "failed to convert patch object to typed object: .spec.priority: expected numeric (int or float), got string");
    refuses("no list",          "{spec: {containers: x}}",                            "failed to convert patch object to typed object: .spec.containers: expected list, got &{x}");
    refuses("no map",           "{spec: [x]}",                                        "failed to convert patch object to typed object: .spec: expected map, got &{[x]}");
    refuses("twice",            "{spec: {containers: [{name: a}, {name: a}]}}",       r#"failed to convert patch object to typed object: .spec.containers: duplicate entries for key [name="a"]"#);
    refuses("without its key",  "{spec: {containers: [{image: i}]}}",                 r#"failed to convert patch object to typed object: .spec.containers: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn't have default values for any key fields)"#);
    refuses("two mistakes",     "{spec: {hostPID: 1, priority: x}}",                  "failed to convert patch object to typed object: errors:\n  .spec.hostPID: expected boolean, got &{1}\n  .spec.priority: expected numeric (int or float), got string");
}

#[test]
fn atomic_lists_are_replaced_where_that_is_allowed() {
    let made = made(
        POD,
        "{spec: {tolerations: [{key: z}]}}",
        Atomic::Replaced,
        Schemas::built_in(),
    );
    assert!(made.unwrap().contains(r#""tolerations":[{"key":"z"}]"#));
}

#[test]
fn elements_that_stand_twice_stay() {
    let object = "{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: i}, {name: a}, {name: b}]}}";
    let made = made(
        object,
        "{spec: {containers: [{name: b, image: j}]}}",
        Atomic::Refused,
        Schemas::built_in(),
    );
    let all = r#""containers":[{"image":"i","name":"a"},{"name":"a"},{"image":"j","name":"b"}]"#;
    assert!(made.unwrap().contains(all));
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn custom_resources() {
    let definition = yaml::read_one(WIDGETS, Numbers::AsWritten).unwrap();
    let schemas = Schemas::with_definitions(&[definition]);
    let object = "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}, spec: {parts: [{id: a, at: 1}, {id: b}], free: {l: [1]}}}";
    let made = |patch| made(object, patch, Atomic::Refused, &schemas);
    assert!(made("{spec: {parts: [{id: a, at: 2}]}}").unwrap().contains(r#""parts":[{"at":2,"id":"a"},{"id":"b"}]"#));
    assert!(made("{spec: {free: {l: [2], m: 1}}}").unwrap().contains(r#""free":{"l":[2],"m":1}"#));
    assert!(made("{metadata: {labels: {a: b}}}").unwrap().contains(r#""labels":{"a":"b"}"#));
    assert_eq!(made("{spec: {size: x}}").unwrap_err(), "failed to convert patch object to typed object: .spec.size: expected numeric (int or float), got string");
}

#[test]
fn kinds_that_nobody_described_are_merged_as_they_look() {
    let object = "{apiVersion: example.com/v1, kind: Gadget, spec: {m: {a: 1}, l: [1]}}";
    let made = made(
        object,
        "{spec: {m: {b: 2}, l: [2]}}",
        Atomic::Refused,
        Schemas::built_in(),
    );
    assert!(
        made.unwrap()
            .contains(r#""spec":{"l":[2],"m":{"a":1,"b":2}}"#)
    );
}

#[test]
fn the_table_is_closed_and_sorted() {
    let Schemas { types, kinds } = Schemas::built_in();
    let known = |id: &u32| (*id as usize) < types.len();
    assert!(kinds.len() > 50 && kinds.values().all(known));
    for ty in types {
        match ty {
            Type::List { merge, of } => {
                assert!(known(of));
                assert!(!matches!(merge, Merge::Keys(keys) if keys.is_empty()));
            }
            Type::Map { fields, rest, .. } => {
                assert!(fields.is_sorted() && fields.iter().all(|(_, id)| known(id)));
                assert!(rest.is_none_or(|id| known(&id)));
            }
            _ => {}
        }
    }
}

fn made(object: &str, patch: &str, atomic: Atomic, schemas: &Schemas) -> Result<String, String> {
    let bump = Bump::new();
    let read = |text: &str| -> Document { yaml::read_one(text, Numbers::Doubles).unwrap() };
    let (object, patch) = (read(object), read(patch));
    let kind = schemas.of(object.root());
    let made = apply(object.root(), patch.root(), kind, atomic, &bump)?;
    Ok(to_json(made))
}

#[track_caller]
fn check(case: &str, patch: &str, expect: &str) {
    let made = made(POD, patch, Atomic::Refused, Schemas::built_in()).unwrap();
    assert!(made.contains(expect), "{case}: {expect} in {made}");
}

#[track_caller]
fn refuses(case: &str, patch: &str, expect: &str) {
    let made = made(POD, patch, Atomic::Refused, Schemas::built_in());
    assert_eq!(made, Err(expect.to_owned()), "{case}");
}
