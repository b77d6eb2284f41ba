//! The status that a policy shall have.

use jiff::Timestamp;
use portcullis_lang::value::{Document, Numbers};
use serde_json::{Map, Value as Json, json};

use super::conditions::{self, Condition};
use super::{autogen, rules};
use crate::snapshot::PolicyStatus;
use crate::status::Known;

#[test]
fn a_condition_keeps_its_time_while_it_holds() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let ready = |holds| Condition {
        kind: "Ready",
        holds,
        message: "text".to_owned(),
    };
    let other = json!([{"type": "Other"}]);
    let first = conditions::set(Some(&other), &[ready(true)], at(1));
    let time = |list: &Json| list[1]["lastTransitionTime"].as_str().unwrap().to_owned();
    assert_eq!(time(&first), "1970-01-01T00:00:01Z");
    assert_eq!(conditions::set(Some(&first), &[ready(true)], at(2)), first);
    let lost = conditions::set(Some(&first), &[ready(false)], at(3));
    assert_eq!(time(&lost), "1970-01-01T00:00:03Z");
    assert_eq!(
        (&lost[0], &lost[1]["reason"]),
        (&other[0], &json!("Failed"))
    );
}

#[test]
fn rules_are_counted_and_shown_as_autogen_has_them() {
    let policy = json!({
        "apiVersion": "kyverno.io/v1", "kind": "ClusterPolicy", "metadata": {"name": "p"},
        "spec": {"rules": [{
            "name": "r",
            "match": {"any": [{"resources": {"kinds": ["Pod"]}}]},
            "validate": {"failureAction": "Audit", "message": "m", "pattern": {"spec": {"a": "b"}}},
        }]},
    });
    let check = |registered, errors: bool, expect: (&str, &str)| {
        let mut status = json!({"ready": true, "kept": 1})
            .as_object()
            .cloned()
            .unwrap();
        let mut known = PolicyStatus::example();
        if !errors {
            known.errors.clear();
        }
        let known = Known {
            status: &known,
            registered,
        };
        rules::fill(&mut status, Some(document(&policy)), &known);
        let ready = &status["conditions"][0];
        assert_eq!(
            (ready["status"].as_str(), ready["message"].as_str()),
            (Some(expect.0), Some(expect.1))
        );
        assert_eq!((status.get("ready"), &status["kept"]), (None, &json!(1)));
        status
    };
    check(false, false, ("False", "Not Ready"));
    check(true, true, ("False", "what is wrong"));
    let status = check(true, false, ("True", "Ready"));
    assert_eq!(
        status["rulecount"],
        json!({"validate": 1, "mutate": 0, "generate": 0, "verifyimages": 0})
    );
    let made = status["autogen"]["rules"].as_array().unwrap();
    let names: Vec<_> = made
        .iter()
        .map(|rule| rule["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["autogen-r", "autogen-cronjob-r"]);
    assert_eq!(
        made[0]["validate"]["pattern"],
        json!({"spec": {"template": {"spec": {"a": "b"}}}})
    );
}

#[test]
fn controllers_get_a_spec_of_their_own() {
    let policy = |conditions: Json| {
        json!({
            "apiVersion": "policies.kyverno.io/v1", "kind": "ValidatingPolicy", "metadata": {"name": "p"},
            "spec": {
                "autogen": {"podControllers": {"controllers": ["deployments", "cronjobs"]}},
                "matchConstraints": {"resourceRules": [{
                    "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"],
                }]},
                "matchConditions": conditions,
            },
        })
    };
    let configs = |mutates, policy: &Json| -> Map<String, Json> {
        autogen::configs(
            &document(policy),
            policy["spec"].as_object().unwrap(),
            mutates,
        )
    };
    let both =
        policy(json!([{"name": "c", "expression": "object.spec.a == object.metadata.name"}]));
    let validating = configs(false, &both);
    let spec = &validating["defaults"]["spec"];
    assert_eq!(
        spec["matchConditions"][0]["expression"],
        "object.spec.template.spec.a == object.spec.template.metadata.name"
    );
    assert_eq!(
        spec["matchConstraints"]["resourceRules"][0]["resources"],
        json!(["deployments"])
    );
    assert_eq!(
        validating["cronjobs"]["targets"],
        json!([{"group": "batch", "version": "v1", "resource": "cronjobs", "kind": "CronJob"}])
    );
    let mutating = configs(true, &both);
    assert_eq!(
        mutating["defaults"]["spec"]["matchConditions"][0]["expression"],
        "object.spec.template.spec.a == object.metadata.name"
    );
}

fn document(policy: &Json) -> Document {
    Document::from_json(policy.to_string().as_bytes(), Numbers::AsWritten).unwrap()
}
