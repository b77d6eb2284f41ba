use kube::api::DynamicObject;
use serde_json::json;

use super::known::{hash, uid, uid_text};

fn object(change: impl Fn(&mut serde_json::Value)) -> DynamicObject {
    let mut object = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "labels": {"a": "b"}, "resourceVersion": "1"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
        "status": {"phase": "Pending"},
    });
    change(&mut object);
    serde_json::from_value(object).unwrap()
}

#[test]
#[rustfmt::skip] // A table: its columns stay aligned.
fn only_what_policies_look_at_makes_another_hash() {
    check("version",    false, |it| it["metadata"]["resourceVersion"] = json!("2"));
    check("status",     false, |it| it["status"]["phase"] = json!("Running"));
    check("node",       false, |it| it["spec"]["nodeName"] = json!("n"));
    check("label",      true,  |it| it["metadata"]["labels"]["a"] = json!("c"));
    check("annotation", true,  |it| it["metadata"]["annotations"] = json!({"a": "c"}));
    check("spec",       true,  |it| it["spec"]["containers"][0]["image"] = json!("j"));
    check("type",       true,  |it| it["spec"]["containers"][0]["image"] = json!(1));
}

#[track_caller]
fn check(case: &str, other: bool, change: impl Fn(&mut serde_json::Value)) {
    let same = hash(&object(change)) == hash(&object(|_| {}));
    assert_eq!(!same, other, "{case}");
}

#[test]
fn uids_are_numbers_and_texts_again() {
    let text = "4b665126-768d-42ad-b8f9-bc4b75a038c7";
    assert_eq!(uid_text(uid(text)), text);
    assert_ne!(uid("a"), uid("b"));
}
